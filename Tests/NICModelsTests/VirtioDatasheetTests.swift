import DriverKit
import Foundation
import Testing
import VirtioNetRegisters
import VirtioRegisters

/// The register map against a list that was written from the specification.
struct VirtioDatasheetTests {
    @Test func `every register is where the specification has it, as wide, with the same access, reset value and fields`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Datasheet/virtio-net.tsv")
        let listed = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        let access: [Access: String] = [.readWrite: "RW", .readOnly: "RO", .writeOnly: "WO", .readClears: "RC", .writeOneClears: "W1C", .doorbell: "DB"]
        func lines<Map: RegisterMap>(_: Map.Type) -> [String] { RegisterTable<Map>().rows.map(line) }
        func line<Map: RegisterMap>(_ row: RegisterTable<Map>.Row) -> String {
            let fields = row.fields.map { "\($0.name):\($0.low)-\($0.high)" }.joined(separator: ",")
            let offset = String(row.entry.offset, radix: 16, uppercase: true)
            return ["0x" + String(repeating: "0", count: 4 - offset.count) + offset, "\(row.entry.name)", "\(row.entry.register.width)",
                    access[row.entry.access] ?? "?", "0x" + String(row.entry.reset, radix: 16, uppercase: true), fields].joined(separator: "\t")
        }
        #expect((lines(VirtioRegister.self) + lines(VirtioNetRegister.self)).sorted() == listed.map(String.init))
    }
}
