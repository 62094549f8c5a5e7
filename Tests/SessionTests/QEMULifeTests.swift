import Foundation
import Testing

/// QEMU belongs to its NIC's process, whatever becomes of that.
@Suite(.serialized, .enabled(if: Namespace.hasQEMU, "\(Namespace.missingQEMU ?? "")"))
struct QEMULifeTests {
    /// The one child of the NIC's process that is QEMU.
    func qemu(of nic: Int32) -> Int32? {
        let children = (try? String(contentsOfFile: "/proc/\(nic)/task/\(nic)/children", encoding: .utf8)) ?? ""
        return children.split(separator: " ").compactMap { Int32($0) }.first { pid in
            ((try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? "").hasPrefix("qemu")
        }
    }

    func claimed(_ dock: Dock) throws -> Int32 {
        try dock.good("nic", "add", "em-q", "qemu:e1000")
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", try Drivers.path("e1000"))
        let lock = try String(contentsOf: dock.folder.appending(path: "nic/em-q/lock"), encoding: .utf8)
        return try #require(Int32(lock.split(whereSeparator: \.isWhitespace).first ?? ""))
    }

    @Test func `QEMU dies with a NIC process that is killed, and the stack sees its card pulled out`() throws {
        let dock = try Dock()
        defer { dock.close() }
        let nic = try claimed(dock)
        let child = try #require(qemu(of: nic))
        kill(nic, SIGKILL)
        #expect(eventually { Dock.isGone(child) })
        #expect(try eventually { try !dock.good("ifconfig", "-l", sock: "/sock2").contains("em0") })
    }

    @Test func `claims and releases leave neither process nor descriptor`() throws {
        let dock = try Dock()
        defer { dock.close() }
        let nic = try claimed(dock)
        func open() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(nic)/fd").count) ?? -1 }
        let before = open()
        for _ in 0..<3 {
            let child = try #require(qemu(of: nic))
            try dock.good("ifconfig", "em0", "destroy", sock: "/sock2")
            #expect(eventually { Dock.isGone(child) })
            try dock.good("mount", "-Tio-pkt2", try Drivers.path("e1000"))
        }
        #expect(eventually { open() == before })
    }
}
