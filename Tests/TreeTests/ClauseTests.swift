import Foundation
import Testing

/// docs/TCP.md says which requirement of RFC 9293 is proven by which test; it is made from `rfc9293.tsv` and the tests' own sentences.
struct ClauseTests {
    struct Clause {
        var number: String, section: String, asks: String, standing: String
        var isMust: Bool { number.hasPrefix("MUST") }
        /// A reason is given in the table, but what is done instead is tested.
        var wantsTest: Bool { standing == "tested" || isMust || standing.hasPrefix("departs") }
    }

    static let clauses: [Clause] = (SourceTree.files(["Tests/TreeTests"], ending: ["rfc9293.tsv"]).first?.lines ?? [])
        .filter { !$0.hasPrefix("#") && !$0.isEmpty }
        .map { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            precondition(cells.count == 4, "rfc9293.tsv: '\(line)' has \(cells.count) cells; there are four")
            return Clause(number: cells[0], section: cells[1], asks: cells[2], standing: cells[3])
        }

    /// The sentences of all tests that name a clause, each with the clauses that it names.
    static let sentences: [(sentence: String, clauses: [String])] = SourceTree.tests
        .filter { ["StackTests", "WireTests"].contains($0.module) }
        .flatMap { file in
            file.lines.flatMap { line in
                line.matches(of: /@Test\("((?:[^"\\]|\\.)+)"|func `([^`]+)`/).map { String($0.1 ?? $0.2 ?? "") }
            }
        }
        .filter { $0.contains("RFC 9293") }
        .map { ($0, numbers($0)) }
        .filter { !$0.1.isEmpty }

    static func numbers(_ text: String) -> [String] { text.matches(of: /\b(?:MUST|SHLD|REC|MAY)-\d+\b/).map { String($0.0) } }

    static func tests(of clause: Clause) -> [String] {
        sentences.filter { $0.clauses.contains(clause.number) }.map { bare($0.sentence) }
    }

    /// The sentence without the clauses that it cites.
    static func bare(_ sentence: String) -> String {
        sentence.replacing(/\s\((?:RFC|§)[^)]*\)/, with: "").replacing(/^RFC\s(?:\d+|§[\d.,]+|MUST-\d+|[,:\s]|RFC|NewReno)*(?:[,:]\s|\s)/, with: "")
    }

    static var table: String {
        let rows = clauses.map { clause in
            let proof = tests(of: clause).map { "“\($0)”" }.joined(separator: "<br>")
            let standing = clause.standing == "tested" ? proof : [clause.standing, proof].filter { !$0.isEmpty }.joined(separator: "<br>")
            return "| \(clause.number) | \(clause.section) | \(clause.asks) | \(standing) |"
        }
        return (["| clause | § | what it asks | the tests that prove it, or why not |", "|---|---|---|---|"] + rows).joined(separator: "\n") + "\n"
    }

    static let mark = "<!-- clauses: written by ClauseTests -->\n"

    @Test func `every requirement of the appendix is listed once`() {
        let expected = (1...69).map { "MUST-\($0)" } + (1...31).map { "SHLD-\($0)" } + ["REC-1"] + (1...18).map { "MAY-\($0)" }
        #expect(Self.clauses.map(\.number) == expected)
        for clause in Self.clauses {
            #expect(clause.section.wholeMatch(of: /3\.\d+(\.\d+)*/) != nil && !clause.asks.isEmpty, "\(clause.number)")
            let isKnown = clause.standing == "tested" || ["departs: ", "not done: ", "application: "].contains { clause.standing.hasPrefix($0) }
            #expect(isKnown, "\(clause.number): '\(clause.standing)'")
            if clause.isMust { #expect(!clause.standing.hasPrefix("not done"), "\(clause.number) is required: depart from it with a reason, and a test") }
        }
    }

    @Test func `every requirement that is met has a test that names it`() {
        for clause in Self.clauses where clause.wantsTest { #expect(!Self.tests(of: clause).isEmpty, "no test names \(clause.number): \(clause.asks)") }
        for clause in Self.clauses where !clause.wantsTest { #expect(Self.tests(of: clause).isEmpty, "\(clause.number) is tested: say so") }
    }

    /// Numbers from memory are wrong numbers.
    @Test func `nobody cites a clause that does not exist, or by another section`() {
        let sections = Dictionary(uniqueKeysWithValues: Self.clauses.map { ($0.number, $0.section) })
        for file in SourceTree.sources + SourceTree.tests where file.module != "TreeTests" {
            for line in file.lines {
                for number in Self.numbers(line) { #expect(sections[number] != nil, "\(file.path) cites \(number): \(line)") }
            }
        }
        for (sentence, numbers) in Self.sentences where sentence.contains("RFC 9293 §") {
            let cited = sentence.matches(of: /§(3[\d.]*\d)/).map { String($0.1) }
            for number in numbers { #expect(cited.contains { sections[number] == $0 }, "\(number) is of §\(sections[number] ?? "?"): \(sentence)") }
        }
    }

    @Test func `docs/TCP.md is what the tests say`() throws {
        let file = SourceTree.root.appending(path: "docs/TCP.md")
        let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: Self.mark)
        try #require(parts.count == 3, "docs/TCP.md has the table between two marks")
        if ProcessInfo.processInfo.environment["DRYDOCK_WRITE_TABLE"] != nil {
            try (parts[0] + Self.mark + Self.table + Self.mark + parts[2]).write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(parts[1] == Self.table, "run once with DRYDOCK_WRITE_TABLE=1 swift test --filter ClauseTests")
        }
    }
}
