import Foundation
import Testing

/// A document that is tried as a new user would: its commands, in order, in one shell.
///
/// Fenced blocks marked `sh` hold commands behind `$ `, and what they print below: every line shown must be printed, in
/// this order; `…` stands for anything. A line `$ command  # fails` must not succeed.
struct Walkthrough {
    struct Step {
        var command: String
        var expected: [String] = []
        var fails = false
    }

    var steps: [Step] = []

    init(_ document: URL) throws {
        var isInside = false
        for line in try String(contentsOf: document, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") { isInside = line == "```sh"; continue }
            guard isInside else { continue }
            if line.hasPrefix("$ ") {
                let fails = line.hasSuffix("  # fails")
                steps.append(Step(command: String(line.dropFirst(2).dropLast(fails ? 9 : 0)), fails: fails))
            } else if !line.isEmpty, !steps.isEmpty {
                steps[steps.count - 1].expected.append(String(line))
            }
        }
    }

    /// Runs all of it in `folder`; every step is judged.
    func run(in dock: Dock, folder: URL, seconds: Double, at place: SourceLocation = #_sourceLocation) throws {
        #expect(!steps.isEmpty, "there is something to run", sourceLocation: place)
        let script = folder.appending(path: ".walk.sh")
        let lines = steps.enumerated().map { "\($0.element.command)\nprintf '\\n@@%d %d@@\\n' \($0.offset) $?\n" }
        try Data("exec 2>&1\ncd '\(folder.path())'\n\(lines.joined())".utf8).write(to: script)
        defer { try? FileManager.default.removeItem(at: script) }
        let outcome = try dock.run(["sh", script.path()], seconds: seconds)
        var rest = outcome.out[...]
        for (number, step) in steps.enumerated() {
            guard let mark = rest.firstMatch(of: /\n@@(\d+) (\d+)@@\n/), Int(mark.1) == number else {
                Issue.record("\(step.command): the shell ended here: \(rest.suffix(500))", sourceLocation: place)
                return
            }
            let said = rest[..<mark.range.lowerBound]
            #expect((mark.2 == "0") != step.fails, "\(step.command): \(said.suffix(2000))", sourceLocation: place)
            step.judge(String(said), place)
            rest = rest[mark.range.upperBound...]
        }
    }
}

extension Walkthrough.Step {
    fileprivate func judge(_ said: String, _ place: SourceLocation) {
        var lines = said.split(separator: "\n").map(String.init)[...]
        for wanted in expected where wanted != "…" {
            guard let found = lines.firstIndex(where: { Self.matches($0, wanted) }) else {
                Issue.record("\(command): nothing like “\(wanted)” in what it printed:\n\(said.suffix(2000))", sourceLocation: place)
                return
            }
            lines = lines[(found + 1)...]
        }
    }

    /// The parts between `…`, in order; the first at the start, the last at the end.
    private static func matches(_ line: String, _ wanted: String) -> Bool {
        let parts = wanted.components(separatedBy: "…")
        guard parts.count > 1 else { return line == wanted }
        guard line.hasPrefix(parts[0]), line.hasSuffix(parts[parts.count - 1]) else { return false }
        var rest = line[...]
        for part in parts where !part.isEmpty {
            guard let range = rest.range(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}
