public import Host

/// Who is blocked on us, and which of its questions: what a reply needs. Cheap to keep for a later answer.
public struct Sender: Hashable, Sendable {
    let slot: Int
    let generation: UInt32
    let sequence: UInt64
    /// One client is one connection: the same for all that comes over it.
    public var client: Client { Client(slot: slot, generation: generation) }

    public struct Client: Hashable, Sendable {
        let slot: Int
        let generation: UInt32
    }
}

/// What a server hears.
public enum Event: ~Copyable, Sendable {
    case request(Received)
    /// Wants no answer; its sender is good for `peer(of:)` only.
    case pulse(Received)
    /// A client closed its connection or was cut off: what is kept for it can go.
    case gone(Sender.Client)
}

/// A message that came.
public struct Received: ~Copyable, Sendable {
    public let sender: Sender
    public let peer: PeerCredentials
    /// Which of the port's sockets it came through: the `gate` of `listen`.
    public let gate: Int
    public let body: [UInt8]
    public var descriptors: ReceivedDescriptors

    public borrowing func decode<Request: Decodable>(_ type: Request.Type = Request.self) throws(MessageFailure) -> Request {
        try Body.decode(type, body)
    }
}

/// A server's side: sockets in the file system and the clients connected to them. One thread's; never waits.
///
/// Its `raw` is readable while `next()` has something, so a process watches a port as one descriptor.
public final class Port {
    /// A place for a client; its descriptor is the port's to close.
    struct Client {
        /// -1 when the place is free.
        var raw: Int32
        let generation: UInt32
        let peer: PeerCredentials
        let gate: Int
    }

    private let loop: EventLoop
    private var ready = ReadyEvents(capacity: 16)
    private var examined = 0
    private var buffer = MessageBuffer()
    /// Descriptors by gate, -1 where there is none.
    private var listeners: [Int32]
    private var clients: [Client]
    /// Given up for a moment when no descriptor is left, so that a client can be told instead of being left in the queue.
    private var spare: FileDescriptor?

    /// - Parameter mostClients: connections at a time; another is told that there are too many.
    public init(mostClients: Int = 256, mostListeners: Int = 16) throws(SystemError) {
        loop = try EventLoop()
        clients = .init(repeating: Client(raw: -1, generation: 0, peer: .nobody, gate: 0), count: mostClients)
        listeners = .init(repeating: -1, count: mostListeners)
        spare = try FileDescriptor.open("/dev/null", 0)
    }

    deinit {
        for raw in listeners + clients.map(\.raw) where raw >= 0 { _ = FileDescriptor(owning: raw) }
    }

    /// A port with one socket.
    public convenience init(path: String) throws(SystemError) {
        try self.init()
        try listen(path, gate: 0)
    }

    public var raw: Int32 { loop.raw }

    /// Serves at `path`, which must not exist; `gate` (from 0) tells its messages from those of other sockets.
    public func listen(_ path: String, gate: Int) throws(SystemError) {
        guard listeners.indices.contains(gate), listeners[gate] < 0 else { throw SystemError("listen", .invalid) }
        let socket = try UnixSocket.listen(path)
        try loop.add(socket.raw, token: UInt64(gate))
        listeners[gate] = socket.surrender()
    }

    /// The next thing that happened; nil when all has been seen.
    ///
    /// Call it until nil, or a bounded number of times: what is left makes `raw` readable again.
    public func next() -> Event? {
        // Looked for anew only once: a flood of messages must not keep the caller from its other work for ever.
        for _ in 0..<2 {
            while examined < ready.count {
                let one = ready[examined]
                examined += 1
                if let event = handle(one) { return event }
            }
            examined = 0
            do { try loop.wait(&ready, nanoseconds: 0) } catch { return nil }
            if ready.count == 0 { return nil }
        }
        return nil
    }

    /// Answers a request. - Returns: false when the client is gone, or was cut off because it does not read its answers.
    /// - Parameter descriptors: up to 16, which stay ours.
    @discardableResult public func reply(to sender: Sender, _ reply: some Encodable, descriptors: [Int32] = []) throws(MessageFailure) -> Bool {
        try post(.reply, sender, Body.encode(reply), descriptors)
    }

    /// Answers with a body as it is.
    @discardableResult public func reply(to sender: Sender, body: [UInt8], descriptors: [Int32] = []) throws(MessageFailure) -> Bool {
        try post(.reply, sender, body, descriptors)
    }

    /// Says no.
    @discardableResult public func reply(to sender: Sender, _ failure: Failure) -> Bool {
        (try? post(.failure, sender, Body.encode(failure.bounded), [])) ?? false
    }

    /// Who a client is, as long as it is connected.
    public func peer(of client: Sender.Client) -> PeerCredentials? { isCurrent(client) ? clients[client.slot].peer : nil }

    /// Cuts a client off.
    public func close(_ client: Sender.Client) {
        if isCurrent(client) { drop(client.slot) }
    }

    /// Connected clients.
    public private(set) var clientCount = 0

