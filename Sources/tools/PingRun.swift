internal import Host
internal import Messages

/// Joins a ``PingSession`` to a socket, a clock and the user's interrupt.
struct PingRun {
    var session: PingSession
    let messages: EchoMessages
    private(set) var socket: DatagramSocket
    let target: DatagramHeader
    let stack: StackClient
    let world: World
    let request: SocketRequest

    init(session: PingSession, messages: EchoMessages, target: DatagramHeader, request: SocketRequest, stack: StackClient, world: World) throws(ToolFailure) {
        (self.session, self.messages, self.target, self.request) = (session, messages, target, request)
        (self.stack, self.world) = (stack, world)
        socket = DatagramSocket(try stack.openSocket(request))
    }

    /// - Returns: when the session has finished or the user has had enough.
    mutating func run() throws(ToolFailure) {
        let interrupts = try world.interrupts()
        while try !run(interrupts) {}
    }

    /// - Returns: false when the stack died, and another one took its place.
    private mutating func run(_ interrupts: Interrupts) throws(ToolFailure) -> Bool {
        do throws(SystemError) {
            let loop = try EventLoop()
            var ready = ReadyEvents(capacity: 4)
            try loop.add(socket.raw, token: 0)
            try loop.add(interrupts.raw, token: 1)
            while true {
                if try apply(session.timer(MonotonicClock.now())) { return true }
                try loop.wait(&ready, nanoseconds: Deadline(at: session.deadline).left)
                for index in 0..<ready.count {
                    if ready[index].token == 1 {
                        guard interrupts.take() else { return true }
                        session.interrupt(MonotonicClock.now())
                    }
                    if try drain() { return true }
                }
            }
        } catch {
            guard error.number == .connectionReset || error.number == .brokenPipe else {
                throw ToolFailure(session.options.host, error.description, "", exit: 2)
            }
            return try goOn()
        }
    }

    private mutating func goOn() throws(ToolFailure) -> Bool {
        do throws(ToolFailure) {
            let death = try stack.reconnect()
            socket = DatagramSocket(try stack.openSocket(request))
            if !session.options.quiet { world.complaint("ping: \(death.what): \(death.why); it is started again\n") }
            return false
        } catch {
            world.output(session.options.quiet || world.isQuiet ? "" : session.summary)
            var death = error
            death.exit = 2
            throw death
        }
    }

    /// - Returns: true when it is over.
    private mutating func apply(_ actions: [PingSession.Action]) throws(SystemError) -> Bool {
        var over = false
        for action in actions {
            switch action {
            case .print(let text): if !world.isQuiet { world.output(text) }
            case .finish: over = true
            case .send(let sequence): over = try send(sequence) || over
            }
        }
        return over
    }

    private mutating func send(_ sequence: UInt16) throws(SystemError) -> Bool {
        guard try socket.send(target, messages.request(sequence, session.options.data)) else {
            return try apply(session.sendFailed("the stack's queue is full"))
        }
        return false
    }

    /// Takes what has arrived, a burst at most, so that the timer has its turn.
    private mutating func drain() throws(SystemError) -> Bool {
        for _ in 0..<64 {
            switch try socket.receive() {
            case .nothing: return false
            case .end: throw SystemError("recvmsg", .connectionReset)
            case .datagram(let octets):
                if try apply(arrived(octets)) { return true }
            }
        }
        return false
    }

    private mutating func arrived(_ octets: [UInt8]) -> [PingSession.Action] {
        guard let (arrival, header) = messages.read(octets) else { return [] }
        return switch arrival {
        case .reply(let reply): session.reply(reply, at: header.time, now: MonotonicClock.now())
        case .error(let error): session.error(error)
        case .failed(let number): session.asynchronousError(Errno(rawValue: number).description)
        case .foreign: []
        }
    }
}
