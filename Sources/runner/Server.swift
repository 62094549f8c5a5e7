internal import CLinux
internal import CProgram
internal import Glibc
internal import Host
internal import ProgramSockets

/// Serves the calls of a program and of all that it starts, one after the other.
struct Server: ~Copyable {
    let listener: Listener
    private var calls: ProgramCalls
    /// By thread: one that waits makes no other call.
    private var parked: [Int32: Parked] = [:]
    private var kept = Kept()
    private var serial: UInt64 = 0
    private var nextCheck: UInt64 = 0

    /// Nanoseconds between looks at whether those who wait are still there.
    static let interval: UInt64 = 100_000_000
    /// Tokens from here on are those of parked calls.
    static let firstToken: UInt64 = 1 << 16

    init(_ listener: consuming Listener, path: StackPath) {
        self.listener = listener
        calls = ProgramCalls(path: path)
    }

    /// Whether there is something to look at when nothing happens.
    var needsClock: Bool { !parked.isEmpty || !kept.replies.isEmpty }

    /// Takes the next call.
    mutating func serve(_ loop: borrowing EventLoop) {
        guard let notification = listener.receive() else { return }
        if let before = parked[notification.thread] { leave(before, loop) }
        begin(notification, loop)
    }

    private mutating func begin(_ notification: Notification, _ loop: borrowing EventLoop) {
        if let before = kept.take(notification) { return tell(Self.again(before, notification), loop) }
        guard notification.call != .socket else { return settle(calls.open(notification), notification, nil, loop) }
        let raw = clinux_program_descriptor(notification.thread, notification.integer(0))
        // None of its own, or one that we may not have: the kernel's answer is the right one.
        guard raw >= 0 else { return listener.letGo(notification.id) }
        let descriptor = FileDescriptor(owning: raw)
        guard listener.waits(notification.id) else { return }
        guard let socket = ProgramSocket(raw) else { return listener.letGo(notification.id) }
        let key = ProgramCalls.Key(socket)
        switch notification.call {
        case .accept, .accept4:
            if let before = kept.connection(of: key) { return tell(Self.again(before, notification), loop) }
        case .connect:
            if let before = kept.connect(of: key), let connection = before.descriptor.take() {
                return park(notification, Held(descriptor: descriptor, socket: socket), connection, Linux.readable, loop)
            }
        default: break
        }
        let verdict = attempt(notification, socket)
        settle(verdict, notification, Held(descriptor: descriptor, socket: socket), loop)
    }

    /// The program's socket, as we hold it.
    private struct Held: ~Copyable {
        let descriptor: FileDescriptor
        let socket: ProgramSocket
    }

    private mutating func attempt(_ notification: Notification, _ socket: ProgramSocket) -> Verdict {
        let memory = ProgramMemory(thread: notification.thread, id: notification.id, listener: listener.descriptor.raw)
        return calls.attempt(Visit(notification: notification, socket: socket, memory: memory))
    }

    private static func again(_ before: Reply, _ notification: Notification) -> Reply {
        let reply = Reply(notification)
        (reply.value, reply.error, reply.listener) = (before.value, before.error, before.listener)
        (reply.closeOnExec, reply.peer) = (before.closeOnExec, before.peer)
        reply.descriptor = before.descriptor.take()
        return reply
    }

    private mutating func settle(_ verdict: consuming Verdict, _ notification: Notification, _ held: consuming Held?, _ loop: borrowing EventLoop) {
        let reply = Reply(notification)
        switch consume verdict {
        case .answer(let value): reply.value = value
        case .refuse(let error): reply.error = error
        case .give(let descriptor, let closeOnExec, let peer):
            reply.descriptor = consume descriptor
            (reply.closeOnExec, reply.peer) = (closeOnExec, peer)
            if let held { reply.listener = ProgramCalls.Key(held.socket) }
        case .letGo: return listener.letGo(notification.id)
        case .wait(let events):
            if let held { park(notification, held, nil, events, loop) }
            return
        case .answering(let connection):
            if let held { park(notification, held, consume connection, Linux.readable, loop) }
            return
        case .gone: return
        }
        tell(reply, loop)
    }

