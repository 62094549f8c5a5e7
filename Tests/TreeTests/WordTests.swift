import Testing

/// What must not stand in the tree.
struct WordTests {
    static let everything = SourceTree.sources + SourceTree.tests
        + SourceTree.files(["docs", "Benchmarks", "Fuzz", "Drivers"], ending: [".md", ".swift", ".c", ".h", ".sh"])

    @Test func `no wait without end`() {
        for file in SourceTree.sources {
            for line in file.lines where line.contains("while ") {
                #expect(line.firstMatch(of: /while\s+!\w+\s*\{\s*\}/) == nil, "\(file.path): \(line)")
            }
        }
    }

    @Test func `no to-do is left in the code`() {
        for file in SourceTree.sources {
            let left = file.lines.filter { $0.contains("TO" + "DO") || $0.contains("FIX" + "ME") }
            #expect(left.isEmpty, "\(file.path): \(left)")
        }
    }

    /// Their monitor looks at the first dead child of the runner, again and again, as long as nobody has reaped it.
    @Test func `no exit test, which hangs beside a child that nobody reaped`() {
        for file in SourceTree.tests {
            #expect(!file.lines.contains { $0.contains("processExits" + "With") }, "\(file.path)")
        }
    }

    @Test func `unsafe code says why it is safe`() {
        for file in SourceTree.sources where file.lines.contains(where: { $0.contains("unsafe ") && !$0.contains("//") }) {
            #expect(file.lines.contains { $0.contains("SAFETY") } || file.lines.count { $0.contains("unsafe ") } <= 12,
                    "\(file.path) has unsafe code and no SAFETY line")
        }
    }
}
