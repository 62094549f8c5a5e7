import Host
import Messages
import Synchronization

/// A folder of its own for one test, removed at the end.
final class Folder {
    let path: String
    init() throws {
        path = "/tmp/drydock-test-\(CurrentProcess.pid)-\(MonotonicClock.now())"
        try FileSystem.makeFolder(path)
    }
    deinit {
        FileSystem.clear(path)
        FileSystem.removeFolder(path)
    }
    var socket: String { path + "/port" }
}

/// Something to ask and to be told.
struct Question: Codable, Sendable { var text: String }

/// A server on a thread of its own that does what `serve` says, until it is stopped.
final class MessageServer: Sendable {
    let path: String
    private let stop = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(false)

    init(_ path: String, mostClients: Int = 16, serve: @escaping @Sendable (Port, consuming Event) -> Void) throws {
        self.path = path
        nonisolated(unsafe) var failure: SystemError?
        let started = Started()
        Thread.start { [self] in
            do throws(SystemError) {
                let port = try Port(mostClients: mostClients)
                try port.listen(path, gate: 0)
                started.set()
                run(port, serve)
            } catch {
                unsafe failure = error
                started.set()
            }
            ended.store(true, ordering: .releasing)
        }
        started.wait()
        if let failure = unsafe failure { throw failure }
    }

    private func run(_ port: Port, _ serve: (Port, consuming Event) -> Void) {
        let end = Deadline(in: .seconds(60))
        while !stop.load(ordering: .acquiring), !end.hasPassed {
            guard Poll.readable(port.raw, Deadline(in: .milliseconds(5))) else { continue }
            while let event = port.next() { serve(port, event) }
        }
    }

    /// Ends the server and waits for it.
    func end() {
        stop.store(true, ordering: .releasing)
        let limit = Deadline(in: .seconds(5))
        while !ended.load(ordering: .acquiring), !limit.hasPassed { Thread.pause() }
        FileSystem.remove(path)
    }

    /// Echoes each question.
    static func echo(_ port: Port, _ event: consuming Event) {
        guard case .request(let received) = consume event else { return }
        do throws(MessageFailure) {
            let question = try received.decode(Question.self)
            try port.reply(to: received.sender, question)
        } catch { port.reply(to: received.sender, Failure(.invalid, what: "question", why: "not understood")) }
    }
}
