import Foundation
import Testing

/// Drivers of the host's own network, in namespaces of the test's own: a stack beside the Linux kernel, without a NIC between.
@Suite(.serialized, .enabled(if: Namespace.isAvailable, "\(Namespace.missing ?? "")"))
struct HostLinkTests {
    /// A driver, and how the kernel's end of it is made.
    struct Link: CustomTestStringConvertible, Sendable {
        var driver: String, interface: String
        var options: String
        /// The interface of the kernel that has the address.
        var kernel: String
        /// Made before the mount; the TAP driver makes its own.
        var veth: Bool
        var testDescription: String { "\(driver) \(options)" }
    }

    static let tap = Link(driver: "tap", interface: "tap0", options: "ifname=dd0", kernel: "dd0", veth: false)
    static let links = [
        tap, Link(driver: "tap", interface: "tap0", options: "ifname=dd0,vnet=off", kernel: "dd0", veth: false),
        Link(driver: "afpacket", interface: "pk0", options: "ifname=dd1", kernel: "dd0", veth: true),
        Link(driver: "afxdp", interface: "xd0", options: "ifname=dd1,mode=native", kernel: "dd0", veth: true),
        Link(driver: "afxdp", interface: "xd0", options: "ifname=dd1,mode=generic", kernel: "dd0", veth: true),
    ]

    /// A stack as 10.2.0.2 on the link, the kernel as 10.2.0.1.
    func session(_ link: Link, _ body: (Dock) throws -> Void) throws {
        let space = try Namespace(), dock = try space.dock()
        defer {
            dock.close()
            space.close()
        }
        if link.veth {
            try dock.good("ip", "link", "add", "dd0", "type", "veth", "peer", "name", "dd1")
            try dock.good("ip", "link", "set", "dd1", "up")
            // XDP sees frames before the kernel would have made their sums: the other end makes them itself.
            if link.driver == "afxdp" { try Self.makeSums(dock, "dd0") }
        }
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", "-o", link.options, try Drivers.path(link.driver))
        try dock.good("ip", "addr", "add", "10.2.0.1/24", "dev", link.kernel)
        try dock.good("ip", "-6", "addr", "add", "fd02::1/64", "dev", link.kernel, "nodad")
        try dock.good("ip", "link", "set", link.kernel, "up")
        try dock.good("ifconfig", link.interface, "10.2.0.2/24", sock: "/sock2")
        try dock.good("if_up", "-l", link.interface, sock: "/sock2")
        try body(dock)
    }

    /// `ethtool -K NAME tx off`, for machines without ethtool. ETHTOOL_STXCSUM is 0x17, SIOCETHTOOL 0x8946.
    static func makeSums(_ dock: Dock, _ name: String) throws {
        let script = """
        import array, fcntl, socket, struct
        value = array.array('B', struct.pack('II', 0x17, 0))
        request = struct.pack('16sP', b'\(name)', value.buffer_info()[0])
        fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8946, request)
        """
        try dock.good("python3", "-c", script)
    }

    func reaches(_ dock: Dock, _ words: [String], sock: String? = nil) throws {
        let out = try dock.good(words, sock: sock)
        #expect(out.contains(" 0% packet loss"), "\(words.joined(separator: " ")): \(out)")
    }

    @Test(arguments: links) func `the stack and the kernel talk both ways, in frames of all sizes`(link: Link) throws {
        try session(link) { dock in
            try reaches(dock, ["ping", "-c", "5", "-i", "0.1", "-w", "10", "10.2.0.1"], sock: "/sock2")
            try reaches(dock, ["/bin/ping", "-c", "5", "-i", "0.1", "-w", "10", "10.2.0.2"])
            for size in ["0", "1", "17", "1472", "1473", "65000"] {
                try reaches(dock, ["/bin/ping", "-c", "2", "-i", "0.1", "-s", size, "-w", "10", "10.2.0.2"])
                try reaches(dock, ["ping", "-c", "2", "-i", "0.1", "-s", size, "-w", "10", "10.2.0.1"], sock: "/sock2")
            }
            try dock.good("ifconfig", link.interface, "inet6", "fd02::2", "prefixlen", "64", "alias", sock: "/sock2")
            #expect(try eventually(within: 8) { try !dock.good("ifconfig", link.interface, sock: "/sock2").contains("tentative") })
            try reaches(dock, ["/bin/ping", "-6", "-c", "2", "-i", "0.2", "-w", "10", "fd02::2"])
            let report = try dock.good("nicinfo", link.interface, sock: "/sock2")
            #expect(report.contains("host link (host)") && !report.contains("PHY"), "\(report)")
        }
    }

