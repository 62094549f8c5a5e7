import Foundation
import Testing

/// The Linux kernel at the other end of the cable, through a TAP device in a namespace of the test's own.
@Suite(.serialized, .enabled(if: Namespace.isAvailable, "\(Namespace.missing ?? "")"))
struct LinuxPeerTests {
    /// Runs `body` with a NIC of the given kind on a TAP device, a stack on it as 10.2.0.2, the kernel as 10.2.0.1.
    func session(_ hardware: String, _ body: (Dock) throws -> Void) throws {
        let space = try Namespace(), dock = try space.dock()
        defer {
            dock.close()
            space.close()
        }
        try dock.good("nic", "add", "em-t", hardware, "--cable", "tap:dd0")
        try dock.good("ip", "addr", "add", "10.2.0.1/24", "dev", "dd0")
        try dock.good("ip", "-6", "addr", "add", "fd02::1/64", "dev", "dd0", "nodad")
        try dock.good("ip", "link", "set", "dd0", "up")
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", try Drivers.path("e1000"))
        try dock.good("ifconfig", "em0", "10.2.0.2/24", sock: "/sock2")
        try dock.good("if_up", "-l", "em0", sock: "/sock2")
        try body(dock)
    }

    /// The conversations that the kernel and the stack must have, whatever the NIC.
    func converse(_ dock: Dock) throws {
        // QEMU's e1000 takes no frame for a second after its receive control was written: the first ping waits for that.
        let out = try dock.good("ping", "-c", "5", "-i", "0.3", "-w", "15", "10.2.0.1", sock: "/sock2")
        #expect(out.contains(" 0% packet loss"), "\(out)")
        let back = try dock.good("/bin/ping", "-c", "5", "-i", "0.2", "-w", "10", "10.2.0.2")
        #expect(back.contains(" 0% packet loss"), "\(back)")
        let arping = try dock.good("arping", "-I", "dd0", "-c", "2", "-w", "5", "10.2.0.2")
        #expect(arping.contains("Received 2 response"), "\(arping)")
        // 65 507 octets of UDP payload's worth: 65 499 octets and the echo header, in 45 fragments each way.
        let large = try dock.good("/bin/ping", "-c", "2", "-i", "0.3", "-s", "65499", "-w", "10", "10.2.0.2")
        #expect(large.contains(" 0% packet loss"), "\(large)")
        let largeBack = try dock.good("ping", "-c", "2", "-i", "0.3", "-s", "65499", "-w", "10", "10.2.0.1", sock: "/sock2")
        #expect(largeBack.contains(" 0% packet loss"), "\(largeBack)")
    }

    func converse6(_ dock: Dock) throws {
        try dock.good("ifconfig", "em0", "inet6", "fd02::2", "prefixlen", "64", "alias", sock: "/sock2")
        let ready = try eventually(within: 8) { try !dock.good("ifconfig", "em0", sock: "/sock2").contains("tentative") }
        #expect(ready, "duplicate address detection ends")
        let out = try dock.good("ping", "-c", "3", "-i", "0.2", "-w", "10", "fd02::1", sock: "/sock2")
        #expect(out.contains(" 0% packet loss"), "\(out)")
        let back = try dock.good("/bin/ping", "-6", "-c", "3", "-i", "0.2", "-w", "10", "fd02::2")
        #expect(back.contains(" 0% packet loss"), "\(back)")
        let large = try dock.good("/bin/ping", "-6", "-c", "2", "-i", "0.3", "-s", "60000", "-w", "10", "fd02::2")
        #expect(large.contains(" 0% packet loss"), "\(large)")
    }

    @Test func `the model on TAP talks with the kernel both ways, over IPv4 and IPv6`() throws {
        try session("sim:82540em") { dock in
            try converse(dock)
            try converse6(dock)
            let status = try dock.good("nic", "show", "em-t")
            #expect(!status.contains("broke the datasheet"), "\(status)")
        }
    }

    @Test(.enabled(if: Namespace.hasQEMU, "\(Namespace.missingQEMU ?? "")")) func `the same driver file on QEMU's e1000 talks with the kernel`() throws {
        try session("qemu:e1000") { dock in
            try converse(dock)
            try converse6(dock)
        }
    }

    @Test func `65 507 octets of UDP go both ways, fragmented`() throws {
        try session("sim:82540em") { dock in
            let script = """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            payload = bytes(i * 7 & 255 for i in range(65507))
            s.sendto(payload, ('10.2.0.2', 7))
            back, who = s.recvfrom(70000)
            sys.exit(0 if back == payload and who[0] == '10.2.0.2' else 1)
            """
            let echo = try dock.start(["drydock", "udp-echo", "--port", "7", "--count", "1", "--seconds", "20"], sock: "/sock2")
            #expect(try eventually { try dock.good("netstat", "-a", sock: "/sock2").contains(".7 ") })
            try dock.good("python3", "-c", script)
            #expect(echo.finish(within: 5))
        }
    }

    @Test func `a stack that is killed leaves no TAP device behind once its NIC is removed`() throws {
        try session("sim:82540em") { dock in
            try dock.good("nic", "remove", "em-t")
            let left = try dock.run("ip", "link", "show", "dd0")
            #expect(left.status != 0, "\(left.out)")
        }
    }
}
