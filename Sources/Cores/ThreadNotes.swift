internal import CLinux
internal import Host

/// The notes of a process and its threads: the one that faulted first, because a debugger begins there.
struct ThreadNotes {
    var core = ELFCore()
    /// Of every thread, where its stack is in use; of the one that faulted both stacks.
    private(set) var stackPointers: [UInt64] = []

    private typealias Family = (parent: Int32, group: Int32, session: Int32, state: UInt8)

    init(_ process: borrowing StoppedProcess, _ fault: CrashNote.Report.Fault?) {
        let family = Self.family(process.file("stat"))
        add(process: process, family)
        let first = process.threads.first { $0.tid == fault?.thread } ?? process.threads.first { $0.tid == process.pid }
        let order = process.threads.filter { $0 == first } + process.threads.filter { $0 != first }
        for thread in order { add(thread.tid, process, family, fault) }
    }

    private mutating func add(process: borrowing StoppedProcess, _ family: Family) {
        let name = String(decoding: process.file("comm").dropLast(), as: UTF8.self)
        let words = String(decoding: process.file("cmdline").map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
        let pid = process.pid
        core.add(UInt32(CLINUX_NOTE_PROCESS), unsafe Self.filled { room in
            unsafe clinux_core_process(pid, family.parent, family.group, family.session, CChar(bitPattern: family.state), name, words, room)
        })
    }

    private mutating func add(_ tid: Int32, _ process: borrowing StoppedProcess, _ family: Family, _ fault: CrashNote.Report.Fault?) {
        var registers = process.registers(tid, CLINUX_NOTE_STATUS)
        guard !registers.isEmpty else { return }
        var floating = process.registers(tid, CLINUX_NOTE_FLOATING)
        stackPointers.append(unsafe registers.withUnsafeBytes { unsafe clinux_stack_pointer($0.baseAddress!, $0.count) })
        // As the kernel has it, every thread is said to have ended by the signal.
        let own = tid == fault?.thread ? fault : nil
        if let own { replace(&registers, &floating, process, own) }
        var thread = clinux_core_thread(
            tid: tid, parent: family.parent, group: family.group, session: family.session, signal: fault?.signal.rawValue ?? 0,
            code: fault?.code ?? 0)
        core.add(UInt32(CLINUX_NOTE_STATUS), unsafe Self.filled { room in
            unsafe registers.withUnsafeBytes { unsafe clinux_core_status(&thread, $0.baseAddress!, $0.count, room) }
        })
        if !floating.isEmpty { core.add(UInt32(CLINUX_NOTE_FLOATING), floating) }
        if let own {
            let known = process.read(own.information, CLINUX_SIGNAL_OCTETS)
            if known.count == CLINUX_SIGNAL_OCTETS { core.add(UInt32(CLINUX_NOTE_SIGNAL), known) }
        }
    }

    /// The thread stands in the fault handler: what its registers were is in the frame that the kernel made for that.
    private mutating func replace(
        _ registers: inout [UInt8], _ floating: inout [UInt8], _ process: borrowing StoppedProcess, _ fault: CrashNote.Report.Fault
    ) {
        let context = process.read(fault.context, clinux_context_octets())
        guard !context.isEmpty, context.count == clinux_context_octets() else { return }
        let place = unsafe context.withUnsafeBytes { from in
            unsafe registers.withUnsafeMutableBytes { unsafe clinux_context_registers(from.baseAddress!, $0.baseAddress!, $0.count) }
            return unsafe clinux_context_floating(from.baseAddress!)
        }
        stackPointers.append(unsafe registers.withUnsafeBytes { unsafe clinux_stack_pointer($0.baseAddress!, $0.count) })
        guard place != 0 else { return }
        let saved = process.read(place, CLINUX_FLOATING_OCTETS)
        if saved.count == CLINUX_FLOATING_OCTETS { floating = saved }
    }

    private static func filled(_ fill: (UnsafeMutableRawPointer) -> Int) -> [UInt8] {
        var room = [UInt8](repeating: 0, count: CLINUX_CORE_ROOM)
        let octets = unsafe room.withUnsafeMutableBytes { unsafe fill($0.baseAddress!) }
        return Array(room.prefix(octets))
    }

    /// Parent, group, session and state: what stands behind the name in parentheses, which may hold anything.
    private static func family(_ stat: [UInt8]) -> Family {
        let words = stat[(stat.lastIndex(of: UInt8(ascii: ")")).map { $0 + 1 } ?? 0)...].split(separator: UInt8(ascii: " "))
        func number(_ index: Int) -> Int32 { index < words.count ? Int32(String(decoding: words[index], as: UTF8.self)) ?? 0 : 0 }
        return (number(1), number(2), number(3), words.first?.first ?? UInt8(ascii: "?"))
    }
}
