internal import CProgram
internal import Glibc
internal import ProgramSockets

// Sending and receiving, where an address or control part is involved.
// SAFETY: every pointer is into `scratch` or a local value, and every length is cut to its part's size; the program's own
// addresses are only the kernel's to follow.
extension ProgramCalls {
    func sendTo(_ visit: borrowing Visit) throws(Fault) -> Verdict {
        guard visit.integer(5) >= 0 else { return .refuse(EINVAL) }
        guard let length = Int(exactly: visit.word(2)) else { return .refuse(EINVAL) }
        var message = TheirMessage(name: visit.word(4), nameOctets: min(Int(visit.integer(5)), Scratch.nameOctets))
        message.pieces = [Piece(address: visit.word(1), length: length)]
        return try send(visit, message, flags: visit.integer(3))
    }

    func sendMessage(_ visit: borrowing Visit) throws(Fault) -> Verdict {
        switch try TheirMessage.read(visit.word(1), visit.memory) {
        case .refused(let error): return .refuse(error)
        case .message(let message):
            let flags = visit.integer(2)
            return isPlain(visit, message, flags) ? .letGo : try send(visit, message, flags: flags)
        }
    }

    /// Octets of a stream that go without an address: the kernel moves them, and waits, best itself.
    private func isPlain(_ visit: borrowing Visit, _ message: TheirMessage, _ flags: Int32) -> Bool {
        visit.socket.kind == .stream && message.name == 0 && flags & Linux.errorQueue == 0
    }

    /// Sends one message, as far as it goes without waiting.
    private func send(_ visit: borrowing Visit, _ message: TheirMessage, flags: Int32) throws(Fault) -> Verdict {
        let isStream = visit.socket.kind == .stream
        guard isStream || !message.isTooLong else { return .refuse(EMSGSIZE) }
        guard message.controlOctets <= Scratch.controlOctets else { return .refuse(ENOBUFS) }
        let length = message.length
        unsafe try visit.memory.gather(message.pieces, into: UnsafeMutableRawBufferPointer(rebasing: scratch.payload[..<length]))
        if isStream { return sendStream(visit, length, flags) }
        var local = unsafe msghdr(), piece = unsafe iovec(iov_base: scratch.payload.baseAddress, iov_len: length)
        if message.name != 0 {
            unsafe try visit.memory.read(message.name, into: UnsafeMutableRawBufferPointer(rebasing: scratch.name[..<message.nameOctets]))
            unsafe (local.msg_name, local.msg_namelen) = (scratch.name.baseAddress, UInt32(message.nameOctets))
        }
        if message.control != 0, message.controlOctets > 0 {
            let octets = Int(message.controlOctets)
            unsafe try visit.memory.read(message.control, into: UnsafeMutableRawBufferPointer(rebasing: scratch.control[..<octets]))
            unsafe (local.msg_control, local.msg_controllen) = (scratch.control.baseAddress, octets)
        }
        return unsafe withUnsafeMutablePointer(to: &piece) { piece in
            unsafe (local.msg_iov, local.msg_iovlen) = (piece, 1)
            return unsafe Self.verdict(visit.socket.send(&local, flags: flags, waits: false))
        }
    }

    /// TCP takes no notice of an address.
    private func sendStream(_ visit: borrowing Visit, _ length: Int, _ flags: Int32) -> Verdict {
        let sent = unsafe program_send_headed(
            visit.socket.descriptor, scratch.payload.baseAddress, length, nil, 0, flags & Linux.urgent | Linux.dontWait | Linux.noSignal)
        return wait(visit, sent, flags, Linux.writable)
    }

    private func wait(_ visit: borrowing Visit, _ result: Int, _ flags: Int32, _ events: Int16) -> Verdict {
        if result >= 0 { return .answer(result) }
        guard result == -Int(EAGAIN), flags & Linux.dontWait == 0, !visit.socket.isNonBlocking else { return .refuse(Int32(truncatingIfNeeded: -result)) }
        return .wait(events: events)
    }

    // MARK: receiving

    func receiveFrom(_ visit: borrowing Visit, _ companions: Companions) throws(Fault) -> Verdict {
        guard let length = Int(exactly: visit.word(2)) else { return .refuse(EINVAL) }
        var message = TheirMessage(name: visit.word(4))
        message.pieces = [Piece(address: visit.word(1), length: length)]
        if message.name != 0 {
            guard let room = try visit.memory.room(visit.word(5)) else { return .refuse(EINVAL) }
            message.nameOctets = room
        }
        var result = Received()
        let verdict = try receive(visit, message, visit.integer(3), companions, &result)
        guard let count = verdict.result else { return verdict }
        if message.name != 0 { try visit.memory.store(result.nameOctets, at: visit.word(5)) }
        return .answer(count)
    }

    func receiveMessage(_ visit: borrowing Visit, _ companions: Companions) throws(Fault) -> Verdict {
        switch try TheirMessage.read(visit.word(1), visit.memory) {
        case .refused(let error): return .refuse(error)
        case .message(let message):
            if isPlain(visit, message, visit.integer(2)) { return .letGo }
            return try receive(visit, message, visit.integer(2), companions, at: visit.word(1))
        }
    }

