import CCalls
public import CProgram

extension ProgramSocket {
    /// recvmsg(2) on a datagram or raw socket; recvfrom and recv are made of it.
    ///
    /// A message with an error in it is the failure of this call. An end without an error is `.done(0)`.
    ///
    /// - Parameter message: memory of this process. Its lengths and flags are set as recvmsg sets them.
    /// - Parameter waits: true: the kernel waits, as in recvmsg itself; false: `.wait` says for what.
    public func receive(
        _ path: borrowing StackPath, _ message: UnsafeMutablePointer<msghdr>, flags: Int32, _ companions: Companions, waits: Bool
    ) -> Outcome {
        if flags & Linux.urgent != 0 { return .failed(EOPNOTSUPP) }
        if flags & Linux.errorQueue != 0 { return unsafe receiveError(message) }
        if mark == DRYDOCK_MARK_BARE { return unsafe receiveBare(path, message, flags: flags, waits: waits) }
        var header = drydock_datagram(), isCut: Int32 = 0
        let asked = flags & (Linux.peek | Linux.dontWait) | (waits ? 0 : Linux.dontWait)
        // SAFETY: the header is integers; the pieces are the caller's.
        let count = unsafe withUnsafeMutableBytes(of: &header) {
            unsafe program_receive_headed(descriptor, $0.baseAddress, $0.count, message.pointee.msg_iov, message.pointee.msg_iovlen, asked, &isCut)
        }
        if count == -Int(EAGAIN), !waits { return wouldBlock(Linux.readable, flags: flags) }
        guard count > 0 else { return Self.isEnd(count) ? ended(path) : .failed(Int32(truncatingIfNeeded: -count)) }
        guard count >= Int(DRYDOCK_DATAGRAM_HEADER) else { return .failed(EPROTO) }
        if header.flags & UInt8(DRYDOCK_DATAGRAM_IS_ERROR) != 0 {
            // An error is told once, also to one who only looks.
            if flags & Linux.peek != 0 { _ = takeHeader() }
            return .failed(Int32(header.error))
        }
        unsafe give(header, companions, to: message)
        unsafe message.pointee.msg_flags |= isCut != 0 ? Linux.cut : 0
        let length = count - Int(DRYDOCK_DATAGRAM_HEADER)
        return .done(flags & Linux.cut != 0 ? length : min(length, unsafe Self.room(message)))
    }

    /// The stack's end is closed; a kernel says so in one of two ways.
    private static func isEnd(_ count: Int) -> Bool { count == 0 || count == -Int(ECONNRESET) }

    private func ended(_ path: borrowing StackPath) -> Outcome {
        switch Call.ask(path, call(DRYDOCK_CALL_ERROR)) {
        case .failed(let error): return .failed(error)
        case .answer(let answer, _): return answer.error == 0 && answer.value != 0 ? .failed(answer.value) : .done(0)
        }
    }

    /// Takes one message without its payload.
    private func takeHeader() -> drydock_datagram? {
        var header = drydock_datagram(), isCut: Int32 = 0
        // SAFETY: as above.
        let count = unsafe withUnsafeMutableBytes(of: &header) { unsafe program_receive_headed(descriptor, $0.baseAddress, $0.count, nil, 0, Linux.dontWait, &isCut) }
        return count >= Int(DRYDOCK_DATAGRAM_HEADER) ? header : nil
    }

    /// Octets that a message's pieces can take.
    static func room(_ message: UnsafePointer<msghdr>) -> Int {
        var room = 0
        // SAFETY: msg_iovlen pieces are there, as the kernel has just seen, or will see before they are used.
        let count = unsafe message.pointee.msg_iovlen
        for index in 0..<count { room &+= unsafe message.pointee.msg_iov[index].iov_len }
        return room
    }

    /// Sets the name and the control part.
    private func give(_ header: drydock_datagram, _ companions: Companions, to message: UnsafeMutablePointer<msghdr>) {
        unsafe giveName(drydock_address(header), to: message)
        var writer = unsafe Control.Writer(message.pointee.msg_control, room: Int(message.pointee.msg_controllen))
        if !companions.isEmpty { write(header, companions, to: &writer) }
        unsafe message.pointee.msg_controllen = .init(writer.used)
        unsafe message.pointee.msg_flags = writer.isCut ? Linux.controlCut : 0
    }

