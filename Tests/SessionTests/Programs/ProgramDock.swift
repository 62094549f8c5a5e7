import Foundation
import Synchronization
import Testing

/// Two stacks on one cable, and programs that know of neither: servers on the first (10.8.0.1), clients on the second (10.8.0.2).
final class ProgramDock: Sendable {
    static let server = "10.8.0.1", client = "10.8.0.2", server6 = "fd00:8::1"
    let dock: Dock
    /// A folder for what the programs of a test need.
    let folder: URL
    private let servers = Mutex<[Task]>([])

    /// - Parameter options: of each stack.
    init(options: String? = nil) throws {
        dock = try Dock()
        folder = dock.folder.appending(path: "files")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "nic:em-b")
        try dock.good("nic", "add", "em-b", "sim:82540em")
        for (number, address) in [(1, Self.server), (2, Self.client)] {
            let sock = "/sock\(number)"
            try dock.good("io-pkt-v6-hc", "-i\(number)", "-ptcpip", "prefix=\(sock)" + (options.map { ",\($0)" } ?? ""))
            try dock.good("mount", "-Tio-pkt\(number)", "-o", "nic=em-\(number == 1 ? "a" : "b")", try Drivers.path("e1000"), sock: sock)
            try dock.good("ifconfig", "em0", "\(address)/24", sock: sock)
            try dock.good("ifconfig", "em0", "inet6", "fd00:8::\(number)/64", sock: sock)
        }
        #expect(try eventually(within: 10) { try dock.run("ping", "-c", "1", "-w", "1", Self.server, sock: "/sock2").status == 0 })
        #expect(try eventually(within: 10) { try dock.run("ping6", "-c", "1", "-w", "1", Self.server6, sock: "/sock2").status == 0 })
    }

    func close() {
        // Programs first: they end while their stacks still answer. Some overwrite what they were started with: a server goes with its group.
        for server in servers.withLock({ $0 }) { kill(-server.pid, SIGKILL) }
        for pid in dock.processes() where isProgram(pid) { kill(pid, SIGKILL) }
        dock.close()
    }

    private func isProgram(_ pid: Int32) -> Bool {
        let name = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
        return !name.contains("drydock-") && !name.hasPrefix("io-pkt")
    }

    /// A file of this test's own, with its path.
    @discardableResult func file(_ name: String, _ text: String) throws -> String {
        let place = folder.appending(path: name)
        try Data(text.utf8).write(to: place)
        return place.path()
    }

    /// Octets that no compression, and no luck, gets right.
    @discardableResult func noise(_ name: String, octets: Int) throws -> Data {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        var data = Data(capacity: octets)
        while data.count < octets {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            unsafe withUnsafeBytes(of: state) { unsafe data.append(contentsOf: $0) }
        }
        try data.write(to: folder.appending(path: name))
        return data
    }

    /// A server on the first stack; it is there when somebody listens on `port`.
    func serve(_ words: String..., port: UInt16, udp: Bool = false, at place: SourceLocation = #_sourceLocation) throws -> Task {
        let task = try begin(words)
        let isThere = try eventually(within: 20) {
            try !task.isRunning || listeners(udp: udp).contains { $0.hasSuffix(".\(port)") }
        }
        #expect(isThere && task.isRunning, "\(words[0]) does not listen on port \(port): \(task.outcome.all)", sourceLocation: place)
        return task
    }

    /// Starts a server on the first stack. A shell between: a program that closes every descriptor it does not know must not be
    /// taken for one that has ended.
    func begin(_ words: [String]) throws -> Task {
        let task = try dock.start(["sh", "-c", "\"$@\" & wait $!", "sh", "drydock", "run", "--"] + words, sock: "/sock1")
        servers.withLock { $0.append(task) }
        return task
    }

    private func listeners(udp: Bool) throws -> [String] {
        try dock.good("netstat", "-a", "-n", "-p", udp ? "udp" : "tcp", sock: "/sock1").split(separator: "\n").filter { udp || $0.contains("LISTEN") }
            .compactMap { $0.split(separator: " ").dropFirst(3).first.map(String.init) }
    }

    /// A client on the second stack, run to its end: what it printed.
    @discardableResult func ask(_ words: String..., seconds: Double = 60, at place: SourceLocation = #_sourceLocation) throws -> String {
        try dock.good(["drydock", "run", "--"] + words, sock: "/sock2", seconds: seconds, at: place)
    }

    /// The same for one that may fail.
    func attempt(_ words: String..., seconds: Double = 60) throws -> Dock.Outcome {
        try dock.run(["drydock", "run", "--"] + words, sock: "/sock2", seconds: seconds)
    }
}

/// Programs that are installed, and the library that brings them here.
enum Programs {
    private static let built: Result<URL, Problem> = {
        let task = Process(), log = Pipe()
        task.executableURL = URL(filePath: "/usr/bin/env")
        task.arguments = ["swift", "build", "-c", "release", "--package-path", Dock.package.appending(path: "Programs").path()]
        (task.standardOutput, task.standardError) = (log, log)
        do { try task.run() } catch { return .failure(Problem("swift build of Programs cannot start: \(error)")) }
        let said = log.fileHandleForReading.readDataToEndOfFile()
        task.waitUntilExit()
        guard task.terminationStatus == 0 else { return .failure(Problem("Programs do not build: " + String(decoding: said, as: UTF8.self))) }
        return .success(Dock.package.appending(path: "Programs/.build/release/libdrydock-preload.so"))
    }()

    /// The path of the library.
    static func library() throws -> String { try built.get().path() }

    /// Builds the library where that has not been done.
    static func prepare(options: String? = nil) throws -> ProgramDock {
        _ = try built.get()
        return try ProgramDock(options: options)
    }

    /// For the name of a skipped test: what is missing of `tools`; nil: nothing.
    static func missing(_ tools: [String]) -> String? {
        tools.first { !Namespace.has($0) }.map { "\($0) is not installed" }
    }
}

extension Trait where Self == ConditionTrait {
    /// The test needs these programs, and is skipped by their name where they are not installed.
    static func programs(_ tools: String...) -> Self { .enabled(if: Programs.missing(tools) == nil, "\(Programs.missing(tools) ?? "")") }
}
