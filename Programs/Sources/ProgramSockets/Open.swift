import CCalls
import CProgram

extension ProgramSocket {
    /// Whether a stack has sockets of this kind; all others are the kernel's.
    public static func isServed(family: Int32, type: Int32, protocol number: Int32) -> Bool {
        guard family == Int32(Linux.inet) || family == Int32(Linux.inet6) else { return false }
        switch type & Linux.typeMask {
        case Linux.stream, Linux.datagram: return true
        // ICMP and ICMPv6: a stack has no other raw sockets.
        case Linux.raw: return number == (family == Int32(Linux.inet) ? 1 : 58)
        default: return false
        }
    }

    /// socket(2).
    ///
    /// - Returns: `.done` with the descriptor, the lowest that was free, as programs expect of socket(2).
    public static func open(_ path: borrowing StackPath, family: Int32, type: Int32, protocol number: Int32) -> Outcome {
        guard type & ~(Linux.typeMask | Linux.nonBlocking | Linux.closeOnExec) == 0 else { return .failed(EINVAL) }
        var call = drydock_call()
        call.call = UInt32(DRYDOCK_CALL_OPEN)
        (call.a, call.b, call.c) = (family, type & Linux.typeMask, number)
        switch Call.ask(path, call) {
        case .failed(let error): return .failed(error)
        case .answer(let answer, let descriptor):
            guard answer.error == 0 else { return .failed(answer.error) }
            guard descriptor >= 0 else { return .failed(EMFILE) }
            if type & Linux.typeMask != Linux.stream {
                let isInet6 = family == Int32(Linux.inet6), isUDP = type & Linux.typeMask == Linux.datagram && (number == 0 || number == 17)
                let mark = isUDP ? (isInet6 ? DRYDOCK_MARK_INET6 : DRYDOCK_MARK_NONE) : isInet6 ? DRYDOCK_MARK_ICMP6 : DRYDOCK_MARK_ICMP
                ProgramSocket(descriptor, stack: 0, number: 0).setMark(mark)
            }
            return .done(Int(settle(lowered(descriptor, type), type)))
        }
    }

    /// The call's connection had the lowest number while the new descriptor came.
    private static func lowered(_ descriptor: Int32, _ type: Int32) -> Int32 {
        let lower = program_duplicate(descriptor, 0, 1)
        guard lower >= 0 else { return descriptor }
        _ = program_close(lower < descriptor ? descriptor : lower)
        return min(lower, descriptor)
    }

    /// Makes a descriptor from a stack (blocking, close-on-exec) what SOCK_NONBLOCK and SOCK_CLOEXEC in `flags` say.
    static func settle(_ descriptor: Int32, _ flags: Int32) -> Int32 {
        let status = program_status(descriptor), wanted = status & ~Linux.nonBlocking | flags & Linux.nonBlocking
        if status >= 0, status != wanted { _ = program_set_status(descriptor, wanted) }
        if flags & Linux.closeOnExec == 0 { _ = program_set_close_on_exec(descriptor, 0) }
        return descriptor
    }
}

extension ProgramSocket {
    /// bind(2). - Parameter address: `length` readable octets.
    public func bind(_ path: borrowing StackPath, _ address: UnsafeRawPointer?, _ length: UInt32) -> Outcome {
        switch unsafe Address.read(address, length) {
        case .refused(let error): return .failed(error)
        case .address(var address):
            // Old programs bind to family 0, and mean 0.0.0.0.
            if address.family == Linux.unspecified { address.family = Linux.inet }
            var call = call(DRYDOCK_CALL_BIND)
            call.address = address
            return ask(path, call)
        }
    }

    /// listen(2).
    public func listen(_ path: borrowing StackPath, backlog: Int32) -> Outcome {
        guard kind == .stream else { return .failed(EOPNOTSUPP) }
        let outcome = ask(path, call(DRYDOCK_CALL_LISTEN, a: backlog))
        if case .done = outcome { setMark(DRYDOCK_MARK_LISTENER) }
        return outcome
    }

