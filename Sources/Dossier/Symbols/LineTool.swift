internal import FoundationEssentials
internal import Glibc
internal import Host

/// Functions and lines of addresses, by `llvm-symbolizer`: it comes with every Swift toolchain, and reads DWARF better than we
/// should.
struct LineTool {
    struct Line: Equatable {
        var function: String
        var file: String?, line: Int?
    }

    let program: String

    /// The tool on PATH, or beside the `swift` that is there; nil: there is none.
    init?(path: String? = FileSystem.environment("PATH")) {
        let folders = (path ?? "").split(separator: ":").map(String.init)
        let named = folders.map { "\($0)/llvm-symbolizer" }
        let beside = folders.compactMap { folder -> String? in
            guard let link = unsafe realpath("\(folder)/swift", nil) else { return nil }
            defer { unsafe free(link) }
            return unsafe String(cString: link).split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/llvm-symbolizer"
        }
        guard let found = (named + beside).first(where: { unsafe access($0, X_OK) == 0 }) else { return nil }
        program = found
    }

    private struct Answer: Decodable {
        struct Symbol: Decodable { var FunctionName: String, FileName: String, Line: Int }
        var Address: String
        var Symbol: [Symbol]?
    }

    /// What stands at each offset of a file, the innermost function first; an offset that is not known is left out.
    func lines(of file: String, _ offsets: [UInt64], time: Duration) -> [UInt64: [Line]] {
        guard !offsets.isEmpty, time > .zero else { return [:] }
        let words = ["llvm-symbolizer", "--obj=\(file)", "--output-style=JSON", "--no-demangle", "--inlines"] + offsets.map(Figure.address)
        guard let outcome = try? Subprocess.run(program, words, time: time, ownSession: false), outcome.ending == .exited(0) else { return [:] }
        var found: [UInt64: [Line]] = [:]
        // One array, or one object a line: both have been its form.
        let text = outcome.output.hasPrefix("[") ? [Substring(outcome.output)] : outcome.output.split(separator: "\n")
        for part in text {
            let data = Data(part.utf8)
            let answers = (try? JSONDecoder().decode([Answer].self, from: data)) ?? (try? JSONDecoder().decode(Answer.self, from: data)).map { [$0] } ?? []
            for answer in answers {
                guard let address = UInt64(answer.Address.dropFirst(2), radix: 16) else { continue }
                let lines = (answer.Symbol ?? []).filter { !$0.FunctionName.isEmpty && $0.FunctionName != "??" }
                if !lines.isEmpty { found[address] = lines.map { Self.line($0) } }
            }
        }
        return found
    }

    private static func line(_ symbol: Answer.Symbol) -> Line {
        let isKnown = !symbol.FileName.isEmpty && symbol.FileName != "??" && !symbol.FileName.hasSuffix("<compiler-generated>")
        return Line(
            function: CrashFolder.printable(symbol.FunctionName), file: isKnown ? CrashFolder.printable(symbol.FileName) : nil,
            line: isKnown && symbol.Line > 0 ? symbol.Line : nil)
    }
}
