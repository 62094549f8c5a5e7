import CLinux
import Cores
import Glibc
import Host
import Testing

/// Cores of a real process that has faulted and waits, or that lives.
@Suite(.serialized) struct CoreFileTests {
    @Test(arguments: [("segv", SIGSEGV), ("abort", SIGABRT), ("trap", SIGILL), ("overflow", SIGSEGV), ("thread", SIGSEGV)])
    func `a process that faults waits for its core, and dies of its signal then`(how: String, number: Int32) throws {
        let dying = try Dying(how)
        #expect(dying.rings())
        let fault = try #require(dying.note.read().fault)
        #expect((fault.thread != dying.process.pid) == (how == "thread"))
        let summary = try dying.takeCore()
        #expect(summary.threads == 2 && summary.shortened == 0 && summary.stored < summary.length)
        let lives = dying.process.reap()
        #expect(lives == nil, "it waits on")
        dying.note.letGo()
        let ending = dying.end()
        #if arch(x86_64)
            #expect(ending == .killed(Signal(rawValue: number)))
        #endif
        let text = try dying.text()
        let threads = text.notes(1)
        #expect(threads.count == 2 && text.notes(2).count == 2 && text.notes(3).count == 1 && text.notes(6).count == 1)
        #expect(threads.first?.contents[32..<36].reversed().reduce(0) { $0 << 8 | Int32($1) } == fault.thread, "the one that faulted comes first")
        #expect(text.notes(0x53494749).count == 1 && text.notes(0x46494c45).count == 1)
    }

    @Test func `a process whose supervisor does nothing dies all the same`() throws {
        let dying = try Dying("segv")
        #expect(dying.rings())
        let ending = dying.end()
        #expect(ending == .killed(.segmentation))
    }

    @Test func `a signal that somebody sends ends it like a fault of its own`() throws {
        let dying = try Dying("live")
        try dying.process.signal(.segmentation)
        #expect(dying.rings())
        #expect(dying.note.read().fault?.signal == .segmentation)
        dying.note.letGo()
        let ending = dying.end()
        #expect(ending == .killed(.segmentation))
    }

    @Test func `a process that lives goes on after its core`() throws {
        let dying = try Dying("live")
        for _ in 0..<3 { #expect(try dying.takeCore().threads == 2) }
        let state = FileSystem.text("/proc/\(dying.process.pid)/status") ?? ""
        #expect(state.contains("TracerPid:\t0"))
        let lives = dying.process.reap()
        #expect(lives == nil)
        try dying.process.signal(.terminate)
        let ending = dying.end()
        #expect(ending == .killed(.terminate), "its signals reach it")
    }

    @Test func `a process that was stopped for good is looked into, and only SIGKILL ends it`() throws {
        for how in ["segv", "live"] {
            let dying = try Dying(how)
            if how == "segv" { #expect(dying.rings()) }
            let stands = dying.process.freeze(Deadline(in: .seconds(10)))
            #expect(stands)
            #expect(try dying.takeCore().threads == 2)
            // Let go by the debugger, a thread passes on to its old stop without a step of its own, and not at once.
            let limit = Deadline(in: .seconds(10))
            var state = ""
            repeat { state = FileSystem.text("/proc/\(dying.process.pid)/status") ?? "" } while !state.contains("State:\tT") && !limit.hasPassed
            #expect(state.contains("State:\tT") && state.contains("TracerPid:\t0"), "\(how): \(state)")
            dying.note.letGo()
            let lives = dying.process.reap()
            #expect(lives == nil)
            try dying.process.signal(.kill)
            let ending = dying.end()
            #expect(ending == .killed(.kill))
        }
    }

    @Test func `a process that has ended is not stopped, and its report is left`() throws {
        let gone = try Spawn.start("/bin/true", arguments: ["true"], descriptors: [-1, -1, -1])
        let hasEnded = gone.waitForEnd(Deadline(in: .seconds(10)))
        #expect(hasEnded)
        let stands = gone.freeze(Deadline(in: .seconds(10)))
        #expect(!stands)
        let ending = gone.reap()
        #expect(ending == .exited(0))
    }

    @Test func `shared memory that is mapped twice lies in the file once`() throws {
        let dying = try Dying("segv")
        #expect(dying.rings())
        try dying.takeCore()
        let text = try dying.text()
        let magic = UInt32(CLINUX_NOTE_MAGIC)
        let notes = text.segments.filter { $0.type == 1 && $0.stored == 4096 && text.memory($0.address, 4) == (0..<4).map { UInt8(truncatingIfNeeded: magic >> ($0 * 8)) } }
        #expect(notes.count == 2 && Set(notes.map(\.offset)).count == 1)
    }

    @Test func `a core is no larger than it may be, keeps the stacks, and says so`() throws {
        let dying = try Dying("segv")
        #expect(dying.rings())
        let most: UInt64 = 64 << 10
        let summary = try dying.takeCore { $0.most = most }
        #expect(summary.shortened > 0 && summary.left.contains { $0.octets > 0 }, "it says what is left out")
        #expect(summary.stored <= most + (64 << 10), "the head is not counted")
        guard Dying.hasGDB else { return }
        #expect(try dying.gdb("bt").contains("receive"))
    }

    @Test func `a process that is not there is refused by name`() throws {
        let file = try FileDescriptor.open("/dev/null", O_RDWR)
        var why: SystemError?
        do throws(SystemError) { _ = try CoreFile.write(0x3fff_fff0, to: file) } catch { why = error }
        #expect(why?.number == .notFound)
    }

    @Test(.enabled(if: Dying.hasGDB, "gdb is not installed"), arguments: ["segv", "thread", "abort", "trap"])
    func `gdb shows where it died, with lines and variables`(how: String) throws {
        let dying = try Dying(how)
        #expect(dying.rings())
        try dying.takeCore()
        dying.note.letGo()
        let said = try dying.gdb("bt", "frame function receive", "info locals", "p changed", "info threads", "p $_siginfo.si_signo")
        #expect(said.contains("receive (answer=21)") || said.contains("receive (answer="), "\(said)")
        #expect(said.contains("dying.c:"), "\(said)")
        #expect(said.contains("half = 0.5"), "\(said)")
        #expect(said.contains("as it has become"), "\(said)")
        #expect(said.contains("Program terminated with signal"), "\(said)")
        #expect(said.contains("* 1 ") && said.contains("  2 "), "both threads: \(said)")
        if how != "abort" {
            let first = said.split(separator: "\n").first { $0.hasPrefix("#0") } ?? ""
            #expect(first.contains("receive"), "the fault and not its handler is on top: \(said)")
        }
    }

    @Test(.enabled(if: Dying.hasGDB, "gdb is not installed")) func `gdb shows the recursion of a stack that overflowed`() throws {
        let dying = try Dying("overflow")
        #expect(dying.rings())
        try dying.takeCore()
        dying.note.letGo()
        let said = try dying.gdb("bt 3")
        #expect(said.contains("overflow (depth="), "\(said)")
    }
}
