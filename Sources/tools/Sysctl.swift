internal import ArgumentParser
internal import Messages

/// `sysctl`: figures of a stack by name.
struct Sysctl: Tool {
    static let configuration = CommandConfiguration(
        commandName: "sysctl",
        abstract: "Show and change the tunables of a stack.",
        usage: """
            sysctl [-n] [-d] [--json] -a | NAME ...
            sysctl [-n] [-q] [-w] NAME=VALUE ...
            """,
        discussion: """
            A change holds for what happens from now on, and until the stack ends. NAME may be the beginning of several:
            net.inet.tcp shows all of TCP's.

            Examples:
              sysctl net.inet.tcp
              SOCK=/sock2 sysctl -w net.inet.ip.forwarding=1

            Exit status: 0 done; 1 failed; 3 the stack does not answer; 64 wrong words.
            """)

    @Flag(name: .customShort("a"), help: "All of them.") var all = false
    @Flag(name: .customShort("d"), help: "Say what each is, and what it may be set to.") var describe = false
    @Flag(name: .customShort("n"), help: "Print values without names.") var bare = false
    @Flag(name: .customShort("q"), help: "Print nothing when all went well.") var quiet = false
    @Flag(name: .customShort("w"), help: "Set: may be left out.") var write = false
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "Names, or names with values.") var words: [String] = []

    func validate() throws {
        guard all != !words.isEmpty else {
            throw ValidationError(all ? "\(words[0]): too many words with -a" : "no name: give one, or -a for all")
        }
        if write, let word = words.first(where: { !$0.contains("=") }) { throw ValidationError("-w \(word): no value; as in: sysctl -w \(word)=1") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let stack = try world.stack()
        guard case .tunables(let list) = try stack.ask(.tunables) else { throw stack.nonsense }
        var shown: [TunableReport] = all ? list : []
        // Names first: nothing is changed when a word is wrong.
        let orders = try words.map { word throws(ToolFailure) in try order(word, list) }
        for order in orders {
            switch order {
            case .show(let some): shown += some
            case .set(let name, let value):
                guard case .tunable(let old) = try stack.ask(.setTunable(name: name, value: value)) else { throw stack.nonsense }
                if !quiet { _ = world.print(bare ? "\(value)\n" : "\(name): \(old) -> \(value)\n") }
            }
        }
        guard !shown.isEmpty else { return Exit.success }
        return world.print(json ? JSONText.render(shown) : shown.map(line).joined())
    }

    private enum Order { case show([TunableReport]), set(String, Int) }

    private func order(_ word: String, _ list: [TunableReport]) throws(ToolFailure) -> Order {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let found = list.filter { $0.name == parts[0] || $0.name.hasPrefix(parts[0] + ".") }
        guard !found.isEmpty else {
            let end = parts[0].split(separator: ".").last.map(String.init) ?? parts[0]
            let near = list.first { $0.name.hasSuffix("." + end) } ?? list.first { $0.name.contains(end) }
            throw ToolFailure(parts[0], "this stack has no such tunable", near.map { "the nearest is \($0.name)" } ?? "see them: sysctl -a")
        }
        guard parts.count == 2 else { return .show(found) }
        guard found.count == 1, found[0].name == parts[0] else { throw ToolFailure(word, "that names several", "give the whole name: \(found[0].name)") }
        guard let value = Int(parts[1]) else { throw ToolFailure(word, "a value is a whole number", "as in: sysctl -w \(parts[0])=\(found[0].value)") }
        return .set(parts[0], value)
    }

    private func line(_ one: TunableReport) -> String {
        if describe {
            let bounds = one.least.flatMap { low in one.greatest.map { "\(low) to \($0)" } } ?? "fixed"
            return "\(one.name): \(one.text) (\(bounds))\n"
        }
        return bare ? "\(one.value)\n" : "\(one.name) = \(one.value)\n"
    }
}