    /// Receives one message, and writes what recvmsg changes in its `struct msghdr`.
    private func receive(
        _ visit: borrowing Visit, _ message: TheirMessage, _ flags: Int32, _ companions: Companions, at address: UInt64
    ) throws(Fault) -> Verdict {
        var result = Received()
        let verdict = try receive(visit, message, flags, companions, &result)
        guard let count = verdict.result else { return verdict }
        if message.name != 0 { try visit.memory.store(result.nameOctets, at: address &+ TheirMessage.nameLengthOffset) }
        try visit.memory.store(UInt64(result.controlOctets), at: address &+ TheirMessage.controlLengthOffset)
        try visit.memory.store(result.flags, at: address &+ TheirMessage.flagsOffset)
        return .answer(count)
    }

    /// What a message brought beside its octets.
    struct Received {
        var nameOctets: UInt32 = 0
        var controlOctets = 0
        var flags: Int32 = 0
    }

    private func receive(
        _ visit: borrowing Visit, _ message: TheirMessage, _ flags: Int32, _ companions: Companions, _ result: inout Received
    ) throws(Fault) -> Verdict {
        var local = unsafe msghdr(), piece = unsafe iovec(iov_base: scratch.payload.baseAddress, iov_len: message.length)
        let isStream = visit.socket.kind == .stream
        if message.name != 0, !isStream {
            unsafe (local.msg_name, local.msg_namelen) = (scratch.name.baseAddress, UInt32(min(message.nameOctets, Scratch.nameOctets)))
        }
        if message.control != 0, !isStream {
            unsafe (local.msg_control, local.msg_controllen) = (scratch.control.baseAddress, min(Int(message.controlOctets), Scratch.controlOctets))
        }
        let verdict: Verdict = unsafe withUnsafeMutablePointer(to: &piece) { piece in
            unsafe (local.msg_iov, local.msg_iovlen) = (piece, 1)
            if isStream { return unsafe receiveStream(visit, &local, flags) }
            return unsafe Self.verdict(visit.socket.receive(path, &local, flags: flags, companions, waits: false))
        }
        guard let count = verdict.result else { return verdict }
        unsafe (result.flags, result.controlOctets) = (local.msg_flags, Int(local.msg_controllen))
        result.nameOctets = unsafe local.msg_name == nil ? 0 : local.msg_namelen
        try deliver(visit, message, min(count, message.length), result)
        return .answer(count)
    }

    private func deliver(_ visit: borrowing Visit, _ message: TheirMessage, _ count: Int, _ result: Received) throws(Fault) {
        unsafe try visit.memory.scatter(UnsafeRawBufferPointer(rebasing: scratch.payload[..<count]), over: message.pieces)
        let name = min(message.nameOctets, Int(result.nameOctets), Scratch.nameOctets)
        if name > 0 { unsafe try visit.memory.write(UnsafeRawBufferPointer(rebasing: scratch.name[..<name]), to: message.name) }
        guard result.controlOctets > 0 else { return }
        unsafe try visit.memory.write(UnsafeRawBufferPointer(rebasing: scratch.control[..<result.controlOctets]), to: message.control)
    }

    private func receiveStream(_ visit: borrowing Visit, _ local: UnsafeMutablePointer<msghdr>, _ flags: Int32) -> Verdict {
        // A stream's errors are told by its reads; there is no queue of them.
        if flags & Linux.errorQueue != 0 { return .refuse(EAGAIN) }
        let count = unsafe program_receive_message(visit.socket.descriptor, local, flags | Linux.dontWait)
        if count == 0 {
            let error = visit.socket.endError(path)
            if error != 0 { return .refuse(error) }
        }
        return wait(visit, count, flags, Linux.readable)
    }
}

// Several messages in one call.
extension ProgramCalls {
    /// UIO_MAXIOV: more are not looked at.
    private func rows(_ visit: borrowing Visit) -> UInt64 { UInt64(min(UInt32(truncatingIfNeeded: visit.word(2)), 1024)) }

    /// A later message that would have to wait ends the call with those that went.
    func sendMessages(_ visit: borrowing Visit) throws(Fault) -> Verdict {
        try each(visit) { (row, isFirst) throws(Fault) in
            switch try TheirMessage.read(row, visit.memory) {
            case .refused(let error): return .refuse(error)
            case .message(let message): return try send(visit, message, flags: visit.integer(3))
            }
        }
    }

    func receiveMessages(_ visit: borrowing Visit, _ companions: Companions) throws(Fault) -> Verdict {
        try each(visit) { (row, isFirst) throws(Fault) in
            switch try TheirMessage.read(row, visit.memory) {
            case .refused(let error): return .refuse(error)
            case .message(let message):
                let flags = visit.integer(3) & ~Linux.waitForOne
                return try receive(visit, message, isFirst ? flags : flags | Linux.dontWait, companions, at: row)
            }
        }
    }

    private func each(_ visit: borrowing Visit, _ one: (UInt64, Bool) throws(Fault) -> Verdict) throws(Fault) -> Verdict {
        // The kernel does a stream's best itself, also many of them.
        if visit.socket.kind == .stream { return .letGo }
        var done: UInt64 = 0
        while done < rows(visit) {
            let row = visit.word(1) &+ done &* TheirMessage.rowOctets
            let verdict: Verdict
            do throws(Fault) { verdict = try one(row, done == 0) } catch {
                if done > 0, error == .badAddress { break }
                throw error
            }
            guard let count = verdict.result else {
                if done > 0 { break }
                return verdict
            }
            try visit.memory.store(UInt32(count), at: row &+ TheirMessage.rowLengthOffset)
            done += 1
        }
        return .answer(Int(done))
    }
}
