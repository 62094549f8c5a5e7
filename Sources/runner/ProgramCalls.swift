internal import CLinux
internal import Glibc
internal import Host
internal import ProgramSockets

// SAFETY: every pointer is into `scratch` or a local value, and every length is cut to its part's size; the program's own
// addresses are only the kernel's to follow.
/// What each call of a program comes to, by asking the stack.
struct ProgramCalls: ~Copyable {
    let path: StackPath
    let scratch = Scratch()
    private var companions: [Key: Companions] = [:]

    /// A socket, whoever has a descriptor of it.
    struct Key: Hashable {
        let stack: UInt64
        let number: UInt32
        init(_ socket: ProgramSocket) { (stack, number) = (socket.stack, socket.number) }
    }

    init(path: StackPath) { self.path = path }

    /// socket(2).
    func open(_ notification: Notification) -> Verdict {
        let family = notification.integer(0), type = notification.integer(1), number = notification.integer(2)
        guard ProgramSocket.isServed(family: family, type: type, protocol: number) else { return .letGo }
        switch ProgramSocket.open(path, family: family, type: type | Linux.closeOnExec, protocol: number) {
        case .done(let made): return .give(FileDescriptor(owning: Int32(made)), closeOnExec: type & Linux.closeOnExec != 0, peer: nil)
        case let outcome: return Self.verdict(outcome)
        }
    }

    /// Every other call; one attempt.
    mutating func attempt(_ visit: borrowing Visit) -> Verdict {
        do throws(Fault) {
            switch visit.notification.call {
            case .socket: return .letGo
            case .bind: return try bind(visit)
            case .connect: return try connect(visit)
            case .listen: return Self.verdict(visit.socket.listen(path, backlog: visit.integer(1)))
            case .accept: return try accept(visit, flags: 0)
            case .accept4: return try accept(visit, flags: visit.integer(3))
            case .getsockname: return try name(visit, .local)
            case .getpeername: return try name(visit, .peer)
            case .setsockopt: return try setOption(visit)
            case .getsockopt: return try option(visit)
            case .shutdown: return Self.verdict(visit.socket.shutdown(path, how: visit.integer(1)))
            case .sendto: return try sendTo(visit)
            case .recvfrom: return try receiveFrom(visit, companions(visit))
            case .sendmsg: return try sendMessage(visit)
            case .recvmsg: return try receiveMessage(visit, companions(visit))
            case .sendmmsg: return try sendMessages(visit)
            case .recvmmsg: return try receiveMessages(visit, companions(visit))
            }
        } catch {
            return error == .badAddress ? .refuse(EFAULT) : .gone
        }
    }

    static func verdict(_ outcome: Outcome) -> Verdict {
        switch outcome {
        case .done(let value): .answer(value)
        case .failed(let error): .refuse(error)
        case .wait(_, let events): .wait(events: events)
        case .answer(let connection): .answering(FileDescriptor(owning: connection))
        }
    }

    private func companions(_ visit: borrowing Visit) -> Companions { companions[Key(visit.socket)] ?? [] }

    // MARK: names

    private func bind(_ visit: borrowing Visit) throws(Fault) -> Verdict {
        guard let length = try visit.address(1, length: visit.integer(2), in: scratch) else { return .refuse(EINVAL) }
        return unsafe Self.verdict(visit.socket.bind(path, scratch.name.baseAddress, UInt32(length)))
    }

    private func connect(_ visit: borrowing Visit) throws(Fault) -> Verdict {
        guard let length = try visit.address(1, length: visit.integer(2), in: scratch) else { return .refuse(EINVAL) }
        // Without headers: a program's read and write, which nobody tells us of, are then right.
        return unsafe Self.verdict(visit.socket.connect(path, scratch.name.baseAddress, UInt32(length), bare: true))
    }

    private func accept(_ visit: borrowing Visit, flags: Int32) throws(Fault) -> Verdict {
        if visit.word(1) != 0, try visit.memory.room(visit.word(2)) == nil { return .refuse(EINVAL) }
        var peer = Peer()
        let outcome = unsafe withUnsafeMutableBytes(of: &peer.octets) { octets in
            unsafe visit.socket.accept(path, octets.baseAddress, &peer.length, flags: flags | Linux.closeOnExec, waits: false)
        }
        guard case .done(let made) = outcome else { return Self.verdict(outcome) }
        return .give(FileDescriptor(owning: Int32(made)), closeOnExec: flags & Linux.closeOnExec != 0, peer: peer)
    }

    private func name(_ visit: borrowing Visit, _ side: ProgramSocket.Side) throws(Fault) -> Verdict {
        guard let room = try visit.memory.room(visit.word(2)) else { return .refuse(EINVAL) }
        var length = UInt32(Scratch.nameOctets)
        let outcome = unsafe visit.socket.name(path, of: side, scratch.name.baseAddress, &length)
        guard case .done = outcome else { return Self.verdict(outcome) }
        unsafe try visit.memory.write(UnsafeRawBufferPointer(rebasing: scratch.name[..<min(room, Int(length))]), to: visit.word(1))
        try visit.memory.store(length, at: visit.word(2))
        return .answer(0)
    }

    // MARK: options

    private mutating func setOption(_ visit: borrowing Visit) throws(Fault) -> Verdict {
        let length = visit.integer(4)
        guard length >= 0, Int(length) <= Scratch.controlOctets else { return .refuse(EINVAL) }
        unsafe try visit.memory.read(visit.word(3), into: UnsafeMutableRawBufferPointer(rebasing: scratch.control[..<Int(length)]))
        let key = Key(visit.socket)
        var own = companions[key] ?? []
        let before = own
        let outcome = unsafe visit.socket.setOption(
            path, level: visit.integer(1), name: visit.integer(2), scratch.control.baseAddress, UInt32(length), &own)
        if own != before { keep(own, key) }
        return Self.verdict(outcome)
    }

    /// Sockets end without telling us: what is kept of them has a bound.
    private mutating func keep(_ own: Companions, _ key: Key) {
        if companions.count >= 4096, companions[key] == nil, let victim = companions.keys.first { companions[victim] = nil }
        companions[key] = own.isEmpty ? nil : own
    }

    private func option(_ visit: borrowing Visit) throws(Fault) -> Verdict {
        guard let room = try visit.memory.room(visit.word(4)) else { return .refuse(EINVAL) }
        var length = UInt32(min(room, Scratch.controlOctets))
        let outcome = unsafe visit.socket.option(
            path, level: visit.integer(1), name: visit.integer(2), scratch.control.baseAddress, &length, companions(visit))
        guard case .done = outcome else { return Self.verdict(outcome) }
        unsafe try visit.memory.write(UnsafeRawBufferPointer(rebasing: scratch.control[..<min(room, Int(length))]), to: visit.word(3))
        try visit.memory.store(length, at: visit.word(4))
        return .answer(0)
    }
}
