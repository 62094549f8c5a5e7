internal import Shell

/// `journal`, `undo`: what was changed, and back.
enum JournalCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("journal", "", "what this session has changed, with old and new values") { (session, _) throws(ShellError) in show(session) },
            ShellCommand("undo", "[all]", "put the old value of the newest change back, or of all of them") {
                (session, arguments) throws(ShellError) in try undo(session, arguments)
            },
        ]
    }

    private static func number(_ octets: [UInt8]) -> String {
        octets.count <= 8 ? "0x" + Number.hexadecimal(octets.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }) : "\(octets.count) octets"
    }

    private static func text(_ change: ShellJournal.Change, _ session: ShellSession) -> String {
        let near = session.target.symbol(at: change.address).map { " (\($0.name)\($0.offset > 0 ? " + 0x\(Number.hexadecimal($0.offset))" : ""))" } ?? ""
        let place = change.what == "memory" ? "0x\(Number.hexadecimal(change.address))\(near)" : change.what
        return "\(place): \(number(change.old)) -> \(number(change.new))"
    }

    private static func show(_ session: ShellSession) -> ShellAnswer {
        let changes = session.journal.changes
        guard !changes.isEmpty else { return ShellAnswer(["nothing has been changed"], data: changes) }
        return ShellAnswer(changes.enumerated().map { "\(Column.right($0 + 1, 4))  \(text($1, session))\($1.isUndone ? "  (undone)" : "")   by: \($1.line)" }, data: changes)
    }

    private static func undo(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        var lines: [String] = []
        repeat {
            guard let index = session.journal.last else {
                return ShellAnswer(lines.isEmpty ? ["there is nothing to undo"] : lines)
            }
            let change = session.journal.changes[index]
            if change.what == "memory" {
                let now = try session.shell.target.read(change.address, change.old.count)
                guard now == change.new else { throw .refused("\(text(change, session)) has changed since, to \(number(now)): it stays") }
                try session.target.memory.write(change.old, at: change.address)
            } else {
                try session.subject.storeRegister(change.what, change.old)
            }
            session.journal.markUndone(index)
            lines.append("undone: \(text(change, session))")
        } while arguments.words.first == "all"
        return ShellAnswer(lines)
    }
}
