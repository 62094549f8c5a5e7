import CCalls
import CProgram

extension ProgramSocket {
    /// connect(2).
    ///
    /// A stream that waits gives `.answer`; one that does not is EINPROGRESS, and is not writable until it is open.
    /// A datagram socket is connected at once.
    ///
    /// - Parameter bare: datagrams without headers from now on, so that read and write need nobody's help: what the notifier
    ///   wants. What was queued before is thrown away.
    public func connect(_ path: borrowing StackPath, _ address: UnsafeRawPointer?, _ length: UInt32, bare: Bool = false) -> Outcome {
        let to: drydock_address
        switch unsafe Address.read(address, length) {
        case .refused(let error): return .failed(error)
        case .address(let address): to = address
        }
        return kind == .stream ? connectStream(path, to) : connectDatagrams(path, to, bare: bare)
    }

    private func connectStream(_ path: borrowing StackPath, _ to: drydock_address) -> Outcome {
        let mark = mark
        guard mark != DRYDOCK_MARK_LISTENER else { return .failed(EISCONN) }
        var call = call(DRYDOCK_CALL_CONNECT)
        call.address = to
        guard isNonBlocking else {
            call.a = Int32(DRYDOCK_CONNECT_WAIT)
            switch Call.start(path, call) {
            case .failed(let error): return .failed(error)
            case .started(let connection): return .answer(descriptor: connection)
            }
        }
        if mark != DRYDOCK_MARK_CONNECTING, to.family != 0 {
            // Before the call: from its answer on, what is written is meant.
            setMark(DRYDOCK_MARK_CONNECTING)
            call.b = fill()
        }
        let outcome = ask(path, call)
        switch outcome {
        case .failed(EINPROGRESS), .failed(EALREADY), .failed(EISCONN), .done: break
        // Nothing was begun, and the filler is gone: the next attempt writes its own.
        default: setMark(DRYDOCK_MARK_NONE)
        }
        return outcome
    }

    /// Writes what nobody will read, until poll does not call this end writable.
    ///
    /// - Returns: octets written.
    private func fill() -> Int32 {
        let junk = [4096 of UInt8](repeating: 0)
        var written: Int32 = 0
        // The kernel's default of 208 KiB counts its own overhead, and is writable up to a quarter: 56 KiB do. More where an
        // administrator has set more; 16 MiB is past any bound.
        for _ in 0..<4096 {
            if written >= 56 << 10, program_poll(descriptor, Linux.writable, 0) & Int32(Linux.writable) == 0 { break }
            let sent = unsafe withUnsafeBytes(of: junk) {
                unsafe program_send_headed(descriptor, $0.baseAddress, $0.count, nil, 0, Linux.dontWait | Linux.noSignal)
            }
            guard sent > 0 else { break }
            written += Int32(truncatingIfNeeded: sent)
        }
        return written
    }

    /// The answer of an `.answer`. Closes the connection, unless it has to wait for more.
    ///
    /// - Parameter waits: true: the kernel waits, without a bound or within the connection's SO_RCVTIMEO, which ends with EINPROGRESS.
    public static func finish(_ connection: Int32, waits: Bool) -> Outcome {
        let result = Call.finish(connection, within: nil, flags: waits ? 0 : Linux.dontWait)
        if case .failed(EAGAIN) = result, !waits { return .answer(descriptor: connection) }
        _ = program_close(connection)
        switch result {
        case .failed(EAGAIN): return .failed(EINPROGRESS)
        case .failed(let error): return .failed(error)
        case .answer(let answer, let descriptor):
            if descriptor >= 0 { _ = program_close(descriptor) }
            return answer.error == 0 ? .done(0) : .failed(answer.error)
        }
    }

    /// What a connected stream's end of data means: an errno that the stack tells once, or 0 for an ordinary end.
    ///
    /// For read and write that got 0 or EPIPE; asks nobody unless the connection is dead in both directions.
    public func endError(_ path: borrowing StackPath) -> Int32 {
        guard program_poll(descriptor, 0, 0) & Int32(Linux.hungUp) != 0 else { return 0 }
        return takeError(path)
    }

    private func connectDatagrams(_ path: borrowing StackPath, _ to: drydock_address, bare: Bool) -> Outcome {
        var call = call(DRYDOCK_CALL_CONNECT)
        call.address = to
        if bare, to.family != 0 {
            call.a = Int32(DRYDOCK_CONNECT_BARE)
            if mark != DRYDOCK_MARK_BARE { discardQueued() }
        }
        let wasBare = mark == DRYDOCK_MARK_BARE
        let outcome = ask(path, call)
        guard case .done = outcome else { return outcome }
        if call.a != 0 {
            setMark(DRYDOCK_MARK_BARE)
        } else if wasBare {
            discardQueued()
            setMark(isInet6(path) ? DRYDOCK_MARK_INET6 : DRYDOCK_MARK_NONE)
        }
        return outcome
    }

    private func discardQueued() {
        var octet: UInt8 = 0
        // SAFETY: one octet of room; the rest of each message is cut off by the kernel. Bounded: a flood does not hold us.
        for _ in 0..<4096 {
            var cut: Int32 = 0
            guard unsafe program_receive_headed(descriptor, &octet, 1, nil, 0, Linux.dontWait, &cut) > 0 else { return }
        }
    }

    private func isInet6(_ path: borrowing StackPath) -> Bool {
        guard case .names(let local, _) = names(path) else { return false }
        return local.family == Linux.inet6
    }
}
