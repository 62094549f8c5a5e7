import Testing

/// Small enough to hold.
struct SizeTests {
    @Test func `a source file has at most 400 lines, a test file 600`() {
        for file in SourceTree.sources { #expect(file.lines.count <= 401, "\(file.path): \(file.lines.count) lines") }
        for file in SourceTree.tests { #expect(file.lines.count <= 601, "\(file.path): \(file.lines.count) lines") }
    }

    /// Rough, by braces: a function from its `func` line to the brace that closes it.
    @Test func `a function has at most 80 lines`() {
        for file in SourceTree.sources {
            for (name, lines) in Self.functions(file.lines) { #expect(lines <= 80, "\(file.path): \(name) has \(lines) lines") }
        }
    }

    static func functions(_ lines: [String]) -> [(String, Int)] {
        var found: [(String, Int)] = [], open: (name: String, line: Int, indent: Int)?
        for (number, line) in lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            if let function = open, line == String(repeating: " ", count: function.indent) + "}" {
                found.append((function.name, number - function.line + 1))
                open = nil
            } else if open == nil, line.hasSuffix("{"), line.contains("func "), let match = line.firstMatch(of: /\bfunc (`[^`]+`|\w+)/) {
                open = (String(match.1), number, indent)
            }
        }
        return found
    }

    /// A driver says what its chip is; what every driver does is in DriverKit, what a family does in a target of its own.
    @Test(arguments: [("DriverVirtioNet", 300), ("DriverE1000E", 500), ("DriverAbc", 300)])
    func `a driver's own code is short`(driver: String, most: Int) {
        // `Image.swift` is one file for all drivers, linked into each.
        let own = SourceTree.sources.filter { $0.module == driver && !$0.path.hasSuffix("/Image.swift") }
        let lines = own.reduce(0) { $0 + Self.code($1.lines) }
        #expect(lines > 50 && lines <= most, "\(driver): \(lines) lines of code")
    }

    /// Lines that are neither blank nor a comment.
    static func code(_ lines: [String]) -> Int {
        lines.count { line in
            let text = line.drop { $0 == " " }
            return !text.isEmpty && !text.hasPrefix("//")
        }
    }

    @Test func `the function counter counts`() {
        let counted = Self.functions(["func a() {", "    x()", "}", "  func b() {", "  }"])
        #expect(counted.map(\.0) == ["a", "b"])
        #expect(counted.map(\.1) == [3, 2])
    }
}
