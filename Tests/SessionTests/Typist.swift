import Foundation
import Glibc

/// Somebody at a terminal: keys go in one after another, and what the screen was sent is read.
final class Typist {
    let process = Process()
    private let screen: FileHandle
    private let text = Held()

    private final class Held: @unchecked Sendable {
        private let lock = NSLock()
        private var octets = Data()
        func add(_ more: Data) { lock.withLock { octets += more } }
        var text: String { lock.withLock { String(decoding: octets, as: UTF8.self) } }
    }

    init(_ words: [String], environment: [String: String]) throws {
        var master: Int32 = 0, slave: Int32 = 0
        guard unsafe openpty(&master, &slave, nil, nil, nil) == 0 else { throw Problem("no terminal: \(errno)") }
        screen = FileHandle(fileDescriptor: master, closeOnDealloc: true)
        let end = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.environment = environment.merging(["TERM": "xterm"]) { _, new in new }
        (process.standardInput, process.standardOutput, process.standardError) = (end, end, end)
        screen.readabilityHandler = { [text] handle in text.add(handle.availableData) }
        try process.run()
    }

    var shown: String { text.text }

    /// One key after another, as fingers do it.
    func type(_ keys: String) throws {
        for key in keys {
            try screen.write(contentsOf: Data(String(key).utf8))
            usleep(5000)
        }
    }

    /// Waits until the screen has been sent that text.
    func sees(_ words: String, within seconds: Double = 60) -> Bool { eventually(within: seconds) { shown.contains(words) } }

    func close() {
        screen.readabilityHandler = nil
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