    private func isCurrent(_ client: Sender.Client) -> Bool {
        clients.indices.contains(client.slot) && clients[client.slot].generation == client.generation && clients[client.slot].raw >= 0
    }
}

extension Port {
    private func handle(_ event: Ready) -> Event? {
        guard event.token >= UInt64(listeners.count) else {
            accept(Int(event.token))
            return nil
        }
        // The generation in the token: the event may be of a client that has gone since it was gathered.
        let slot = Int(event.token & 0xffff_ffff) - listeners.count
        guard isCurrent(Sender.Client(slot: slot, generation: UInt32(event.token >> 32))) else { return nil }
        return receive(slot)
    }

    private func receive(_ slot: Int) -> Event? {
        let client = Sender.Client(slot: slot, generation: clients[slot].generation)
        var descriptors = ReceivedDescriptors()
        let arrival: MessageBuffer.Arrival
        do { arrival = try buffer.receive(clients[slot].raw, &descriptors) } catch {
            // Cut messages too: who sends more than a message may hold does not speak our language.
            return gone(client)
        }
        switch arrival {
        case .nothing: return nil
        case .end: return gone(client)
        case .message: return opened(client, descriptors)
        }
    }

    private func opened(_ client: Sender.Client, _ descriptors: consuming ReceivedDescriptors) -> Event? {
        do throws(Envelope.Refusal) {
            let (envelope, body) = try buffer.open(descriptors: descriptors.count)
            let sender = Sender(slot: client.slot, generation: client.generation, sequence: envelope.sequence)
            let received = Received(
                sender: sender, peer: clients[client.slot].peer, gate: clients[client.slot].gate, body: body, descriptors: descriptors)
            switch envelope.kind {
            case .request: return .request(received)
            case .pulse: return .pulse(received)
            case .reply, .failure: throw .malformed
            }
        } catch {
            // The answer's envelope tells our version, whatever the peer makes of the rest.
            let why = error == .malformed ? "this is no message" : "this server speaks version \(Envelope.version)"
            reply(to: Sender(slot: client.slot, generation: client.generation, sequence: 0), Failure(.protocolError, what: "message", why: why))
            return gone(client)
        }
    }

    private func accept(_ gate: Int) {
        do throws(SystemError) {
            guard let socket = try UnixSocket.accept(listeners[gate]) else { return }
            admit(socket, gate)
        } catch {
            guard error.number == .tooManyFiles || error.number == .tooManyFilesInSystem else { return }
            spare = nil
            if let socket = try? UnixSocket.accept(listeners[gate]) { turnAway(socket, "the process has no descriptor left") }
            spare = try? FileDescriptor.open("/dev/null", 0)
        }
    }

    private func admit(_ socket: consuming FileDescriptor, _ gate: Int) {
        guard let peer = try? UnixSocket.peer(socket.raw), peer.isTrusted else { return }
        guard let slot = clients.firstIndex(where: { $0.raw < 0 }) else {
            return turnAway(socket, "\(clients.count) clients are connected already")
        }
        let generation = clients[slot].generation &+ 1
        let token = UInt64(generation) << 32 | UInt64(slot + listeners.count)
        guard (try? loop.add(socket.raw, token: token)) != nil else { return }
        clients[slot] = Client(raw: socket.surrender(), generation: generation, peer: peer, gate: gate)
        clientCount += 1
    }

    /// Tells a client in one message why it is not served.
    private func turnAway(_ socket: consuming FileDescriptor, _ why: String) {
        let failure = Failure(.again, what: "connect", why: why, fix: "try again later")
        // Sequence 1 is what a new client's first request has.
        guard let body = try? Body.encode(failure),
            let message = try? Outgoing.message(.failure, sequence: 1, body: body, descriptors: [])
        else { return }
        _ = try? Outgoing.send(socket.raw, message, [])
    }

    private func post(_ kind: Envelope.Kind, _ sender: Sender, _ body: [UInt8], _ descriptors: [Int32]) throws(MessageFailure) -> Bool {
        let message = try Outgoing.message(kind, sequence: sender.sequence, body: body, descriptors: descriptors)
        guard isCurrent(sender.client) else { return false }
        if (try? Outgoing.send(clients[sender.slot].raw, message, descriptors)) == true { return true }
        // Not sent: the peer is gone, or does not read. Its end is reported by `next` when the socket says so.
        shutDown(sender.slot)
        return false
    }

    private func gone(_ client: Sender.Client) -> Event {
        drop(client.slot)
        return .gone(client)
    }

    private func drop(_ slot: Int) {
        _ = FileDescriptor(owning: clients[slot].raw)
        clients[slot].raw = -1
        clientCount -= 1
    }

    private func shutDown(_ slot: Int) { UnixSocket.shutDown(clients[slot].raw) }
}

extension Failure {
    /// With parts that surely fit a message.
    var bounded: Failure {
        Failure(errno, what: String(what.prefix(4000)), why: String(why.prefix(4000)), fix: String(fix.prefix(4000)))
    }
}
