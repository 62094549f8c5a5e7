import Glibc
import Messages
import Testing

@testable import tools

struct NicTests {
    let scratch = Scratch()

    @Test(arguments: [
        ("", NicOrder.list), ("list", .list), ("add em-a sim:82540em", .add(name: "em-a", hardware: "sim:82540em")),
        ("remove em-a em-b", .remove(["em-a", "em-b"])), ("show em-a", .show("em-a")), ("plug em-a nic:em-b", .plug("em-a", cable: "nic:em-b")),
        ("unplug em-a", .unplug("em-a")), ("link em-a down", .link("em-a", up: false)), ("pull em-a", .pull("em-a")),
        ("push em-a", .push("em-a")), ("capture em-a x.pcapng", .capture("em-a", file: "x.pcapng")),
        ("capture em-a off", .capture("em-a", file: nil)), ("impair em-a loss=1%", .impair("em-a", "loss=1%")), ("impair em-a none", .impair("em-a", "")),
    ])
    func `words are read`(words: String, order: NicOrder) throws {
        #expect(try NicOrder(words.split(separator: " ").map(String.init)) == order)
    }

    @Test(arguments: [
        (["frob"], "frob: unknown word; it is one of: add, capture, impair, link, list, plug, pull, push, remove, show, unplug"),
        (["add", "em-a"], "add: a word is missing; as in: nic add em-a sim:82540em --cable nic:em-b"),
        (["show", "em-a", "em-b"], "show: too many words; as in: nic show em-a"),
        (["show", "../em"], "../em: that cannot be a NIC's name; use letters, digits, - and _, as in: em-a"),
        (["link", "em-a", "sideways"], "link em-a sideways: a link is up or down; as in: nic link em-a down"),
        (["show", "em-a", "--all"], "--all: it belongs to remove alone; as in: nic remove --all"),
        (["plug", "em-a", "x", "--cable", "y"], "plug: --cable, --capture and --judge belong to add; as in: nic plug em-a nic:em-b"),
    ])
    func `what makes no sense is refused in one line`(words: [String], line: String) {
        #expect(runTool("nic", words, in: scratch) == ToolRunOutcome(exit: 64, output: "", complaint: "nic: \(line)\n"))
    }

    @Test func `a NIC that is not there is refused beside what to do`() {
        #expect(runTool("nic", ["show", "em-a"], in: scratch)
            == ToolRunOutcome(exit: 1, output: "", complaint: "nic: em-a: no such NIC; make it: nic add em-a sim:82540em\n"))
        #expect(runTool("nic", [], in: scratch).output == "there is no NIC; make one: nic add em-a sim:82540em\n")
    }

    static let status = NICStatus(
        identity: NICIdentity(
            name: "em-a", title: "Intel 82540EM", specification: "sim:82540em", vendor: 0x8086, device: 0x100e, subsystemVendor: 0x8086,
            subsystemDevice: 0x001e, revision: 2, classCode: 2, subclass: 0, programmingInterface: 0, regionLengths: [0x20000, 0, 0, 0, 0, 0],
            pid: 4711, claimedBy: "/sock2"),
        cable: "nic:em-b", cableState: "waiting for nic em-b", carrier: false, linkEnabled: true, capture: "/tmp/a.pcapng", impairments: "loss=1%",
        counters: [NICCounter("frames sent", 12)],
        violations: [NICViolation(rule: "reserved bits", subject: "RCTL", section: "8254x §13.4.22", text: "bit 0 must be 0", value: 1, count: 3)],
        violationsTotal: 3, uptime: 65)

    @Test func `the table and the page have their shapes`() {
        #expect(NicText.table([Self.status]) == """
            NAME         HARDWARE           PID      LINK     STACK                CABLE
            em-a         sim:82540em        4711     down     /sock2               nic:em-b (waiting for nic em-b)

            """)
        #expect(NicText.page(Self.status) == """
            em-a: Intel 82540EM
            \thardware sim:82540em, PCI 8086:100e revision 2, pid 4711, up 1m05s
            \tregion 0: 0x20000 octets
            \tstack /sock2
            \tcable nic:em-b: waiting for nic em-b
            \tlink down
            \timpairments loss=1%
            \tcapture /tmp/a.pcapng
            \tcounters:
            \t\t          12 frames sent
            \tthe driver broke the datasheet's rules 3 times, by kind:
            \t\t3 x reserved bits RCTL = 0x1 (8254x §13.4.22): bit 0 must be 0

            """)
    }
}