    @Test(arguments: links) func `UDP goes both ways with sums that the kernel makes and checks`(link: Link) throws {
        try session(link) { dock in
            let script = """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5)
            for size in (1, 100, 1472, 20000):
                payload = bytes(i * 7 & 255 for i in range(size))
                s.sendto(payload, ('10.2.0.2', 7))
                back, who = s.recvfrom(70000)
                if back != payload: sys.exit(1)
            """
            let echo = try dock.start(["drydock", "udp-echo", "--port", "7", "--count", "4", "--seconds", "20"], sock: "/sock2")
            #expect(try eventually { try dock.good("netstat", "-a", sock: "/sock2").contains(".7 ") })
            try dock.good("python3", "-c", script)
            #expect(echo.finish(within: 5))
        }
    }

    @Test func `received segments come joined until lro is switched off, and each way carries a file`() throws {
        try session(Self.tap) { dock in
            func shown() throws -> String { try dock.good("ifconfig", "tap0", sock: "/sock2") }
            #expect(try shown().contains("LRO"), "a stack that passes nothing on takes them joined")
            for word in ["-lro", "lro"] {
                try dock.good("ifconfig", "tap0", word, sock: "/sock2")
                let enabled = try shown().split(separator: "\n").first { $0.contains("enabled=") } ?? ""
                #expect(enabled.contains("LRO") == (word == "lro"), "\(word): \(enabled)")
                let receive = "import hashlib, socket; s = socket.create_server(('10.2.0.2', 7400)); c = s.accept()[0]; h = hashlib.sha256()\n"
                    + "while d := c.recv(1 << 20): h.update(d)\nprint(h.hexdigest())"
                let server = try dock.start(["drydock", "run", "--", "python3", "-c", receive], sock: "/sock2")
                let send = "import hashlib, random, socket, time\nfor i in range(100):\n try: s = socket.create_connection(('10.2.0.2', 7400), 2); break\n"
                    + " except OSError: time.sleep(0.05)\nd = random.Random(7).randbytes(4 << 20); s.sendall(d); s.close(); print(hashlib.sha256(d).hexdigest())"
                let digest = try dock.good("python3", "-c", send)
                #expect(server.finish(within: 20) && server.outcome.out == digest, "\(word): \(server.outcome.all)")
            }
        }
    }

    @Test(arguments: links) func `the link follows the kernel's interface down and up`(link: Link) throws {
        try session(link) { dock in
            func status(_ text: String) throws -> Bool { try eventually { try dock.good("ifconfig", link.interface, sock: "/sock2").contains("status: \(text)") } }
            for _ in 0..<3 {
                try dock.good("ip", "link", "set", link.kernel, "down")
                #expect(try status("no carrier"))
                try dock.good("ip", "link", "set", link.kernel, "up")
                #expect(try status("active"))
            }
            try reaches(dock, ["/bin/ping", "-c", "2", "-i", "0.2", "-w", "10", "10.2.0.2"])
        }
    }

    @Test(arguments: links) func `an interface that is removed under the driver is said, and the stack lives`(link: Link) throws {
        try session(link) { dock in
            let flood = try dock.start(["/bin/ping", "-f", "-c", "100000", "-w", "5", "10.2.0.2"])
            Thread.sleep(forTimeInterval: 0.2)
            try dock.good("ip", "link", "del", "dd0")
            flood.kill()
            let log = { try String(contentsOf: dock.folder.appending(path: "stack/sock2/log"), encoding: .utf8) }
            #expect(try eventually { try log().contains("the host's interface \(link.veth ? "dd1" : "dd0") was removed") })
            #expect(try !dock.good("ifconfig", link.interface, sock: "/sock2").contains("<UP"))
            try dock.good("ping", "-c", "1", "127.0.0.1", sock: "/sock2")
            try dock.good("ifconfig", link.interface, "destroy", sock: "/sock2")
            #expect(try dock.good("ifconfig", "-l", sock: "/sock2").contains("lo0"))
        }
    }

