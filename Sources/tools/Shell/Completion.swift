internal import Recorder
internal import Shell
internal import Symbols

/// What a word of a line may become: commands, interfaces, registers and their fields, variables, symbols.
extension ShellSession {
    private static var most: Int { 200 }

    /// - Parameter start: where the word begins in the line.
    func completions(of word: String, in line: String, start: Int) -> [String] {
        let command = line.prefix { $0 != " " }, isFirst = line.utf8.prefix(start).allSatisfy { $0 == 0x20 }
        var candidates: [String] = []
        if isFirst { candidates += ShellCommand.families.flatMap { $0.commands.map(\.name) } + ToolTable.tools.map { $0.type.toolName } }
        if !isFirst, ["help"].contains(command) { candidates += ShellCommand.families.flatMap { $0.commands.map(\.name) } }
        if let dot = word.firstIndex(of: ".") {
            candidates += members(String(word[..<dot]), String(word[word.index(after: dot)...]), registers: ["reg", "watch"].contains(command))
        } else {
            candidates += (try? subject.devices().keys.sorted()) ?? []
            // Of a letter alone there are thousands.
            if word.utf8.count > 1 { candidates += target.symbolNames }
        }
        return Array(Set(candidates.filter { $0.hasPrefix(word) })).sorted().prefix(Self.most).map { $0 }
    }

    private func members(_ interface: String, _ rest: String, registers: Bool) -> [String] {
        guard registers else {
            guard let symbol = target.symbol(interface), case .aggregate(let aggregate) = symbol.type?.plain else { return [] }
            return aggregate.fields.compactMap(\.name).map { "\(interface).\($0)" }
        }
        guard let device = try? subject.devices()[interface] else { return [] }
        let all = device.registers.registers
        if let dot = rest.firstIndex(of: ".") {
            let register = String(rest[..<dot]), base = register.prefix { $0 != "[" }
            return all.first { $0.name == base }?.fields.map { "\(interface).\(register).\($0.name)" } ?? []
        }
        return all.map { "\(interface).\($0.name)" }
    }
}
