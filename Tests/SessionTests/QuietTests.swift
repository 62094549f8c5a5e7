import Foundation
import Testing

/// The stack dies under traffic; what its NIC's process did then is kept, and the NIC is there for the next one.
@Suite(.serialized) struct QuietTests {
    private struct Report: Decodable {
        struct Register: Decodable { var name: String, value: UInt32 }
        var registers: [Register]
        var isMasterOff: Bool?, isReset: Bool?
        var held: Bool, holderLived: Bool
        subscript(_ name: String) -> UInt32? { registers.first { $0.name == name }?.value }
    }

    @Test(arguments: ["KILL", "SEGV"]) func `a stack that dies under traffic leaves a quiet NIC, its registers by name, and a free slot`(signal: String) throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "peer:10.1.0.1/24")
        try begin(dock)
        let flood = try dock.start(["ping", "-i", "0.002", "-w", "10", "10.1.0.1"], sock: "/sock2")
        defer { flood.kill() }
        Thread.sleep(forTimeInterval: 0.3)
        // Its exit code is how many it has sent it to.
        #expect(try dock.run("slay", "-s", signal, "io-pkt-v6-hc", sock: "/sock2").status == 1)
        var text: Data?
        let isKept = eventually {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: dock.crashes.path())) ?? []
            text = names.first { $0.hasPrefix("sock2-") }.flatMap { FileManager.default.contents(atPath: dock.crashes.appending(path: "\($0)/nics/em-a.json").path()) }
            return text != nil
        }
        #expect(isKept)
        let report = try JSONDecoder().decode(Report.self, from: try #require(text))
        #expect(report.isMasterOff == true && report.isReset == true && report.held)
        #expect(report.holderLived == (signal == "SEGV"))
        #expect((report["CTRL"] ?? 0) & 0x40 != 0, "SLU: the driver had set the link up")
        #expect((report["RCTL"] ?? 0) & 2 != 0 && report["RDH"] != nil && report["RDT"] != nil && report["RDLEN"] ?? 0 > 0)
        #expect(try eventually { try !dock.run("drydock", "instances").out.contains("running") })
        // The same NIC, for the next one.
        try begin(dock)
        try dock.good("ping", "-c", "2", "-w", "5", "10.1.0.1", sock: "/sock2")
    }

    private func begin(_ dock: Dock) throws {
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", try Drivers.path("e1000"))
        try dock.good("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
    }
}
