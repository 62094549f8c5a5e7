import Foundation
import Testing

/// The session that the system was made for, with the commands as they are printed.
@Suite(.serialized) struct ArticleTests {
    let dock: Dock
    init() throws { dock = try Dock() }

    func harbour() throws {
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "nic:em-b")
        try dock.good("nic", "add", "em-b", "sim:82540em")
        try dock.good("io-pkt-v6-hc", "-ptcpip", "prefix=/sock1")
        try dock.good("mount", "-Tio-pkt", "-o", "nic=em-b", try Drivers.path("e1000"), sock: "/sock1")
        try dock.good("ifconfig", "em0", "10.1.0.1/24", sock: "/sock1")
    }

    @Test func `a second stack takes the driver under test, and pings through it`() throws {
        defer { dock.close() }
        try harbour()
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", try Drivers.path("e1000"))
        try dock.good("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
        try dock.good("if_up", "-l", "em0", sock: "/sock2")
        let ping = try dock.good("ping", "-c", "5", "-i", "0.05", "10.1.0.1", sock: "/sock2")
        #expect(ping.contains("5 packets transmitted, 5 packets received, 0% packet loss"), "\(ping)")
        let back = try dock.good("ping", "-c", "3", "-i", "0.05", "10.1.0.2", sock: "/sock1")
        #expect(back.contains("3 packets transmitted, 3 packets received, 0% packet loss"), "\(back)")
    }

    @Test func `a faulty driver takes its stack down, and nothing else`() throws {
        defer { dock.close() }
        try harbour()
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", "-o", "after=3", try Drivers.path("e1000-faulty"))
        try dock.good("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
        try dock.good("if_up", "-l", "em0", sock: "/sock2")
        let first = try dock.run("ping", "-c", "10", "-i", "0.05", "10.1.0.1", sock: "/sock2")
        #expect(first.status != 0)
        let after = try dock.run("ifconfig", "em0", sock: "/sock2")
        #expect(after.status != 0)
        #expect(after.err.contains("SIGSEGV") && after.err.contains("/sock2"), "\(after.err)")
        // The other stack, its interface and its NIC are as they were.
        let first1 = try dock.good("ifconfig", "em0", sock: "/sock1")
        #expect(first1.contains("inet 10.1.0.1"))
        // The same commands work again at once.
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", try Drivers.path("e1000"))
        try dock.good("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
        try dock.good("if_up", "-l", "em0", sock: "/sock2")
        let again = try dock.good("ping", "-c", "3", "-i", "0.05", "10.1.0.1", sock: "/sock2")
        #expect(again.contains("3 packets received"), "\(again)")
    }

    @Test func `an interface is destroyed and its driver mounted again`() throws {
        defer { dock.close() }
        try harbour()
        for _ in 0..<3 {
            try dock.good("ifconfig", "em0", "destroy", sock: "/sock1")
            #expect(try dock.run("ifconfig", "em0", sock: "/sock1").status != 0)
            try dock.good("mount", "-Tio-pkt", "-o", "nic=em-b", try Drivers.path("e1000"), sock: "/sock1")
        }
    }
}
