import Foundation

/// A command on its way: what it prints is kept in files, so that a full pipe never stops it.
final class Task: @unchecked Sendable {
    private let process = Process()
    private let files: (out: URL, err: URL)

    init(_ words: [String], environment: [String: String]) throws {
        let stem = FileManager.default.temporaryDirectory.appending(path: "dd-out-\(UUID().uuidString)")
        files = (stem.appendingPathExtension("out"), stem.appendingPathExtension("err"))
        for file in [files.out, files.err] { _ = FileManager.default.createFile(atPath: file.path(), contents: nil) }
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        let out = try FileHandle(forWritingTo: files.out), err = try FileHandle(forWritingTo: files.err)
        (process.standardOutput, process.standardError) = (out, err)
        try process.run()
        // A process object outlives its process by a while; a session starts a thousand of them.
        try? out.close()
        try? err.close()
    }

    deinit {
        try? FileManager.default.removeItem(at: files.out)
        try? FileManager.default.removeItem(at: files.err)
    }

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    func finish(within seconds: Double) -> Bool { eventually(within: seconds) { !process.isRunning } }
    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }
    func interrupt() { Foundation.kill(process.processIdentifier, SIGINT) }

    /// What there is so far; the status means something once it has ended.
    var outcome: Dock.Outcome {
        Dock.Outcome(status: process.isRunning ? -1 : process.terminationStatus,
                     out: (try? String(contentsOf: files.out, encoding: .utf8)) ?? "",
                     err: (try? String(contentsOf: files.err, encoding: .utf8)) ?? "")
    }
}
