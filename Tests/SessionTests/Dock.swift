import Foundation
import Testing

/// A user at a shell: a runtime directory of their own, the commands on PATH, and nothing of it left afterwards.
final class Dock: Sendable {
    struct Outcome: Sendable {
        var status: Int32
        var out: String
        var err: String
        var all: String { out + err }
    }

    let folder: URL
    /// Where what is known of crashes is kept.
    var crashes: URL { folder.appending(path: "crashes") }
    /// Prefixed to every command: `ip netns exec NAME`.
    let wrap: [String]

    init(wrap: [String] = []) throws {
        self.wrap = wrap
        folder = URL(filePath: "/tmp/dd-\(getpid())-\(UInt32.random(in: 0...UInt32.max))", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder.appending(path: "bin"), withIntermediateDirectories: true,
                                                attributes: [.posixPermissions: 0o700])
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path())
        for name in Self.names {
            try FileManager.default.createSymbolicLink(at: folder.appending(path: "bin/\(name)"), withDestinationURL: Self.binary)
        }
    }

    static let names = ["drydock", "io-pkt-v4", "io-pkt-v4-hc", "io-pkt-v6-hc", "mount", "ifconfig", "ping", "ping6", "nicinfo", "arp",
                        "ndp", "route", "netstat", "slay", "pidin", "if_up", "nic", "use", "sockstat", "sloginfo", "sysctl", "dhcp.client", "dumper"]

    /// The built program, beside this test's bundle.
    static let binary: URL = {
        var place = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        while place.path() != "/" {
            let candidate = place.appending(path: "drydock")
            if FileManager.default.isExecutableFile(atPath: candidate.path()) { return candidate }
            place = place.deletingLastPathComponent()
        }
        return URL(filePath: "drydock")
    }()

    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Runs one command line (words, no shell) to its end, at most `seconds`.
    @discardableResult
    func run(_ words: String..., sock: String? = nil, seconds: Double = 20) throws -> Outcome {
        try run(words, sock: sock, seconds: seconds)
    }

    @discardableResult
    func run(_ words: [String], sock: String? = nil, seconds: Double = 20) throws -> Outcome {
        let task = try start(words, sock: sock)
        guard task.finish(within: seconds) else {
            task.kill()
            throw Problem("\(words.joined(separator: " ")) did not end within \(seconds) s; it said: \(task.outcome.all)")
        }
        return task.outcome
    }

    /// Runs a command that must succeed.
    @discardableResult
    func good(_ words: String..., sock: String? = nil, seconds: Double = 20, at place: SourceLocation = #_sourceLocation) throws -> String {
        try good(words, sock: sock, seconds: seconds, at: place)
    }

    @discardableResult
    func good(_ words: [String], sock: String? = nil, seconds: Double = 20, at place: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try run(words, sock: sock, seconds: seconds)
        #expect(outcome.status == 0, "\(words.joined(separator: " ")): \(outcome.all)", sourceLocation: place)
        return outcome.out
    }

    /// A command at a terminal.
    func typist(_ words: String..., sock: String? = nil) throws -> Typist { try Typist(wrap + words, environment: environment(sock)) }

    func start(_ words: [String], sock: String? = nil) throws -> Task { try Task(wrap + words, environment: environment(sock)) }

    private func environment(_ sock: String?) -> [String: String] {
        var all = ProcessInfo.processInfo.environment
        all["DRYDOCK_RUNTIME_DIR"] = folder.path()
        all["PATH"] = folder.appending(path: "bin").path() + ":" + (all["PATH"] ?? "/usr/bin:/bin")
        all["SOCK"] = sock
        all["DRYDOCK_CRASHES"] = crashes.path()
        all["DRYDOCK_TEST_OF"] = folder.path()
        all["SWIFT_BACKTRACE"] = "enable=no"
        return all
    }

    /// Ends every instance and NIC, and takes the folder away.
    func close() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "stack").path())) ?? [] {
            _ = try? run("slay", "io-pkt-v6-hc", sock: name == "default" ? nil : "/" + name.replacingOccurrences(of: "%", with: "/"))
        }
        _ = try? run("nic", "remove", "--all")
        for pid in processes() { kill(pid, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Whether a process has ended: it may wait for an init that is slow to reap.
    static func isGone(_ pid: Int32) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
        return stat.split(separator: ")").last?.hasPrefix(" Z") == true
    }

    /// Processes of ours that belong to this folder: their environment names it, wherever they keep their own things.
    func processes() -> [Int32] {
        let marker = Data("DRYDOCK_TEST_OF=\(folder.path())".utf8)
        return ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int32.init).filter { pid in
            pid != getpid() && (FileManager.default.contents(atPath: "/proc/\(pid)/environ")?.range(of: marker) != nil)
        }
    }

}

struct Problem: Error, CustomStringConvertible {
    var description: String
    init(_ text: String) { description = text }
}

/// Whether `condition` comes true within `seconds`; looked at every 20 ms.
func eventually(within seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
        if try condition() { return true }
        Thread.sleep(forTimeInterval: 0.02)
    }
    return try condition()
}