    /// accept4(2).
    ///
    /// - Parameter waits: true: the kernel waits, as in accept4 itself; false: `.wait` says for what.
    public func accept(
        _ path: borrowing StackPath, _ address: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>?, flags: Int32, waits: Bool
    ) -> Outcome {
        guard flags & ~(Linux.nonBlocking | Linux.closeOnExec) == 0 else { return .failed(EINVAL) }
        guard kind == .stream else { return .failed(EOPNOTSUPP) }
        guard mark == DRYDOCK_MARK_LISTENER else { return .failed(EINVAL) }
        var arrival = drydock_arrival(), descriptor: Int32 = -1
        // SAFETY: all of an arrival are integers.
        let count = unsafe withUnsafeMutableBytes(of: &arrival) {
            unsafe program_receive_descriptor(self.descriptor, $0.baseAddress, $0.count, waits ? 0 : Linux.dontWait, &descriptor)
        }
        if count == -Int(EAGAIN), !waits { return wouldBlock(Linux.readable, flags: 0) }
        // Shut by the program itself, or its stack is gone: then a new socket is to be made.
        guard count > 0 else { return .failed(count < 0 ? Int32(truncatingIfNeeded: -count) : isOrphan(path) ? ENETDOWN : EINVAL) }
        guard count == MemoryLayout<drydock_arrival>.size, arrival.magic == UInt32(DRYDOCK_ARRIVAL_MAGIC), descriptor >= 0 else {
            if descriptor >= 0 { _ = program_close(descriptor) }
            // Without a descriptor there was no number left for it.
            return .failed(descriptor < 0 ? EMFILE : EPROTO)
        }
        if unsafe address != nil, let error = unsafe Address.give(arrival.peer, to: address, length) {
            _ = program_close(descriptor)
            return .failed(error)
        }
        return .done(Int(Self.settle(descriptor, flags)))
    }

    /// shutdown(2).
    public func shutdown(_ path: borrowing StackPath, how: Int32) -> Outcome {
        guard (0...2).contains(how) else { return .failed(EINVAL) }
        // A stack that is gone has nothing to be told, and the end is there all the same.
        if case .failed(let error) = ask(path, call(DRYDOCK_CALL_SHUTDOWN, a: how), over: .failed(ENOTCONN)), error != ENETDOWN { return .failed(error) }
        return Outcome(Int(program_shutdown(descriptor, how)))
    }

    public enum Side: Sendable { case local, peer }

    /// getsockname(2) and getpeername(2).
    public func name(
        _ path: borrowing StackPath, of side: Side, _ address: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>?
    ) -> Outcome {
        switch names(path) {
        case .failed(let error): return .failed(error)
        case .names(let local, let peer):
            let wanted = side == .local ? local : peer
            guard wanted.family != 0 else { return .failed(side == .local ? EINVAL : ENOTCONN) }
            if let error = unsafe Address.give(wanted, to: address, length) { return .failed(error) }
            return .done(0)
        }
    }

    enum Names { case names(local: drydock_address, peer: drydock_address), failed(Int32) }

    func names(_ path: borrowing StackPath) -> Names {
        switch Call.ask(path, call(DRYDOCK_CALL_NAMES)) {
        case .failed(let error): return .failed(error)
        case .answer(var answer, _):
            if answer.error == EBADF {
                // Closed by the stack: it had a name, which nobody knows any more.
                answer = drydock_answer()
                answer.local.family = Linux.inet
            }
            return answer.error == 0 ? .names(local: answer.local, peer: answer.peer) : .failed(answer.error)
        }
    }

    /// The pending error, now taken; 0: none, or nobody who knows.
    public func takeError(_ path: borrowing StackPath) -> Int32 {
        switch Call.ask(path, call(DRYDOCK_CALL_ERROR)) {
        case .failed(ENETDOWN): return takeLoss()
        case .answer(let answer, _) where answer.error == 0:
            forgetFailure(answer.value)
            return answer.value
        case .failed, .answer: return 0
        }
    }

    /// What the end of its stack is to this socket: a connection is reset, which is told once, as any reset is.
    func takeLoss() -> Int32 {
        let mark = mark
        guard kind == .stream, mark != DRYDOCK_MARK_LISTENER else { return ENETDOWN }
        guard mark != DRYDOCK_MARK_LOST else { return 0 }
        setMark(DRYDOCK_MARK_LOST)
        return ECONNRESET
    }

    /// Whether the stack that made it is gone.
    private func isOrphan(_ path: borrowing StackPath) -> Bool {
        guard case .failed(ENETDOWN) = Call.ask(path, call(DRYDOCK_CALL_ERROR)) else { return false }
        return true
    }

    /// An attempt to connect that has failed took its filler with it: the next one writes its own.
    func forgetFailure(_ error: Int32) {
        if error != 0, mark == DRYDOCK_MARK_CONNECTING, kind == .stream { setMark(DRYDOCK_MARK_NONE) }
    }
}
