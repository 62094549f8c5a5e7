import Foundation
@testable import Faults

/// A program of the C compiler's, and what `objdump` says of it.
struct Sample {
    let folder: URL
    let octets: [UInt8]

    /// Built once a run with the toolchain's own C compiler, twice: small, and fast.
    static let both: [Result<Sample, any Error>] = ["-Os", "-O2"].map { level in Result { try Sample(level) } }
    static func get(_ index: Int = 1) throws -> Sample { try both[index].get() }

    static let hasObjdump = ["/usr/bin/objdump", "/usr/local/bin/objdump", "/bin/objdump"].contains { FileManager.default.isExecutableFile(atPath: $0) }

    private init(_ level: String) throws {
        folder = URL(filePath: "/tmp/dd-faults-\(getpid())\(level)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "sample.c")
        let program = folder.appending(path: "sample")
        _ = try Self.run("clang", [level, "-g0", "-w", "-target", "x86_64-linux-gnu", "-c", source.path(), "-o", program.path()])
        octets = Array(try Data(contentsOf: program))
        try FileManager.default.removeItem(at: folder)
    }

    /// What a program prints; it must succeed.
    static func run(_ name: String, _ words: [String]) throws -> String {
        let task = Process(), out = Pipe()
        task.executableURL = URL(filePath: "/usr/bin/env")
        task.arguments = [name] + words
        task.standardOutput = out
        try task.run()
        let said = out.fileHandleForReading.readDataToEndOfFile()
        task.waitUntilExit()
        guard task.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return String(decoding: said, as: UTF8.self)
    }

    struct Line: Equatable {
        var address: Int, octets: [UInt8], text: String
        /// The first word that is no prefix, and the operands in AT&T's order: what is written comes last.
        var mnemonic: String { words.first ?? "" }
        var operands: [String] {
            var parts: [String] = [], depth = 0, part = ""
            for letter in words.dropFirst().joined(separator: " ").prefix(while: { $0 != "#" && $0 != "<" }) {
                depth += letter == "(" ? 1 : letter == ")" ? -1 : 0
                if letter == ",", depth == 0 { parts.append(part); part = "" } else if letter != " " { part.append(letter) }
            }
            return parts + [part]
        }
        private var words: [String] { text.split(separator: " ").map(String.init).drop { ["lock", "rep", "repz", "repnz", "data16", "cs", "notrack"].contains($0) }.map { $0 } }
    }

    /// `objdump -d` of a file's octets, line by line.
    static func disassembly(_ octets: [UInt8]) throws -> [Line] {
        let file = URL(filePath: "/tmp/dd-faults-\(getpid())-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(octets).write(to: file)
        return try run("objdump", ["-d", "-w", "--insn-width=16", file.path()]).split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard cells.count >= 2, cells[0].hasSuffix(":"), let address = Int(cells[0].dropLast().drop { $0 == " " }, radix: 16) else { return nil }
            let octets = cells[1].split(separator: " ").compactMap { UInt8($0, radix: 16) }
            return Line(address: address, octets: octets, text: cells.count > 2 ? String(cells[2]) : "")
        }
    }
}
