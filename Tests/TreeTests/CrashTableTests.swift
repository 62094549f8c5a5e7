import Foundation
import Testing

/// docs/CRASH.md says what stands for HAM; what it names there can be typed.
struct CrashTableTests {
    private static func rows(below head: String) throws -> [(theirs: String, ours: String)] {
        let text = try DifferencesTests.read("docs/CRASH.md").components(separatedBy: "\n\(head)\n|---|---|\n")
        try #require(text.count == 2)
        return text[1].split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("|") }.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return (cells[0], cells.dropFirst().joined(separator: "|"))
        }
    }

    private static func names(_ pattern: Regex<(Substring, Substring)>, in folder: String) -> Set<String> {
        Set(SourceTree.files([folder]).flatMap { file in file.lines.flatMap { $0.matches(of: pattern).map { String($0.1) } } })
    }

    @Test func `each row of HAM's names an option or a command that exists, or says that there is none`() throws {
        let rows = try Self.rows(below: "| HAM | here |")
        let options = Self.names(/\.init\(name: "(\w+)"/, in: "Sources/supervisor"), tools = Self.names(/commandName: "(\w+)"/, in: "Sources/tools")
        let events = Self.names(/^ +case (\w+)/, in: "Sources/Messages")
        #expect(rows.count >= 15)
        for row in rows {
            let words = row.ours.matches(of: /`([^`]+)`/).map { String($0.1) }
            #expect(!words.isEmpty || row.ours.contains("**none**"), "\(row.theirs) has neither a counterpart nor the word that there is none")
            for word in words {
                let tool = word.hasPrefix("drydock ") ? String(word.dropFirst(8)) : nil
                let option = String(word.prefix { $0 != "=" })
                #expect(tool.map(tools.contains) ?? (options.contains(option) || events.contains(option)), "\(row.theirs): there is no \(word)")
            }
        }
    }

    @Test func `every option about deaths that docs speak of exists`() throws {
        let rows = try Self.rows(below: "| option | meaning |")
        let options = Self.names(/\.init\(name: "(\w+)"/, in: "Sources/supervisor")
        #expect(rows.count >= 5)
        for row in rows {
            let name = try #require(row.theirs.firstMatch(of: /^`(\w+)/)).1
            #expect(options.contains(String(name)), "there is no option \(name)")
        }
    }
}
