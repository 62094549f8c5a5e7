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
