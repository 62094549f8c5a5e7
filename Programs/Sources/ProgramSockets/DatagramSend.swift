import CCalls
public import CProgram

extension ProgramSocket {
    /// sendmsg(2) on a datagram or raw socket; sendto and send are made of it.
    ///
    /// - Parameter waits: true: the kernel waits, as in sendmsg itself; false: `.wait` says for what.
    public func send(_ message: UnsafePointer<msghdr>, flags: Int32, waits: Bool) -> Outcome {
        if flags & (Linux.urgent | Linux.more | Linux.fastOpen) != 0 { return .failed(EOPNOTSUPP) }
        let mark = mark, asked = flags & Linux.dontWait | Linux.noSignal | (waits ? 0 : Linux.dontWait)
        if mark == DRYDOCK_MARK_BARE { return unsafe sendBare(message, flags: asked, given: flags, waits: waits) }
        var header = drydock_datagram()
        header.family = mark == DRYDOCK_MARK_INET6 || mark == DRYDOCK_MARK_ICMP6 ? UInt8(DRYDOCK_DATAGRAM_INET6) : UInt8(Linux.inet)
        if unsafe message.pointee.msg_name != nil, let error = unsafe address(message, &header) { return .failed(error) }
        if let error = unsafe Control.read(message.pointee.msg_control, Int(message.pointee.msg_controllen), into: &header) { return .failed(error) }
        guard unsafe message.pointee.msg_iovlen <= Linux.mostPieces, unsafe Self.room(message) <= Self.longest(mark) else { return .failed(EMSGSIZE) }
        // SAFETY: the header is integers; the pieces are the caller's.
        let count = unsafe withUnsafeBytes(of: header) {
            unsafe program_send_headed(descriptor, $0.baseAddress, $0.count, message.pointee.msg_iov, message.pointee.msg_iovlen, asked)
        }
        if count == -Int(EAGAIN), !waits { return wouldBlock(Linux.writable, flags: flags) }
        // A stack closes no socket of a program that lives: it is gone.
        guard count >= 0 else { return .failed(Self.isOver(count) ? ENETDOWN : Int32(truncatingIfNeeded: -count)) }
        return .done(max(0, count - Int(DRYDOCK_DATAGRAM_HEADER)))
    }

    /// The stack's end is closed.
    private static func isOver(_ count: Int) -> Bool { count == -Int(EPIPE) || count == -Int(ECONNRESET) }

    /// Octets of an IP packet's payload, without UDP's header.
    private static func longest(_ mark: Int32) -> Int { mark == DRYDOCK_MARK_ICMP || mark == DRYDOCK_MARK_ICMP6 ? 65_515 : 65_507 }

    private func address(_ message: UnsafePointer<msghdr>, _ header: inout drydock_datagram) -> Int32? {
        let isLong = header.family == UInt8(DRYDOCK_DATAGRAM_INET6)
        switch unsafe Address.read(message.pointee.msg_name, message.pointee.msg_namelen) {
        case .refused(let error): return error
        case .address(let to):
            guard to.family != 0 else { return EAFNOSUPPORT }
            guard isLong || to.family == Linux.inet else { return EAFNOSUPPORT }
            header.port = to.port
            if to.scope != 0 { header.interface = to.scope }
            (header.high, header.low) = to.numbers
            if isLong, to.family == Linux.inet {
                // IPv4 through an IPv6 socket. RFC 4291 §2.5.5.2
                (header.high, header.low) = (0, 0xffff << 32 | header.high)
            }
            // Nowhere in particular is this host, as Linux has it; in a header it would be the connected peer.
            if to.isAny { (header.high, header.low) = isLong ? (0, 1) : (0x7f00_0001, 0) }
        }
        return nil
    }

    private func sendBare(_ message: UnsafePointer<msghdr>, flags: Int32, given: Int32, waits: Bool) -> Outcome {
        // Without a header there is no place for another address.
        guard unsafe message.pointee.msg_name == nil else { return .failed(EISCONN) }
        var copy = unsafe message.pointee
        unsafe (copy.msg_control, copy.msg_controllen) = (nil, 0)
        let count = unsafe program_send_message(descriptor, &copy, flags)
        if count == -Int(EAGAIN), !waits { return wouldBlock(Linux.writable, flags: given) }
        return Self.isOver(count) ? .failed(ENETDOWN) : Outcome(count)
    }
}
