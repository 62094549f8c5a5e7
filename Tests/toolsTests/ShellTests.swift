import Messages
import Testing

@testable import tools

/// The parts of the shell that need no stack.
struct ShellTests {
    @Test func `arguments are divided at their commas, with parentheses or without`() {
        #expect(ShellArguments(" 0x10, 4 , 2").list == ["0x10", "4", "2"])
        #expect(ShellArguments("(f(1, 2), \"a,b\")").list == ["f(1, 2)", "\"a,b\""])
        #expect(ShellArguments("(1) + (2)").list == ["(1) + (2)"])
        #expect(ShellArguments("").list.isEmpty && ShellArguments("\"poll\"").words == ["poll"])
    }

    @Test(arguments: [
        ("i > out.txt", "i", "out.txt", false), ("i >> ./log", "i", "./log", true), ("x > 3", "x > 3", nil, false), ("a >= b.c", "a >= b.c", nil, false),
        ("p->next", "p->next", nil, false), ("\"a > b.txt\"", "\"a > b.txt\"", nil, false), ("x >> 2", "x >> 2", nil, false),
    ])
    func `a redirection is told from C's comparison`(line: String, command: String, path: String?, appends: Bool) {
        let (found, file) = Redirection.split(line)
        #expect(found == command && file?.path == path && file?.appends ?? false == appends)
    }

    @Test func `memory is shown 16 octets a line, in units of the width`() {
        let wanted = MemoryCommands.Dump(next: 0x1000, units: 5, width: 4)
        let lines = MemoryCommands.lines(Array("Hello, world\0".utf8) + [1, 2, 3, 4, 5, 6, 7], wanted)
        #expect(lines[0] == "0x000000001000:  6c6c6548 77202c6f 646c726f 03020100   *Hello, world....*")
        #expect(lines[1].hasPrefix("0x000000001010:  07060504 ") && lines[1].hasSuffix("*....*"))
    }

    @Test func `descriptors belong to whom head and tail say`() throws {
        var ring = QuietReport.Ring(name: "receive", base: 0x1000, length: 64, head: 3, tail: 1)
        (ring.format, ring.descriptors) = ("8254x", String(repeating: "0", count: 32) + "0020000000000000" + "6200000003000000" + String(repeating: "0", count: 64))
        let text = try #require(DescriptorText(ring))
        #expect(text.descriptors.map(\.owner) == ["device", "driver", "driver", "device"])
        #expect(text.descriptors[1].octets == 0x62 && text.descriptors[1].fields == "DD EOP" && text.descriptors[1].address == 0x2000)
        ring.descriptors = "xyz"
        #expect(DescriptorText(ring) == nil, "what is damaged is not decoded")
    }

    @Test func `instructions of the disassembler stand where they are loaded`() {
        let text = "\nfile: format elf64\n\n0000000000001000 <f>:\n    1000: pushq\t%rbp\n    1001: movq  %rsp, %rbp\n"
        let found = SymbolCommands.instructions(text, 0x7f0000)
        #expect(found.map(\.0) == [0x7f1000, 0x7f1001] && found.map(\.1) == ["pushq %rbp", "movq %rsp, %rbp"])
    }

    @Test func `a diagnosis names the likeliest first`() {
        var facts = Diagnosis.Facts()
        #expect(Diagnosis.of(facts).isEmpty)
        facts.look = NICLook(
            nic: "em-a", registers: [.init(name: "RCTL", region: 0, offset: 0x100, value: 0, fields: [.init("EN", 0)]), .init(name: "IMS", region: 0, offset: 0xd0, value: 0)],
            notRead: "", rings: [.init(name: "receive", base: 0, length: 4096, head: 7, tail: 7)], holder: "/sock2", pid: 1, mappings: [], interrupts: 0, accesses: 0,
            configuration: [UInt8](repeating: 0, count: 64))
        let texts = Diagnosis.of(facts).map(\.text)
        #expect(texts == ["bus mastering is off: the device reaches no memory", "the receiver is off", "every interrupt is masked", "the device has no buffer to receive into: frames are lost"])
        (facts.stackSilent, facts.driverFunction) = ("it did not answer within 5 s", "waitForEver()")
        #expect(Diagnosis.of(facts).first?.text == "the driver does not return: the stack's only thread is in waitForEver()")
    }
}
