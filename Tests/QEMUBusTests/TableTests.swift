import Foundation
import NICModels
import Testing
@testable import QEMUBus

/// The table of docs/BUSES.md against QEMU's models as they are found.
@Suite(.enabled(if: qemuIsInstalled, qemuIsMissing), .serialized)
struct TableTests {
    static func read(_ path: String) throws -> String {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: package.appending(path: path), encoding: .utf8)
    }

    /// The row's cells, the name without its marks first.
    static func row(_ device: String) throws -> [String] {
        let line = try #require(try read("docs/BUSES.md").split(separator: "\n").first { $0.hasPrefix("| `\(device)` |") }, "BUSES.md lists \(device)")
        return line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// Octets of the regions of `memory 128 KiB, I/O 64`.
    static func octets(_ cell: String) -> [UInt64] {
        cell.matches(of: /(\d+)( KiB)?(,|$)/).compactMap { match in UInt64(match.1).map { match.2 == nil ? $0 : $0 << 10 } }
    }

    static func hex(_ value: UInt32) -> String {
        let text = String(value & 0xffff, radix: 16)
        return String(repeating: "0", count: 4 - text.count) + text
    }

    @Test(arguments: ModelTests.models) func `a NIC is as the table of buses says`(expected: ModelTests.Expected) throws {
        let row = try Self.row(expected.device), bench = try Bench(device: expected.device)
        try #require(row.count == 10)
        try bench.nic.claim(memory: bench.memory.shared)
        let identity = bench.nic.configLoad(offset: 0, width: 4)
        #expect(row[2] == "\(Self.hex(identity)):\(Self.hex(identity >> 16))")
        #expect(Self.octets(row[3]) == (0..<6).map { bench.nic.regionLength($0) }.filter { $0 > 0 })
        #expect(row[4] == "\(bench.nic.model.addressBits) bits")
        #expect((row[5] == "yes") == (bench.nic.configLoad(offset: 0x3d, width: 1) != 0))
        for (cell, kind) in zip(row[6...7], [.msi, .msix] as [InterruptKind]) {
            let limit = bench.nic.vectorLimit(kind)
            #expect(cell == (limit == 0 ? "-" : "\(limit)"), "\(kind)")
        }
    }

    /// What is said to drive a NIC is what the README's table, which sessions show, has for it.
    @Test(arguments: ModelTests.models) func `the driver of a NIC is the one that is shown to drive it`(expected: ModelTests.Expected) throws {
        let driver = try Self.read("README.md").split(separator: "\n").first { $0.hasPrefix("| `devnp-") && $0.contains("`qemu:\(expected.device)`") }
        let name = driver.map { String($0.split(separator: "|")[0]).trimmingCharacters(in: .whitespaces) } ?? "none"
        #expect(try Self.row(expected.device)[8] == name)
    }
}
