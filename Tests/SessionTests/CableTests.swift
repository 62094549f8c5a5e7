import Foundation
import Testing

/// Two stacks through the cables there are, with frames of every size and tag.
@Suite(.serialized) struct CableTests {
    let dock: Dock
    init() throws { dock = try Dock() }

    /// Two NICs and a stack on each, addressed 10.7.0.1 and 10.7.0.2.
    func pair(_ cables: (String, String?), options: String = "verbose") throws {
        for (number, cable) in [(1, cables.0), (2, cables.1)] as [(Int, String?)] {
            try dock.good(["nic", "add", "em-\(number)", "sim:82540em"] + (cable.map { ["--cable", $0] } ?? []))
        }
        for number in 1...2 {
            try dock.good("io-pkt-v6-hc", "-i\(number)", "-ptcpip", "prefix=/s\(number)")
            try dock.good("mount", "-Tio-pkt\(number)", "-o", "nic=em-\(number),\(options)", try Drivers.path("e1000"))
            try dock.good("ifconfig", "em0", "10.7.0.\(number)/24", sock: "/s\(number)")
        }
        for number in 1...2 { try dock.good("if_up", "-l", "-r", "50", "-m", "100", "em0", sock: "/s\(number)") }
    }

    func pings(_ address: String, _ more: String...) throws {
        let out = try dock.good(["ping", "-c", "5", "-i", "0.05", "-w", "8"] + more + [address], sock: "/s1")
        #expect(out.contains(" 0% packet loss"), "\(out)")
    }

    func noViolations() throws {
        for number in 1...2 { #expect(try !dock.good("nic", "show", "em-\(number)").contains("broke the datasheet")) }
    }

    @Test func `jumbo frames pass whole, back to back`() throws {
        defer { dock.close() }
        try pair(("nic:em-2", nil), options: "mtu=9000")
        try pings("10.7.0.2", "-s", "8900", "-D")
        try noViolations()
    }

    @Test func `tagged interfaces talk to each other, with hardware tags and without checksum offload`() throws {
        defer { dock.close() }
        try pair(("nic:em-2", nil))
        for number in 1...2 {
            try dock.good("ifconfig", "vlan0", "create", sock: "/s\(number)")
            try dock.good("ifconfig", "vlan0", "vlan", "5", "vlanif", "em0", sock: "/s\(number)")
            try dock.good("ifconfig", "vlan0", "10.5.0.\(number)/24", sock: "/s\(number)")
        }
        try pings("10.5.0.2")
        try dock.good("ifconfig", "em0", "-ip4csum", "-tcp4csum", "-udp4csum", sock: "/s1")
        try pings("10.5.0.2", "-s", "4000")
        try noViolations()
    }

    @Test func `a switch joins them, and a capture holds what passed`() throws {
        defer { dock.close() }
        let file = dock.folder.appending(path: "wire.pcapng").path()
        try pair(("switch:sw0", "switch:sw0,capture=\(file)"))
        try pings("10.7.0.2")
        let octets = try Data(contentsOf: URL(fileURLWithPath: file))
        // A section header block, then frames that hold the echo's address pair.
        #expect(octets.prefix(4) == Data([0x0a, 0x0d, 0x0d, 0x0a]))
        #expect(octets.range(of: Data([10, 7, 0, 1, 10, 7, 0, 2])) != nil)
    }

    @Test func `a cable that loses and delays is survived, and every frame is accounted for`() throws {
        defer { dock.close() }
        try pair(("nic:em-2,loss=20%,delay=2ms,seed=7", nil))
        let out = try dock.run("ping", "-c", "40", "-i", "0.02", "-w", "10", "10.7.0.2", sock: "/s1").out
        #expect(!out.contains(" 0% packet loss") && !out.contains("100% packet loss"), "\(out)")
        let counters = try dock.good("nic", "show", "em-1")
        #expect(counters.contains("tx.lost"))
    }
}
