import Foundation

/// A runtime directory and commands of the built program, for whole-system figures.
final class Shell {
    let folder: String
    let binary: String
    let driver: String

    init(binary: String, driver: String) throws {
        (self.binary, self.driver) = (binary, driver)
        folder = "/tmp/drydock-bench-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder + "/bin", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
        for name in ["io-pkt-v6-hc", "mount", "ifconfig", "ping", "nic", "slay", "if_up"] {
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/bin/\(name)", withDestinationPath: binary)
        }
    }

    func close() { try? FileManager.default.removeItem(atPath: folder) }

    /// Runs a command to its end. - Returns: what it printed, and how long it took from start to exit, in milliseconds.
    @discardableResult
    func run(_ words: [String], sock: String? = nil, mayFail: Bool = false) throws -> (text: String, milliseconds: Double) {
        let task = Process(), pipe = Pipe()
        let own = "\(folder)/bin/\(words[0])"
        task.executableURL = URL(fileURLWithPath: FileManager.default.fileExists(atPath: own) ? own : "/usr/bin/env")
        task.arguments = task.executableURL?.path == own ? Array(words.dropFirst()) : words
        var environment = ProcessInfo.processInfo.environment
        environment["DRYDOCK_RUNTIME_DIR"] = folder
        environment["SOCK"] = sock
        task.environment = environment
        (task.standardOutput, task.standardError, task.standardInput) = (pipe, pipe, FileHandle.nullDevice)
        // The handler is told at once; `waitUntilExit` looks every 50 ms.
        let ended = DispatchSemaphore(value: 0)
        task.terminationHandler = { _ in ended.signal() }
        let begin = DispatchTime.now().uptimeNanoseconds
        try task.run()
        ended.wait()
        let took = Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e6
        let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        guard mayFail || task.terminationStatus == 0 else { throw BenchFailure("\(words.joined(separator: " ")): \(text)") }
        return (text, took)
    }
}

extension [Double] {
    var median: Double { percentile(50) }
    func percentile(_ p: Double) -> Double {
        guard !isEmpty else { return .nan }
        let all = sorted()
        return all[Swift.min(all.count - 1, Int((p / 100 * Double(all.count)).rounded(.down)))]
    }
}
