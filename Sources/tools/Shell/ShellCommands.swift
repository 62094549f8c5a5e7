internal import Shell
internal import Symbols

/// `help`, `h`, `exit`: the shell itself.
enum ShellCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("help", "[command]", "the commands, or how one is called") { (session, arguments) throws(ShellError) in try help(session, arguments) },
            ShellCommand("h", "[lines]", "the lines that were given, the newest last; 20 without a number") { (session, arguments) throws(ShellError) in
                let most = try arguments.list.first.map { word throws(ShellError) in Int(clamping: try session.number(word)) } ?? 20
                let start = max(0, session.history.count - most)
                return ShellAnswer(session.history[start...].enumerated().map { "\(Column.right(start + $0 + 1, 4))  \($1)" })
            },
            ShellCommand("printErrno", "number", "what an error's number means") { (session, arguments) throws(ShellError) in
                guard let first = arguments.list.first else { throw .badOperand("as in: printErrno 22") }
                let number = Int32(truncatingIfNeeded: try session.number(first))
                return ShellAnswer(["\(abs(number)): \(ErrnoText.of(abs(number)))"])
            },
            ShellCommand("shConfig", "\"LINE_EDIT_MODE=vi|emacs\"", "how lines are edited") { (session, arguments) throws(ShellError) in
                let mode = arguments.words.first?.split(separator: "=").last.map(String.init) ?? ""
                guard session.edit(mode) else { throw .refused("lines are edited as vi or as emacs, at a terminal, where libedit is installed") }
                return ShellAnswer()
            },
            ShellCommand("version", "", "what is looked at") { (session, _) throws(ShellError) in ShellAnswer([session.subject.title]) },
            ShellCommand("exit", "", "leave the shell; so does the end of its input") { (session, _) throws(ShellError) in
                session.isEnding = true
                return ShellAnswer()
            },
        ]
    }

    private static func help(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        if let word = arguments.words.first {
            guard let found = ShellCommand.find(word) else {
                if let synopsis = session.synopsis(word) { return ShellAnswer([synopsis]) }
                throw .unknownSymbol(word, nearest: [])
            }
            return ShellAnswer(["\(found.synopsis)", "    \(found.help)"])
        }
        let lines = ShellCommand.families.flatMap { family in
            ["\(family.title)"] + family.commands.map { "  \(Column.left($0.synopsis, 38)) \($0.help)" }
        }
        return ShellAnswer(lines + ["", "Anything else is an expression of C: x = 3, *(int *)p, em0.hangs, f(1, 2)"])
    }
}

extension ShellSession {
    /// How a function of the target is called: `int poll(struct ring *ring, int budget)`.
    func synopsis(_ name: String) -> String? {
        guard let symbol = target.symbol(name) else { return nil }
        guard case .function(let signature) = symbol.type?.plain else { return symbol.type.map { "\($0.text) \(name)" } ?? name }
        return signature.synopsis(name)
    }
}
