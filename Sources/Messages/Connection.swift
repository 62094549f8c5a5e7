public import Host

/// A reply, and the descriptors that came with it.
public struct Answer<Reply: Sendable>: ~Copyable, Sendable {
    public let reply: Reply
    public var descriptors: ReceivedDescriptors
}

/// A client's side: send a request, be blocked, get the reply. One thread's.
///
/// After a time-out it can be used again: an answer that comes too late is recognised by its sequence and thrown away.
public final class Connection {
    private let socket: FileDescriptor
    private var buffer = MessageBuffer()
    private var sequence: UInt64 = 0
    private let entry: ClientTable.Entry?

    /// The server's process id, as the kernel tells it: who called `listen`.
    public let server: PeerCredentials

    /// Connects to the server at `path`.
    ///
    /// - Parameter table: the instance's `clients`, where `pidin` sees us while we are blocked.
    /// - Throws: `.noServer`, `.refused` where the server is another user's, `.timedOut`.
    public init(path: String, timeout: Duration, table: String? = nil) throws(MessageFailure) {
        do { socket = try UnixSocket.connect(path, deadline: Deadline(in: timeout)) } catch {
            switch error.number {
            case .notFound, .connectionRefused, .notDirectory: throw .noServer
            case .again: throw .timedOut(after: timeout)
            default: throw .system(error)
            }
        }
        do { server = try UnixSocket.peer(socket.raw) } catch { throw .system(error) }
        entry = table.flatMap { ClientTable.Entry(in: $0) }
        guard server.isTrusted else { throw .refused(uid: server.uid) }
    }

    /// Takes over a connected socket that somebody else has opened, and perhaps used.
    public init(adopting socket: consuming FileDescriptor) throws(MessageFailure) {
        do { server = try UnixSocket.peer(socket.raw) } catch { throw .system(error) }
        self.socket = socket
        entry = nil
    }

    /// From here on no answer to a question of another process, which had this socket too, is taken for one of ours.
    public func takeOver() { sequence = max(sequence, 1 << 32) }

    /// For an `EventLoop`: readable when the server died.
    public var raw: Int32 { socket.raw }

    /// Sends a request and waits for its reply.
    ///
    /// - Parameter descriptors: up to 16, which stay ours.
    /// - Parameter what: for the table of blocked clients: `ifconfig em0`.
    public func send<Reply: Decodable & Sendable>(
        _ request: some Encodable, expecting: Reply.Type = Reply.self, descriptors: [Int32] = [], timeout: Duration, what: String = ""
    ) throws(MessageFailure) -> Answer<Reply> {
        let raw = try exchange(Body.encode(request), descriptors: descriptors, timeout: timeout, what: what)
        let reply = try Body.decode(Reply.self, raw.reply)
        return Answer(reply: reply, descriptors: raw.descriptors)
    }

    /// Sends a request whose reply is taken by ``answer(expecting:timeout:)``, so that several servers work at once.
    public func ask(_ request: some Encodable, timeout: Duration) throws(MessageFailure) {
        _ = try post(.request, Body.encode(request), [], Deadline(in: timeout), timeout)
    }

    /// Waits for the reply to the last ``ask(_:timeout:)``.
    public func answer<Reply: Decodable & Sendable>(expecting: Reply.Type = Reply.self, timeout: Duration) throws(MessageFailure) -> Reply {
        try Body.decode(Reply.self, awaitReply(Deadline(in: timeout), timeout).reply)
    }

    /// The same with bodies as they are.
    public func exchange(_ body: [UInt8], descriptors: [Int32] = [], timeout: Duration, what: String = "") throws(MessageFailure) -> Answer<[UInt8]> {
        let deadline = Deadline(in: timeout)
        entry?.block(.send, what)
        defer { entry?.unblock() }
        // A server that turned us away has said why before it closed: reading finds it, or the end.
        _ = try post(.request, body, descriptors, deadline, timeout)
        entry?.block(.reply, what)
        return try awaitReply(deadline, timeout)
    }

    /// Sends what wants no answer.
    public func pulse(_ message: some Encodable, timeout: Duration) throws(MessageFailure) {
        guard try post(.pulse, Body.encode(message), [], Deadline(in: timeout), timeout) else { throw .serverDied }
    }

    /// Sends the next message. - Returns: false when the server has closed the connection.
    private func post(
        _ kind: Envelope.Kind, _ body: [UInt8], _ descriptors: [Int32], _ deadline: Deadline, _ timeout: Duration
    ) throws(MessageFailure) -> Bool {
        sequence &+= 1
        let message = try Outgoing.message(kind, sequence: sequence, body: body, descriptors: descriptors)
        do throws(SystemError) {
            while try !Outgoing.send(socket.raw, message, descriptors) {
                guard Poll.writable(socket.raw, deadline) else { throw SystemError("send", .timedOut) }
            }
            return true
        } catch {
            if error.number == .brokenPipe || error.number == .connectionReset { return false }
            throw Self.meaning(error, timeout)
        }
    }

    private func awaitReply(_ deadline: Deadline, _ timeout: Duration) throws(MessageFailure) -> Answer<[UInt8]> {
        while true {
            guard Poll.readable(socket.raw, deadline) else { throw .timedOut(after: timeout) }
            var descriptors = ReceivedDescriptors()
            let arrival: MessageBuffer.Arrival
            do { arrival = try receive(&descriptors) } catch { throw Self.meaning(error, timeout) }
            switch arrival {
            case .nothing: continue
            case .end: throw .serverDied
            case .message:
                let (envelope, body) = try opened(descriptors.count)
                // An answer to a question that we gave up on.
                guard envelope.sequence == sequence else { continue }
                switch envelope.kind {
                case .reply: return Answer(reply: body, descriptors: descriptors)
                case .failure: throw .rejected(try Body.decode(Failure.self, body))
                case .request, .pulse: throw .malformed
                }
            }
        }
    }

    /// The kernel reports a reset once before what is still in the queue.
    private func receive(_ descriptors: inout ReceivedDescriptors) throws(SystemError) -> MessageBuffer.Arrival {
        do { return try buffer.receive(socket.raw, &descriptors) } catch {
            guard error.number == .connectionReset else { throw error }
            return try buffer.receive(socket.raw, &descriptors)
        }
    }

    private func opened(_ descriptors: Int) throws(MessageFailure) -> (Envelope, [UInt8]) {
        do { return try buffer.open(descriptors: descriptors) } catch {
            switch error {
            case .malformed: throw .malformed
            case .wrongVersion(let theirs): throw .wrongVersion(theirs: theirs)
            }
        }
    }

    private static func meaning(_ error: SystemError, _ timeout: Duration) -> MessageFailure {
        switch error.number {
        case .timedOut: .timedOut(after: timeout)
        case .brokenPipe, .connectionReset, .connectionRefused: .serverDied
        case .messageTooLong: .malformed
        default: .system(error)
        }
    }
}
