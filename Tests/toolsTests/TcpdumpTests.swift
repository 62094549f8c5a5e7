import Testing

@testable import tools

struct TcpdumpTests {
    let scratch = Scratch()

    private func words(_ line: String) throws -> TcpdumpWords { try TcpdumpWords(line.split(separator: " ").map(String.init)) }

    @Test(arguments: [
        ("-i em0 icmp", "em0", "icmp"), ("-iem0 icmp or arp", "em0", "icmp or arp"), ("-nni em0", "em0", "-nn"), ("-nlviem0 port 80", "em0", "-nlv port 80"),
        ("--interface em0 -n", "em0", "-n"), ("--interface=em0", "em0", ""), ("icmp -i em0", "em0", "icmp"),
        ("-c 3 -w x.pcap -i em0", "em0", "-c 3 -w x.pcap"), ("-nc 3 -i em0 -s0", "em0", "-nc 3 -s0"),
    ])
    func `what to capture is taken out, and the rest is tcpdump's`(line: String, interface: String, rest: String) throws {
        let words = try words(line)
        #expect(words.interface == interface && words.rest == rest.split(separator: " ").map(String.init))
        #expect(!words.lists && !words.isOnItsOwn && words.direction == .both)
    }

    @Test func `the value of another option is no option`() throws {
        #expect(try words("-w -i -n").interface == nil)
        #expect(try words("-F -D -n").lists == false)
        #expect(try words("-n -- -i em0").rest == ["-n", "--", "-i", "em0"])
    }

    @Test func `stack, direction and list are ours`() throws {
        let order = try words("--sock /sock2 -Q in --list-interfaces")
        #expect(order.prefix == "/sock2" && order.direction == .received && order.lists && order.rest == [])
        #expect(try words("-nQout").direction == .sent && words("-nD").rest == ["-n"])
        #expect(try words("--direction=inout --sock=/a").prefix == "/a")
    }

    @Test(arguments: ["-nr x.pcap", "-V list", "--version"]) func `what needs no frames of ours is tcpdump's alone`(line: String) throws {
        let order = try words(line)
        #expect(order.isOnItsOwn && order.rest.joined(separator: " ") == line)
    }

    @Test(arguments: [
        (["-i"], "-i: its value is missing; as in: drydock tcpdump -ni em0 icmp"), (["--sock"], "--sock: its value is missing; as in: drydock tcpdump -ni em0 icmp"),
        (["-Q", "up"], "-Q up: that is no direction; give in, out or inout"),
    ])
    func `what makes no sense is refused in one line`(words: [String], line: String) {
        #expect(runTool("tcpdump", words, in: scratch) == ToolRunOutcome(exit: 64, output: "", complaint: "tcpdump: \(line)\n"))
    }

    @Test func `an interface of the host is told from one that is not there`() {
        #expect(runTool("tcpdump", ["-i", "lo"], in: scratch).complaint
            == "tcpdump: lo: an interface of the host, not of a stack; the host's tcpdump captures it: /usr/bin/tcpdump -i lo\n")
        #expect(runTool("tcpdump", ["-i", "em0"], in: scratch).complaint.hasPrefix("tcpdump: em0: no NIC has that name"))
    }
}