    private func giveName(_ address: drydock_address, to message: UnsafeMutablePointer<msghdr>) {
        guard let name = unsafe message.pointee.msg_name else { return }
        unsafe message.pointee.msg_namelen = unsafe Address.give(address, to: name, room: Int(message.pointee.msg_namelen))
    }

    private func write(_ header: drydock_datagram, _ companions: Companions, to writer: inout Control.Writer) {
        let isLong = header.family == UInt8(DRYDOCK_DATAGRAM_INET6)
        if companions.contains(.time) {
            // The stack's clock is monotonic, the program's expectation is the time of day; the difference is now's.
            writer.put(Linux.socket, Linux.timestamp, program_time_of_day(Int64(bitPattern: header.time)))
        }
        if companions.contains(.interface) {
            // struct in6_pktinfo and in_pktinfo, in which the address to answer from stands first.
            if isLong { writer.put(Linux.ipv6, Linux.packetInfo6, (header.local_high.bigEndian, header.local_low.bigEndian, header.interface)) }
            else {
                let own = UInt32(truncatingIfNeeded: header.local_high).bigEndian
                writer.put(Linux.ip, Linux.packetInfo, (header.interface, own, own))
            }
        }
        if companions.contains(.hopLimit) {
            writer.put(isLong ? Linux.ipv6 : Linux.ip, isLong ? Linux.hopLimit : Linux.timeToLive, Int32(header.hop_limit))
        }
        if companions.contains(.trafficClass) {
            if isLong { writer.put(Linux.ipv6, Linux.trafficClass, Int32(header.type_of_service)) }
            else { writer.put(Linux.ip, Linux.typeOfService, header.type_of_service) }
        }
    }

    /// Connected and without headers: the kernel does it all but the name.
    private func receiveBare(_ path: borrowing StackPath, _ message: UnsafeMutablePointer<msghdr>, flags: Int32, waits: Bool) -> Outcome {
        var copy = unsafe message.pointee
        unsafe (copy.msg_name, copy.msg_namelen, copy.msg_control, copy.msg_controllen) = (nil, 0, nil, 0)
        let count = unsafe program_receive_message(descriptor, &copy, flags | (waits ? 0 : Linux.dontWait))
        if count == -Int(EAGAIN), !waits { return wouldBlock(Linux.readable, flags: flags) }
        guard count > 0 else { return Self.isEnd(count) ? ended(path) : .failed(Int32(truncatingIfNeeded: -count)) }
        unsafe message.pointee.msg_flags = copy.msg_flags
        unsafe message.pointee.msg_controllen = 0
        if unsafe message.pointee.msg_name != nil, case .names(_, let peer) = names(path) { unsafe giveName(peer, to: message) }
        return .done(count)
    }
}

extension ProgramSocket {
    /// MSG_ERRQUEUE: the error at the head of the queue, with what it is about. RFC 1122 §4.1.3.3; ip(7), IP_RECVERR.
    private func receiveError(_ message: UnsafeMutablePointer<msghdr>) -> Outcome {
        var header = drydock_datagram(), isCut: Int32 = 0
        // SAFETY: as above.
        let count = unsafe withUnsafeMutableBytes(of: &header) {
            unsafe program_receive_headed(descriptor, $0.baseAddress, $0.count, nil, 0, Linux.dontWait | Linux.peek, &isCut)
        }
        guard mark != DRYDOCK_MARK_BARE, count >= Int(DRYDOCK_DATAGRAM_HEADER), header.flags & UInt8(DRYDOCK_DATAGRAM_IS_ERROR) != 0, takeHeader() != nil else {
            return .failed(EAGAIN)
        }
        unsafe giveName(drydock_address(header), to: message)
        let isLong = header.family == UInt8(DRYDOCK_DATAGRAM_INET6)
        var writer = unsafe Control.Writer(message.pointee.msg_control, room: Int(message.pointee.msg_controllen))
        // struct sock_extended_err of origin local (1), and no offender.
        let about = (UInt32(header.error), UInt8(1), UInt8(0), UInt8(0), UInt8(0), UInt32(0), UInt32(0), UInt64(0), UInt64(0))
        writer.put(isLong ? Linux.ipv6 : Linux.ip, isLong ? Linux.receiveError6 : Linux.receiveError, about)
        unsafe message.pointee.msg_controllen = .init(writer.used)
        unsafe message.pointee.msg_flags = Linux.errorQueue | (writer.isCut ? Linux.controlCut : 0)
        return .done(0)
    }
}
