import Foundation
import Host
import Testing

@testable import tools

struct SloginfoTests {
    let scratch = Scratch()
    private static let line = "2026-01-31 23:59:59.123 io-pkt-v6-hc[4711]: warning: em0: link [10] is down"

    /// The log of `/sock2`, which is dead.
    private func log(_ text: String, older: String? = nil) throws {
        for folder in ["stack", "stack/sock2"] { try FileSystem.makeFolder("\(scratch.path)/\(folder)") }
        try FileSystem.replace(path, with: Array(text.utf8))
        if let older { try FileSystem.replace(LogFile.older(path), with: Array(older.utf8)) }
    }
    private var path: String { "\(scratch.path)/stack/sock2/log" }

    @Test func `a line has time, process, severity and text`() {
        let line = LogLine(Array(Self.line.utf8))
        #expect(line.time == "2026-01-31 23:59:59.123" && line.process == "io-pkt-v6-hc" && line.pid == 4711)
        #expect(line.severity == 3 && line.text == "em0: link [10] is down")
        #expect(line.row(milliseconds: false) == "Jan 31 23:59:59   3 io-pkt-v6-hc[4711]       em0: link [10] is down\n")
        #expect(line.row(milliseconds: true).hasPrefix("Jan 31 23:59:59.123   3 "))
    }

    @Test(arguments: [
        "a driver's own words", "2026-01-31 23:59:59.123", "2026-01-31 23:59:59.123 nobody: x", "2026-01-31 23:59:59.123 [1]: x",
        "2026/01/31 23:59:59.123 a[1]: x", "2026-01-31 23:59:59.123 a[x]: x",
    ])
    func `what nobody stamped is text`(text: String) {
        let line = LogLine(Array(text.utf8))
        #expect(line.time == nil && line.process == nil && line.severity == 5 && line.text == text)
    }

    @Test func `nothing in a log reaches the terminal as a command`() {
        #expect(!LogLine(Array("\u{1b}[2Jgone".utf8)).text.unicodeScalars.contains("\u{1b}"))
    }

    @Test func `a dead stack's log is printed from its oldest line on, and severities are chosen`() throws {
        try log("\(Self.line)\nplain", older: "2026-01-30 10:00:00.001 io-pkt-v6-hc[7]: error: older\n")
        let all = runTool("sloginfo", [], in: scratch, sock: "/sock2")
        #expect(all.exit == 0 && all.output == """
            Time            Sev Process                  Text
            Jan 30 10:00:00   2 io-pkt-v6-hc[7]          older
            Jan 31 23:59:59   3 io-pkt-v6-hc[4711]       em0: link [10] is down
                              5                          plain

            """, "\(all)")
        #expect(runTool("sloginfo", ["-s", "2"], in: scratch, sock: "/sock2").output.split(separator: "\n").count == 2)
        let json = runTool("sloginfo", ["--json", "-s", "2", path], in: scratch).output
        #expect(json == #"{"pid":7,"process":"io-pkt-v6-hc","severity":2,"text":"older","time":"2026-01-30 10:00:00.001"}"# + "\n")
    }

    @Test func `a reader sees each line once while the log moves and begins anew`() throws {
        try FileSystem.makeFolder("\(scratch.path)/stack")
        try FileSystem.makeFolder("\(scratch.path)/stack/sock2")
        let file = try LogFile.open(path, name: "writer", most: 1000)
        var reader = try LogReader(path), seen: [String] = []
        for number in 0..<200 {
            file.write("line \(number)")
            if number % 7 == 0 { seen += reader.take().map(\.text) }
        }
        seen += reader.take().map(\.text) + reader.finish().map(\.text)
        #expect(seen == (0..<200).map { "line \($0)" })
    }

    @Test func `processes that write at once tear no line of each other`() throws {
        try log("")
        let writers = try (0..<4).map { writer in
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "i=0; while [ $i -lt 200 ]; do echo 2026-01-31 23:59:59.123 w\(writer)[1]: $i \(String(repeating: "x", count: 500)) >> \(path); i=$((i+1)); done"]
            try process.run()
            return process
        }
        for writer in writers { writer.waitUntilExit() }
        var reader = try LogReader(path)
        let lines = reader.take()
        #expect(lines.count == 800 && lines.allSatisfy { $0.text.hasSuffix(String(repeating: "x", count: 500)) && $0.pid == 1 })
    }

    @Test(arguments: [
        (["-s", "9"], "a severity from 0 to 7"), (["--nic", "a", "b"], "one of them"), (["-w", "b"], "does not grow"),
    ])
    func `words that make no sense are refused`(words: [String], sentence: String) {
        let run = runTool("sloginfo", words, in: scratch)
        #expect(run.exit == 64 && run.complaint.contains(sentence), "\(run)")
    }

    @Test func `where there is no log it is said, with what to do`() {
        let stack = runTool("sloginfo", [], in: scratch, sock: "/sock9")
        #expect(stack.exit == 1 && stack.complaint.contains("there is no log; see which stacks there are: drydock instances"), "\(stack)")
        #expect(runTool("sloginfo", ["--nic", "em-z"], in: scratch).complaint.contains("nic list"))
        #expect(runTool("sloginfo", ["/nowhere"], in: scratch).exit == 1)
    }
}