    /// Answers; what nobody hears is kept.
    private mutating func tell(_ reply: Reply, _ loop: borrowing EventLoop) {
        let id = reply.notification.id
        guard let ours = reply.raw else {
            if !listener.answer(id, value: reply.value, error: reply.error) { kept.keep(reply) }
            return
        }
        guard name(reply) else { return _ = listener.answer(id, value: 0, error: EFAULT) }
        switch listener.give(id, ours, closeOnExec: reply.closeOnExec) {
        case .taken: return
        case .refused(let error):
            // No number is left in the program: the connection waits for the next who accepts, as in a queue.
            _ = listener.answer(id, value: 0, error: error)
            if reply.listener != nil { kept.keep(reply) }
        case .gone:
            kept.keep(reply)
            guard let source = reply.listener else { return }
            let next = parked.values.first { [.accept, .accept4].contains($0.notification.call) && ProgramCalls.Key($0.socket) == source }
            if let next {
                unpark(next, loop)
                begin(next.notification, loop)
            }
        }
    }

    /// Writes whose connection it is. - Returns: false when there is no memory for that.
    private func name(_ reply: Reply) -> Bool {
        let notification = reply.notification
        guard let peer = reply.peer, notification.arguments[1] != 0 else { return true }
        let memory = ProgramMemory(thread: notification.thread, id: notification.id, listener: listener.descriptor.raw)
        do throws(Fault) {
            guard let room = try memory.room(notification.arguments[2]) else { return false }
            let octets = (0..<min(room, Int(peer.length))).map { peer.octets[$0] }
            try memory.write(octets, to: notification.arguments[1])
            try memory.store(peer.length, at: notification.arguments[2])
            return true
        } catch { return error == .gone }
    }

    // MARK: calls that wait

    private mutating func park(
        _ notification: Notification, _ held: consuming Held, _ connection: consuming FileDescriptor?, _ events: Int16, _ loop: borrowing EventLoop
    ) {
        let isSending = events == Linux.writable || connection.number != nil
        let limit = program_time_limit(held.socket.descriptor, isSending ? Linux.sendTime : Linux.receiveTime)
        serial += 1
        let call = Parked(
            notification, held.descriptor, held.socket, connection, deadline: limit < 0 ? nil : MonotonicClock.now() &+ UInt64(limit) &* 1_000_000,
            token: Self.firstToken + serial)
        do {
            try loop.add(call.waitsFor, token: call.token, events == Linux.writable ? .write : .read)
            parked[notification.thread] = call
        } catch {
            _ = listener.answer(notification.id, value: 0, error: ENOMEM)
        }
    }

    private mutating func unpark(_ call: Parked, _ loop: borrowing EventLoop) {
        // The program's own descriptor keeps the file open, and with it our interest in it.
        try? loop.remove(call.waitsFor)
        parked[call.notification.thread] = nil
    }

    /// Its thread is elsewhere: in a signal's handler, or nowhere. A connection that is being made goes on.
    private mutating func leave(_ call: Parked, _ loop: borrowing EventLoop) {
        unpark(call, loop)
        guard call.isConnecting else { return }
        let reply = Reply(call.notification)
        reply.connecting = ProgramCalls.Key(call.socket)
        reply.descriptor = call.connection.take()
        kept.keep(reply)
    }

    /// A descriptor is ready: the call that waits for it is tried again.
    mutating func wake(_ token: UInt64, _ loop: borrowing EventLoop) {
        guard let call = parked.values.first(where: { $0.token == token }) else { return }
        guard listener.waits(call.notification.id) else { return leave(call, loop) }
        let verdict: Verdict
        if let connection = call.connection.take() {
            unpark(call, loop)
            verdict = ProgramCalls.verdict(ProgramSocket.finish(connection.surrender(), waits: false))
        } else {
            let next = attempt(call.notification, call.socket)
            if next.isWait { return }
            unpark(call, loop)
            verdict = consume next
        }
        guard let descriptor = call.descriptor.take() else { return }
        settle(verdict, call.notification, Held(descriptor: descriptor, socket: call.socket), loop)
    }

    /// Looks after those who wait: who has gone, and whose time is over.
    mutating func check(_ loop: borrowing EventLoop) {
        let now = MonotonicClock.now()
        guard now >= nextCheck else { return }
        nextCheck = now &+ Self.interval
        for call in Array(parked.values) {
            if !listener.waits(call.notification.id) {
                leave(call, loop)
            } else if let deadline = call.deadline, deadline <= now {
                unpark(call, loop)
                _ = listener.answer(call.notification.id, value: 0, error: call.isConnecting ? EINPROGRESS : EAGAIN)
            }
        }
        kept.forget(before: now)
    }
}
