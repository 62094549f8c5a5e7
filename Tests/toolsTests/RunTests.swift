import Host
import Testing

@testable import tools

struct RunTests {
    let scratch = Scratch()
    static let dynamic = ProgramFile(path: "/bin/x", linking: .dynamic)
    static let fixed = ProgramFile(path: "/bin/x", linking: .fixed("it is linked statically"))
    static let library = PreloadLibrary(path: "/lib/l.so")
    static let missing = PreloadLibrary(folders: ["/a", "/b"])

    @Test func `without a wish both ways are used, each as far as it can be`() throws {
        #expect(try RunPlan(nil, program: Self.dynamic, library: Self.library, notifier: true) == RunPlan.expected("/lib/l.so", true))
        #expect(try RunPlan(nil, program: Self.dynamic, library: Self.library, notifier: false) == RunPlan.expected("/lib/l.so", false))
        #expect(try RunPlan(nil, program: Self.fixed, library: Self.library, notifier: true) == RunPlan.expected(nil, true))
        #expect(try RunPlan(nil, program: Self.dynamic, library: Self.missing, notifier: true) == RunPlan.expected(nil, true))
        #expect(try RunPlan(.preload, program: Self.dynamic, library: Self.library, notifier: true) == RunPlan.expected("/lib/l.so", false))
        #expect(try RunPlan(.notify, program: Self.dynamic, library: Self.library, notifier: true) == RunPlan.expected(nil, true))
    }

    @Test func `where no way is left it is said why, and what to do`() {
        #expect(throws: ToolFailure("/bin/x", "it is linked statically", "use --by notify")) {
            try RunPlan(nil, program: Self.fixed, library: Self.library, notifier: false)
        }
        #expect(throws: ToolFailure("libdrydock-preload.so", "it is in none of /a, /b", "build it: swift build -c release --package-path Programs, or name it: DRYDOCK_PRELOAD=FILE")) {
            try RunPlan(.preload, program: Self.dynamic, library: Self.missing, notifier: true)
        }
        #expect(throws: ToolFailure("/a b/l.so", "the loader takes no path with spaces or colons", "copy the library elsewhere, and set DRYDOCK_PRELOAD")) {
            try RunPlan(.both, program: Self.dynamic, library: PreloadLibrary(path: "/a b/l.so"), notifier: true)
        }
        #expect(throws: ToolFailure("--by notify", "this build cannot be notified of system calls", "use --by preload")) {
            try RunPlan(.notify, program: Self.dynamic, library: Self.library, notifier: false)
        }
    }

    @Test func `the library comes before the user's own, once`() throws {
        let plan = try RunPlan(.preload, program: Self.dynamic, library: Self.library, notifier: false)
        let given = ["LD_PRELOAD": "/other.so:/lib/l.so", "A": "1"]
        #expect(plan.environment(given, calls: "/c") == ["A=1", "DRYDOCK_CALLS=/c", "LD_PRELOAD=/lib/l.so:/other.so"])
        let other = try RunPlan(.notify, program: Self.dynamic, library: Self.library, notifier: true)
        #expect(other.environment(["A": "1"], calls: "/c") == ["A=1", "DRYDOCK_CALLS=/c"])
    }

    /// An ELF file's first octets with one program header of the given kind.
    static func elf(kind: UInt8, machine: UInt8? = nil) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: 120)
        head.replaceSubrange(0..<6, with: [0x7f, 0x45, 0x4c, 0x46, 2, 1])
        head[18] = machine ?? UInt8(ProgramFile.machine)
        (head[32], head[54], head[56]) = (64, 56, 1)
        head[64] = kind
        return head
    }

    @Test func `a program that asks for a loader is dynamic, another is not`() {
        #expect(ProgramFile.linking(ofELF: Self.elf(kind: 3)) == .dynamic)
        #expect(ProgramFile.linking(ofELF: Self.elf(kind: 1)) == .fixed("it is linked statically: no library gets into it"))
        #expect(ProgramFile.linking(ofELF: Self.elf(kind: 3, machine: 3)) == .fixed("it is a program of another kind of machine"))
        #expect(ProgramFile.linking(ofELF: Array("#".utf8)) == .dynamic)
        for count in 4..<64 { #expect(ProgramFile.linking(ofELF: Array(Self.elf(kind: 3).prefix(count))) != .dynamic) }
    }

    @Test func `a script is what its interpreter is`() throws {
        let script = try scratch.file("script", "#! /bin/sh -e\nexit 0\n")
        #expect(ProgramFile.linking(script) == .dynamic)
    }

    @Test func `programs are found as a shell finds them, and what is missing is 127`() {
        var run = runTool("drydock", ["run", "no-such-program-here"], in: scratch)
        #expect(run.exit == 127 && run.complaint == "run: no-such-program-here: there is no such program in PATH\n")
        run = runTool("drydock", ["run", "--", "/no/such"], in: scratch)
        #expect(run.exit == 127 && run.complaint == "run: /no/such: there is no such program\n")
        run = runTool("drydock", ["run", "/etc"], in: scratch)
        #expect(run.exit == 126)
        run = runTool("drydock", ["run", "--dns", "example.org", "true"], in: scratch)
        #expect(run.exit == 64 && run.complaint.contains("a name server is named by one"))
        #expect(runTool("drydock", ["run"], in: scratch).exit == 64)
    }

    @Test func `without a stack it is said which was meant`() {
        let run = runTool("drydock", ["run", "true"], in: scratch, sock: "/sock7")
        #expect(run.exit == 1 && run.complaint.contains("/sock7"))
    }
}

extension RunPlan {
    static func expected(_ library: String?, _ notifies: Bool) -> RunPlan {
        var plan = try! RunPlan(.notify, program: RunTests.dynamic, library: RunTests.library, notifier: true)
        (plan.library, plan.notifies) = (library, notifies)
        return plan
    }
}
