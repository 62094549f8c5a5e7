import Foundation
import Testing

/// `dhcp.client` against dnsmasq, in a namespace of the test's own: real servers for both families, and a real router.
@Suite(.serialized, .enabled(if: DHCPServer.missing == nil, "\(DHCPServer.missing ?? "")"))
struct DHCPTests {
    static let range4 = ["--dhcp-range=10.2.0.50,10.2.0.59,255.255.255.0,120", "--dhcp-option=option:dns-server,10.2.0.3", "--domain=dock.tst"]

    func session(_ words: [String], arp: Bool = false, _ body: (DHCPServer) throws -> Void) throws {
        let space = try Namespace(), dock = try space.dock()
        defer {
            dock.close()
            space.close()
        }
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", "-o", "ifname=dd0", try Drivers.path("tap"))
        try dock.good("ip", "addr", "add", "10.2.0.1/24", "dev", "dd0")
        try dock.good("ip", "-6", "addr", "add", "fd02::1/64", "dev", "dd0", "nodad")
        // Who answers as a host is no router any more: RFC 4861 §7.2.5.
        try dock.good("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
        try dock.good("ip", "link", "set", "dd0", "up")
        let server = try DHCPServer(dock, words)
        defer { server.task.kill() }
        try body(server)
    }

    @Test func `a lease brings an address, a route and resolvers; it is renewed at T1 and given back at the end`() throws {
        try session(Self.range4 + ["--dhcp-option=58,4", "--dhcp-option=59,60", "--dhcp-option=option:classless-static-route,10.9.0.0/16,10.2.0.7,0.0.0.0/0,10.2.0.1"]) { server in
            let client = try server.client("-h", "dock-1")
            try server.says(client, "from 10.2.0.1 for 120 s")
            #expect(try server.ifconfig().contains("inet 10.2.0.5") && server.leases.contains(" dock-1 "))
            let ping = try server.dock.good("ping", "-c", "3", "-i", "0.1", "-w", "5", "10.2.0.1", sock: "/sock2")
            #expect(ping.contains(" 0% packet loss"), "\(ping)")
            let routes = try server.dock.good("route", "-n", "show", sock: "/sock2")
            #expect(routes.contains("default") && routes.contains("10.9.0.0/16"), "\(routes)")
            #expect(server.resolv.contains("domain dock.tst\n") && server.resolv.contains("nameserver 10.2.0.3\n"))
            let shown = try server.dock.good("dhcp.client", "--show", sock: "/sock2")
            #expect(shown.hasPrefix("tap0: 10.2.0.5") && shown.contains("from 10.2.0.1, for another"), "\(shown)")
            #expect(try server.dock.good("dhcp.client", "--show", "--json", sock: "/sock2").contains("\"nameservers\""))
            // T1 is four seconds: the server sees a second request, of a client that has its address.
            #expect(eventually(within: 15) { server.log.components(separatedBy: "DHCPACK(dd0)").count > 2 }, "\(server.log)")
            server.end(client)
            #expect(eventually { server.leases.isEmpty }, "the server's lease file: \(server.leases)\n\(server.log)")
            #expect(server.log.contains("DHCPRELEASE"))
            #expect(try !server.ifconfig().contains("inet 10.2"))
            #expect(try !server.dock.good("route", "-n", "show", sock: "/sock2").contains("10.9.0.0/16") && server.resolv == "")
        }
    }

    @Test func `in the background it returns with an address; SIGPWR leaves the lease, and the next client asks for the same`() throws {
        try session(Self.range4) { server in
            let first = try server.dock.good("dhcp.client", "-u", "-A", "0", "-t", "1", "-i", "tap0", sock: "/sock2")
            #expect(first.contains("from 10.2.0.1"), "\(first)")
            let pid = try #require(server.dock.processes().first { pid in
                (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) == "dhcp.client\n"
            })
            kill(pid, SIGPWR)
            #expect(eventually { Dock.isGone(pid) })
            let before = server.log.components(separatedBy: "DHCPDISCOVER").count
            #expect(!server.leases.isEmpty && !server.log.contains("DHCPRELEASE"))
            let client = try server.client("-A", "0", "-b")
            try server.says(client, "from 10.2.0.1")
            #expect(client.outcome.out.split(separator: "/").first == first.split(separator: "/").first, "\(client.outcome.out) after \(first)")
            #expect(server.log.components(separatedBy: "DHCPDISCOVER").count == before, "INIT-REBOOT needs no discovery")
            server.end(client)
        }
    }

    @Test func `an address that another host has is declined, and the next one taken`() throws {
        // dnsmasq pings before it offers, but not an address that it remembers for this client.
        try session(["--dhcp-range=10.2.0.50,10.2.0.51,255.255.255.0,120", "--no-ping", "--dhcp-sequential-ip"]) { server in
            try server.dock.good("ip", "addr", "add", "10.2.0.50/32", "dev", "dd0")
            let client = try server.client()
            try server.says(client, "10.2.0.50: another host has it; declined")
            #expect(eventually { server.log.contains("DHCPDECLINE") }, "\(server.log)")
            try server.says(client, "10.2.0.51/24 from 10.2.0.1", within: 40)
            server.end(client)
        }
    }

    @Test func `routers say M: an address by DHCPv6, given back at the end; resolvers of both families in one file`() throws {
        let range6 = ["--enable-ra", "--dhcp-range=fd02::100,fd02::1ff,64,120", "--dhcp-option=option6:dns-server,[fd02::53]", "--dhcp-option=option6:domain-search,six.tst"]
        try session(Self.range4 + range6) { server in
            let client = try server.client("-A", "0")
            try server.says(client, "by DHCPv6 for 120 s", within: 30)
            #expect(try server.ifconfig().contains("inet6 fd02::1"))
            #expect(server.leases.contains("fd02::1"), "\(server.leases)")
            let ping = try server.dock.good("ping6", "-c", "3", "-i", "0.2", "-w", "8", "fd02::1", sock: "/sock2")
            #expect(ping.contains(" 0% packet loss"), "\(ping)")
            for line in ["search dock.tst six.tst\n", "nameserver 10.2.0.3\n", "nameserver fd02::53\n"] { #expect(server.resolv.contains(line), "\(server.resolv)") }
            server.end(client)
            #expect(eventually { !server.leases.contains("fd02::1") }, "\(server.leases)\n\(server.log)")
            #expect(try !server.ifconfig().contains("inet6 fd02::1"))
        }
    }

    @Test(arguments: ["ra-stateless", "ra-only"]) func `routers say O, or nothing: information by DHCPv6, or by their advertisements`(mode: String) throws {
        let words = ["--enable-ra", "--dhcp-range=fd02::,\(mode),64,120", "--dhcp-option=option6:dns-server,[fd02::53]", "--dhcp-option=option6:domain-search,six.tst"]
        try session(words) { server in
            let client = try server.client("-6")
            if mode == "ra-stateless" { try server.says(client, "information by DHCPv6: 1 nameserver", within: 30) }
            let isWritten = eventually(within: 30) { server.resolv == "domain six.tst\nnameserver fd02::53\n" }
            #expect(isWritten, "\(server.resolv)\n\(client.outcome.all)\n\(server.log)")
            #expect(server.log.contains("DHCPINFORMATION-REQUEST") == (mode == "ra-stateless"))
            server.end(client)
        }
    }

    @Test func `no server, no interface, wrong words: each has its sentence and its exit status`() throws {
        try session([]) { server in
            let late = try server.dock.run("dhcp.client", "-t", "1", "-T", "2", "-i", "tap0", sock: "/sock2")
            #expect(late.status == 3 && late.err.contains("no server answered within 2 s"), "\(late.all)")
            let absent = try server.dock.run("dhcp.client", "-I", "0", "-i", "em7", sock: "/sock2")
            #expect(absent.status == 2 && absent.err.contains("em7: no such interface"), "\(absent.all)")
            #expect(try server.dock.run("dhcp.client", "-s", "x", sock: "/sock2").status == 64)
            #expect(try server.dock.good("use", "dhcp.client").contains("USAGE: dhcp.client"))
        }
    }
}
