internal import Host
internal import Messages

/// Joins a ``PingSession`` to a socket, a clock and the user's interrupt.
struct PingRun {
    var session: PingSession
    let messages: EchoMessages
    let socket: DatagramSocket
    let target: DatagramHeader
    let stack: StackClient
    let world: World

    /// - Returns: when the session has finished or the user has had enough.
    mutating func run() throws(ToolFailure) {
        let interrupts = try world.interrupts()
        do throws(SystemError) {
            let loop = try EventLoop()
            var ready = ReadyEvents(capacity: 4)
            try loop.add(socket.raw, token: 0)
            try loop.add(interrupts.raw, token: 1)
            while true {
                if try apply(session.timer(MonotonicClock.now())) { return }
                try loop.wait(&ready, nanoseconds: Deadline(at: session.deadline).left)
                for index in 0..<ready.count {
                    if ready[index].token == 1 {
                        guard interrupts.take() else { return }
                        session.interrupt(MonotonicClock.now())
                    }
                    if try drain() { return }
                }
            }
        } catch {
            guard error.number == .connectionReset || error.number == .brokenPipe else {
                throw ToolFailure(session.options.host, error.description, "", exit: 2)
            }
            world.output(session.options.quiet || world.isQuiet ? "" : session.summary)
            var death = stack.death()
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