    @Test(arguments: links) func `detached under traffic and attached again 50 times, it leaves nothing`(link: Link) throws {
        try session(link) { dock in
            let driver = try Drivers.path(link.driver)
            let stack = try #require(dock.processes().first { pid in
                (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8))?.hasPrefix("drydock-netd") == true
            })
            func descriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(stack)/fd").count }
            try dock.good("ifconfig", link.interface, "destroy", sock: "/sock2")
            let before = try descriptors()
            for round in 0..<50 {
                try dock.good("mount", "-Tio-pkt2", "-o", link.options, driver)
                if !link.veth {
                    try dock.good("ip", "addr", "add", "10.2.0.1/24", "dev", link.kernel)
                    try dock.good("ip", "link", "set", link.kernel, "up")
                }
                try dock.good("ifconfig", link.interface, "10.2.0.2/24", sock: "/sock2")
                try dock.good("if_up", "-l", link.interface, sock: "/sock2")
                let flood = try dock.start(["/bin/ping", "-f", "-c", "100000", "-w", "5", "10.2.0.2"])
                if round % 10 == 0 { try reaches(dock, ["ping", "-c", "2", "-i", "0.1", "-w", "5", "10.2.0.1"], sock: "/sock2") }
                try dock.good("ifconfig", link.interface, "destroy", sock: "/sock2")
                flood.kill()
                if !link.veth { #expect(try dock.run("ip", "link", "show", link.kernel).status != 0, "the TAP goes with its driver") }
            }
            #expect(try descriptors() == before)
            // Slots by owner, a pool a line: none is a device's any more.
            let rows = try dock.good("netstat", "-m", sock: "/sock2").split(separator: "\n").map { $0.split(separator: " ") }
            let header = try #require(rows.firstIndex { $0.contains("device") })
            let column = try #require(rows[header].firstIndex(of: "device"))
            #expect(rows[(header + 1)...].prefix(2).allSatisfy { $0[column] == "0" }, "\(rows)")
        }
    }

    @Test func `options for NICs are refused with a sentence, and a taken TAP is too`() throws {
        try session(Self.tap) { dock in
            for option in ["nic=em-a", "pci=0"] {
                let refused = try dock.run("mount", "-Tio-pkt2", "-o", option, try Drivers.path("tap"))
                #expect(refused.status != 0 && refused.err.contains("tap drives no NIC"), "\(refused.all)")
            }
            let taken = try dock.run("mount", "-Tio-pkt2", "-o", "ifname=dd0", try Drivers.path("tap"))
            #expect(taken.status != 0 && taken.err.contains("TAP interface dd0"), "\(taken.all)")
            #expect(try !dock.good("ifconfig", "-l", sock: "/sock2").contains("tap1"))
        }
    }

    @Test func `a stack that is killed leaves no TAP device behind`() throws {
        try session(Self.tap) { dock in
            let stack = try #require(dock.processes().first { pid in
                (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8))?.hasPrefix("drydock-netd") == true
            })
            kill(stack, SIGKILL)
            #expect(try eventually { try dock.run("ip", "link", "show", "dd0").status != 0 })
        }
    }

    @Test func `jumbo frames cross the TAP in several slots`() throws {
        try session(Self.tap) { dock in
            try dock.good("ip", "link", "set", "dd0", "mtu", "9000")
            try dock.good("ifconfig", "tap0", "mtu", "9000", sock: "/sock2")
            try reaches(dock, ["/bin/ping", "-c", "3", "-i", "0.1", "-M", "do", "-s", "8972", "-w", "10", "10.2.0.2"])
            try reaches(dock, ["ping", "-c", "3", "-i", "0.1", "-s", "8972", "-w", "10", "10.2.0.1"], sock: "/sock2")
        }
    }
}
