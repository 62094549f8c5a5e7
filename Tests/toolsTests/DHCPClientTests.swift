import ArgumentParser
import DHCP
import Host
import Messages
import Testing
import Wire

@testable import tools

struct DHCPClientTests {
    let scratch = Scratch()

    static func parse(_ words: [String]) throws -> DHCPClient { try DHCPClient.parse(words) }

    @Test func `a child gets the words of its parent, but does not go into the background itself`() throws {
        let parent = try Self.parse(["-abu", "-A", "3", "-D", "dock", "-h", "dock-1", "-i", "em0", "-s", "10.1.0.1", "-t", "2", "-T", "5", "--resolv", "/tmp/r", "-4"])
        let child = try Self.parse(parent.words)
        #expect(child.child && !child.background && parent.background)
        var same = parent
        (same.child, same.background) = (true, false)
        #expect(child.words == same.words && child.declines == 3 && child.identifier == "dock" && child.attempts == 2 && child.only4 && child.alias && child.unicast)
    }

    @Test(arguments: [
        ["-A", "-1"], ["-s", "x"], ["-h", "a b"], ["-4", "-6"], ["--json"], ["-p", "0"], ["-t", "0"], ["-D", ""], ["em0"],
    ])
    func `words that make no sense are refused`(words: [String]) {
        let run = runTool("dhcp.client", words, in: scratch, sock: "/sock2")
        #expect(run.exit == 64 && run.complaint.hasPrefix("dhcp.client: ") && run.complaint.split(separator: "\n").count == 1, "\(run)")
    }

    @Test func `an interface that is not there, or is no Ethernet, is said after the looks that were asked for`() throws {
        let stack = try FakeStack(in: scratch) { _ in .reply(.interfaces([InterfaceReport(name: "lo0", index: 1, flags: [], mtu: 16000, linkAddress: nil)])) }
        defer { stack.end() }
        let absent = runTool("dhcp.client", ["-I", "0", "-i", "em0"], in: scratch, sock: "/sock2")
        #expect(absent == ToolRunOutcome(exit: 2, output: "", complaint: "dhcp.client: em0: no such interface, after 0 looks; mount its driver: mount -T io-pkt FILE\n"))
        let loopback = runTool("dhcp.client", ["-I", "0", "-i", "lo0"], in: scratch, sock: "/sock2")
        #expect(loopback.exit == 1 && loopback.complaint.contains("it is no Ethernet interface"))
    }

    static let record = """
        {"interface": "em0", "address": "10.1.0.7", "prefixLength": 24, "server": "10.1.0.1", "expires": EXPIRES, "routers": [], "nameservers": []}
        """

    @Test func `leases are shown, of the stack that SOCK selects, and one that has ended is not asked for again`() throws {
        try FileSystem.makeFolder("\(scratch.path)/leases")
        _ = try scratch.file("leases/sock2+em0.json", Self.record.replacing("EXPIRES", with: "1"))
        _ = try scratch.file("leases/sock3+em0.json", Self.record.replacing("EXPIRES", with: "null"))
        _ = try scratch.file("leases/sock2+em1.json", "{ half")
        #expect(runTool("dhcp.client", ["--show"], in: scratch, sock: "/sock2").output == "em0: 10.1.0.7/24 from 10.1.0.1, expired\n")
        #expect(runTool("dhcp.client", ["--show"], in: scratch, sock: "/sock3").output == "em0: 10.1.0.7/24 from 10.1.0.1, for ever\n")
        #expect(runTool("dhcp.client", ["--show", "--json", "-i", "em1"], in: scratch, sock: "/sock2").output == "[\n\n]\n")
        #expect(DHCPRecord(file: "\(scratch.path)/leases/sock2+em0.json")?.usableAddress == nil)
        #expect(DHCPRecord(file: "\(scratch.path)/leases/sock3+em0.json")?.usableAddress == IPv4Address(10, 1, 0, 7))
    }

    @Test func `the resolver's file has every source once, and nothing where there is none`() {
        var information = Information6()
        information.resolvers = [IPv6Address("fd00::53")!]
        information.searchList = ["six.tst", "dock.tst"]
        var advertised = Information6Sources()
        advertised.resolvers = ["fd00::53", "fe80::1%em0"]
        #expect(ResolverLists(nil, false, information, advertised).text == "search six.tst dock.tst\nnameserver fd00::53\nnameserver fe80::1%em0\n")
        advertised.domains = ["dock.tst"]
        #expect(ResolverLists(nil, false, nil, advertised).text == "domain dock.tst\nnameserver fd00::53\nnameserver fe80::1%em0\n")
        #expect(ResolverLists(nil, false, nil, Information6Sources()).text == "")
    }

    @Test func `the script hears event, interface and address, and its failure is told`() throws {
        let script = try scratch.file("script", "#!/bin/sh\necho \"$SOCK $*\" >> \(scratch.path)/heard\n[ $1 != expired ]\n")
        _ = try Subprocess.run("/bin/chmod", ["chmod", "700", script], time: .seconds(10))
        let runtime = try RuntimeDirectory(path: scratch.path)
        let files = DHCPFiles(try Self.parse(["--script", script]), runtime, FolderName(prefix: "/sock2")!, "em0")
        #expect(files.call("bound", "10.1.0.7") == nil)
        #expect(files.call("expired", "10.1.0.7")?.contains("expired") == true)
        #expect(FileSystem.text("\(scratch.path)/heard") == "/sock2 bound em0 10.1.0.7\n/sock2 expired em0 10.1.0.7\n")
    }

    @Test func `use prints what a command says about itself`() {
        #expect(runTool("use", ["dhcp.client"], in: scratch).output.contains("USAGE: dhcp.client"))
    }
}
