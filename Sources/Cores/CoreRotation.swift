/// How cores of one program share a folder: `io-pkt-v6-hc.core` is the newest, `io-pkt-v6-hc.1.core` the one before. Pure.
package struct CoreRotation: Equatable, Sendable {
    /// The program's name.
    package let program: String
    /// Older cores that are kept; nil: none, the newest takes the place of the one before.
    package let mostOlder: Int?

    package init(program: String, mostOlder: Int?) { (self.program, self.mostOlder) = (program, mostOlder) }

    package var newest: String { program + ".core" }

    /// What is to be done before a new core gets its name, in this order.
    ///
    /// - Parameter names: in the folder; others than cores of this program are left alone.
    package func moves(among names: [String]) -> (removed: [String], renamed: [(from: String, to: String)]) {
        var removed: [String] = [], renamed: [(from: String, to: String)] = []
        let cores = names.compactMap { name in parts(of: name).map { (name: name, age: $0.age, suffix: $0.suffix) } }
        // The oldest first, so that each finds its next name free.
        for core in cores.sorted(by: { ($0.age, $0.name) > ($1.age, $1.name) }) {
            if let mostOlder, core.age + 1 <= mostOlder {
                renamed.append((core.name, "\(program).\(core.age + 1).core\(core.suffix)"))
            } else {
                removed.append(core.name)
            }
        }
        return (removed, renamed)
    }

    /// How many newer ones there are, and whether it is compressed.
    private func parts(of name: String) -> (age: Int, suffix: String)? {
        guard name.hasPrefix(program + ".") else { return nil }
        var rest = name.dropFirst(program.count + 1)
        let suffix = rest.hasSuffix(".gz") ? ".gz" : ""
        rest = rest.dropLast(suffix.count)
        if rest == "core" { return (0, suffix) }
        guard rest.hasSuffix(".core"), let age = Int(rest.dropLast(5)), age > 0, String(age) == rest.dropLast(5) else { return nil }
        return (age, suffix)
    }
}
