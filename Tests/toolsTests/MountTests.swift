import Host
import Messages
import Testing

@testable import tools

struct MountTests {
    let scratch = Scratch()

    @Test(arguments: [("io-pkt", 0), ("io-pkt0", 0), ("io-pkt2", 2), ("io-pkt-2", nil), ("io-pktx", nil), ("ext4", nil), ("io-pkt+2", nil)])
    func `the type names a stack by number`(type: String, number: Int?) { #expect(Mount.instance(type) == number) }

    @Test(arguments: [
        (["-Tio-pkt2", "/d.so"], ""), (["-T", "io-pkt2", "/d.so"], ""),
        (["-Tio-pkt2", "-onic=em-b,verbose", "/d.so"], "nic=em-b,verbose"),
        (["-T", "io-pkt2", "-o", "nic=em-b", "-overbose", "/d.so"], "nic=em-b,verbose"),
    ])
    func `glued and separate forms are the same`(words: [String], options: String) throws {
        let stack = try FakeStack(in: scratch) { _ in .reply(.mounted([MountedInterface(interface: "em0", nic: "em-b", driver: "e1000")])) }
        defer { stack.end() }
        #expect(runTool("mount", words, in: scratch) == ToolRunOutcome(exit: 0, output: "", complaint: ""))
        #expect(stack.requests == [.mount(MountRequest(type: "io-pkt2", path: "/d.so", options: options))])
    }

    @Test func `a relative name is sent from the root, and -v tells what has appeared`() throws {
        let stack = try FakeStack(in: scratch) { _ in .reply(.mounted([MountedInterface(interface: "em0", nic: "em-b", driver: "e1000")])) }
        defer { stack.end() }
        let run = runTool("mount", ["-Tio-pkt2", "-v", "./x/d.so"], in: scratch)
        #expect(run == ToolRunOutcome(exit: 0, output: "em0: e1000 on em-b\n", complaint: ""))
        #expect(stack.requests == [.mount(MountRequest(type: "io-pkt2", path: Paths.current + "/x/d.so", options: ""))])
    }

    @Test func `a refusal is QNX's two lines and ours`() throws {
        let stack = try FakeStack(in: scratch) { _ in
            .refuse(Failure(.notFound, what: "/path/to/devnp-x.so", why: "there is no such file", fix: "give the driver's path"))
        }
        defer { stack.end() }
        #expect(runTool("mount", ["-Tio-pkt2", "/path/to/devnp-x.so"], in: scratch) == ToolRunOutcome(exit: 1, output: "", complaint: """
            mount: Can't mount / (type io-pkt2)
            mount: Possible reason: No such file or directory
            mount: /path/to/devnp-x.so: there is no such file; give the driver's path

            """))
    }

    @Test func `without such a stack nothing is mounted`() throws {
        #expect(runTool("mount", ["-Tio-pkt2", "/d.so"], in: scratch) == ToolRunOutcome(exit: 1, output: "", complaint: """
            mount: Can't mount / (type io-pkt2)
            mount: Possible reason: No such device or address
            mount: io-pkt2: no stack is running; start one: io-pkt-v6-hc -i2 -ptcpip prefix=/sock2

            """))
        let stack = try FakeStack(in: scratch, prefix: "/sock1", number: 1) { _ in .reply(.done) }
        defer { stack.end() }
        #expect(runTool("mount", ["-Tio-pkt2", "/d.so"], in: scratch).complaint.contains("no such stack; running: io-pkt1; start one:"))
    }

    @Test func `one stack without a number answers to io-pkt`() throws {
        let stack = try FakeStack(in: scratch, prefix: "/sock1", number: nil) { _ in .reply(.mounted([])) }
        defer { stack.end() }
        #expect(runTool("mount", ["-T", "io-pkt", "/d.so"], in: scratch).exit == 0)
    }

    @Test func `another type is for another mount`() {
        #expect(runTool("mount", ["-T", "ext4", "/dev/sda1"], in: scratch) == ToolRunOutcome(
            exit: 64, output: "",
            complaint: "mount: -T ext4: a driver is mounted into io-pkt or io-pktN; for file systems see /bin/mount\n"))
        #expect(runTool("mount", [], in: scratch).exit == 64)
    }

    @Test(arguments: [("/a/b", "/a/b"), ("b", "/w/b"), ("./b", "/w/b"), (".//b", "/w/b"), ("../b", "/w/../b")])
    func `names become absolute`(given: String, absolute: String) { #expect(Paths.absolute(given, in: "/w") == absolute) }
}
