import Host
import Testing

@testable import nicd

/// A NIC's log, at a hundredth of its size.
struct ProcessLogTests {
    private static let most = 10_000

    private func with(_ body: (ProcessLog, String) -> Void) {
        let path = "/tmp/drydock-log-\(ProcessFlags.ownPID)-\(MonotonicClock.now())"
        defer {
            FileSystem.remove(path)
            FileSystem.remove(LogFile.older(path))
        }
        body(ProcessLog(path: path, most: Self.most), path)
    }

    private func text(_ path: String) -> String { FileSystem.text(path, limit: 1 << 20) ?? "" }

    @Test func `beyond its bound the log moves aside, and the newest lines are always there`() {
        with { log, path in
            for number in 0..<5000 { log.line("carrier \(number)") }
            let now = text(path), before = text(LogFile.older(path))
            #expect(now.utf8.count <= Self.most && before.utf8.count <= Self.most + 200)
            #expect((before + now).contains("carrier 4999\n"))
            #expect(!(before + now).contains("carrier 0\n"))
        }
    }

    @Test func `many notes leave half of the log to what matters, and may come again when it begins anew`() {
        with { log, path in
            for number in 0..<5000 { log.note("guest error \(number)") }
            let flooded = text(path)
            #expect(flooded.utf8.count < Self.most * 3 / 4)
            #expect(flooded.hasSuffix("notes are left out until the log begins anew: they have filled half of it\n"))
            for number in 0..<200 { log.line("carrier \(number)") }
            log.note("and again")
            #expect(text(path).contains("and again"))
        }
    }

    @Test func `a line is one line, and no longer than it may be`() {
        with { log, path in
            log.line("two\nlines" + String(repeating: "x", count: 5000))
            #expect(text(path).split(separator: "\n").count == 1 && text(path).utf8.count < ProcessLog.mostLine + 100)
        }
    }

    @Test func `a log that cannot be made is no reason to have no NIC`() {
        let log = ProcessLog(path: "/nonexistent/log")
        #expect(log.raw == nil)
        log.note("lost")
        #expect(log.line("lost") == 0)
    }
}
