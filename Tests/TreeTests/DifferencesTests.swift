import Foundation
import Testing

/// docs/DIFFERENCES.md speaks of every driver, and of tests that exist.
struct DifferencesTests {
    static func read(_ path: String) throws -> String { try String(contentsOf: SourceTree.root.appending(path: path), encoding: .utf8) }

    @Test func `every driver of the README's table has a section in DIFFERENCES`() throws {
        let table = try Self.read("README.md").components(separatedBy: "<!-- drivers and buses: written by ConformanceTests -->\n")
        try #require(table.count == 3)
        let drivers = table[1].matches(of: /\| `(devnp-[^`]+)`/).map { String($0.1) }
        let sections = try Self.read("docs/DIFFERENCES.md").split(separator: "\n").filter { $0.hasPrefix("## ") }
        #expect(drivers.count >= 6)
        for driver in drivers { #expect(sections.contains { $0.hasPrefix("## `\(driver)`:") }, "docs/DIFFERENCES.md has no section for \(driver)") }
    }

    /// What stands in quotation marks there is the name of a test.
    @Test func `tests that DIFFERENCES names exist`() throws {
        let text = try Self.read("docs/DIFFERENCES.md").replacing(/\n */, with: " ")
        let names = text.matches(of: /“([^”]+)”/).map { String($0.1) }
        let tests = Set(SourceTree.tests.flatMap { file in file.lines.flatMap { $0.matches(of: /func `([^`]+)`/).map { String($0.1) } } })
        #expect(names.count >= 25)
        for name in names { #expect(tests.contains(name), "there is no test “\(name)”") }
    }
}
