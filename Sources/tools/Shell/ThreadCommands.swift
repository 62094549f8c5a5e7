internal import Cores
internal import Dossier
internal import Shell

/// `i`, `ti`, `tt`, `w`, `checkStack`: the threads, of one moment in which all of them stood.
enum ThreadCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("i", "", "the threads: number, where they are, stack pointer") { (session, _) throws(ShellError) in try list(session) },
            ShellCommand("ti", "[thread]", "a thread's registers; the first one's without a number") {
                (session, arguments) throws(ShellError) in try registers(session, arguments)
            },
            ShellCommand("tt", "[thread]", "a thread's calls, the innermost first, with source lines") {
                (session, arguments) throws(ShellError) in try trace(session, arguments)
            },
            ShellCommand("w", "[thread]", "what each thread waits in, and for whom") { (session, arguments) throws(ShellError) in try waits(session, arguments) },
            ShellCommand("checkStack", "[thread]", "the threads' stacks: size, in use, most ever in use, margin") {
                (session, arguments) throws(ShellError) in try stacks(session, arguments)
            },
        ]
    }

    private static func chosen(_ core: CoreImage, _ session: ShellSession, _ arguments: ShellArguments, all: Bool) throws(ShellError) -> [CoreImage.Thread] {
        guard let first = arguments.list.first else { return all ? core.threads : Array(core.threads.prefix(1)) }
        let wanted = try session.number(first)
        if wanted == 0, all { return core.threads }
        guard let found = core.threads.first(where: { UInt64($0.id) == wanted }) else {
            throw .refused("there is no thread \(wanted); there are: \(core.threads.map { "\($0.id)" }.joined(separator: ", "))")
        }
        return [found]
    }

    private static func place(_ address: UInt64, _ session: ShellSession) -> String {
        guard let near = session.target.images.symbol(at: address) else { return "?" }
        return near.name + (near.offset > 0 ? " + 0x\(Number.hexadecimal(near.offset))" : "")
    }

    private static func list(_ session: ShellSession) throws(ShellError) -> ShellAnswer {
        struct Row: Encodable { var thread: Int32, pc: UInt64, sp: UInt64, place: String }
        let rows = try session.subject.threads().threads.map { Row(thread: $0.id, pc: $0.instruction, sp: $0.stack, place: place($0.instruction, session)) }
        return ShellAnswer(["     TID  PC              SP              WHERE"] + rows.map { row in
            "\(Column.right(row.thread, 8))  0x\(Number.hexadecimal(row.pc, digits: 12))  0x\(Number.hexadecimal(row.sp, digits: 12))  \(row.place)"
        }, data: rows)
    }

    private static func registers(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let thread = try chosen(session.subject.threads(), session, arguments, all: false)[0]
        let cells = thread.registers.map { "\(Column.left($0.name, 8)) = 0x\(Number.hexadecimal($0.value, digits: 16))" }
        let rows = stride(from: 0, to: cells.count, by: 3).map { cells[$0..<min($0 + 3, cells.count)].joined(separator: "   ") }
        return ShellAnswer(["thread \(thread.id), at \(place(thread.instruction, session))"] + rows, data: thread.registers)
    }

    private static func trace(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let core = try session.subject.threads()
        let thread = try chosen(core, session, arguments, all: false)[0]
        let stacks = session.subject.stacks(core)
        guard let stack = stacks.first(where: { $0.thread == thread.id }) else { throw .refused("thread \(thread.id) has no stack that could be followed") }
        return ShellAnswer(["thread \(thread.id)"] + stack.frames.map { frame in
            let name = frame.symbol ?? "\(frame.module) + 0x\(Number.hexadecimal(frame.offset))"
            return "0x\(Number.hexadecimal(frame.address, digits: 12))  \(name)" + (frame.place.map { "  (\($0))" } ?? "") + (frame.isGuess ? "  [found by search]" : "")
        } + (stack.note.map { ["(\($0))"] } ?? []), data: stack)
    }

    private static func waits(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        struct Row: Encodable { var thread: Int32, waitsIn: String?, calledBy: String? }
        let core = try session.subject.threads(), stacks = session.subject.stacks(core)
        let rows = try chosen(core, session, arguments, all: true).map { thread in
            let frames = stacks.first { $0.thread == thread.id }?.frames ?? [], top = frames.first
            // A thread that waits stands in the C library, behind its system call.
            let isWaiting = top.map { $0.module.hasPrefix("libc.") || $0.module.hasPrefix("ld-") } ?? false
            return Row(thread: thread.id, waitsIn: isWaiting ? top?.symbol ?? "a system call" : nil, calledBy: (isWaiting ? frames.dropFirst() : frames[...]).first { $0.symbol != nil }?.symbol)
        }
        return ShellAnswer(rows.map { "\(Column.right($0.thread, 8))  \($0.waitsIn.map { "waits in \($0)" } ?? "runs")" + ($0.calledBy.map { ", \($0)" } ?? "") }, data: rows)
    }

    private static func stacks(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        struct Row: Encodable { var thread: Int32, size: UInt64, current: UInt64, high: UInt64, margin: UInt64 }
        let core = try session.subject.threads()
        var rows: [Row] = []
        for thread in try chosen(core, session, arguments, all: true) {
            guard let mapping = session.target.memory.mappings().first(where: { $0.range.contains(thread.stack) }) else { continue }
            let low = untouched(mapping.range, session), top = mapping.range.upperBound
            rows.append(Row(thread: thread.id, size: mapping.octets, current: top - thread.stack, high: top - low, margin: low - mapping.range.lowerBound))
        }
        return ShellAnswer(["     TID      SIZE   CURRENT      HIGH    MARGIN"] + rows.map { row in
            Column.right(row.thread, 8) + [row.size, row.current, row.high, row.margin].map { Column.right($0, 10) }.joined()
        }, data: rows)
    }

    /// The lowest address of a stack that was ever written: what was not is zero.
    private static func untouched(_ range: Range<UInt64>, _ session: ShellSession) -> UInt64 {
        var address = range.lowerBound
        while address < range.upperBound {
            let part = session.target.memory.read(address, Int(min(65536, range.upperBound - address)))
            if part.isEmpty { address += 4096; continue }
            if let first = part.firstIndex(where: { $0 != 0 }) { return address + UInt64(first) }
            address += UInt64(part.count)
        }
        return range.upperBound
    }
}
