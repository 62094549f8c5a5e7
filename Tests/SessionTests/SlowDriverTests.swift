import Foundation
import Messages
import Testing

/// A driver that waits where it must not: the stack stays up, and says who held it up.
@Suite(.serialized) struct SlowDriverTests {
    @Test(arguments: ["frames", "off"]) func `a callout that takes too long is counted and named, and the stack goes on`(trace: String) throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "peer:10.1.0.1/24")
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2,trace=\(trace)")
        try dock.good("mount", "-Tio-pkt2", "-o", "fault=slow,after=3", try Drivers.path("e1000-faulty"))
        // Before the interface is up: its own announcements are interrupts too.
        let page = try dock.good("nicinfo", "em0", sock: "/sock2")
        #expect(!page.contains("Slow callouts: interrupt"), "none yet: \(page)")

        try dock.good("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
        try dock.good("ping", "-c", "6", "-i", "0.3", "-w", "15", "10.1.0.1", sock: "/sock2")
        let reports = try JSONDecoder().decode([HardwareReport].self, from: Data(try dock.good("nicinfo", "--json", "em0", sock: "/sock2").utf8))
        let slow = try #require(reports.first?.slowCallouts.first { $0.callout == "interrupt" })
        #expect(slow.count > 0 && slow.longestMilliseconds >= 250)
        #expect(try dock.good("nicinfo", "em0", sock: "/sock2").contains("  Slow callouts: interrupt ................... "))
        let log = try String(contentsOf: dock.folder.appending(path: "stack/sock2/log"), encoding: .utf8)
        #expect(log.contains("devnp-e1000-faulty: em0: its callout interrupt took "), "\(log)")
    }
}
