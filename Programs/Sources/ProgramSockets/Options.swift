import CCalls
import CProgram

/// What a program wants beside its datagrams (IP_PKTINFO and its like). It is made here, of the header; the stack does not
/// know of it, and the socket cannot keep it: who calls does, by socket.
public struct Companions: OptionSet, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let interface = Companions(rawValue: 1)
    public static let hopLimit = Companions(rawValue: 2)
    public static let trafficClass = Companions(rawValue: 4)
    public static let time = Companions(rawValue: 8)

    /// - Returns: nil when the option is none of these.
    public init?(level: Int32, name: Int32) {
        switch (level, name) {
        case (Linux.ip, Linux.packetInfo), (Linux.ipv6, Linux.receivePacketInfo6): self = .interface
        case (Linux.ip, Linux.receiveTimeToLive), (Linux.ipv6, Linux.receiveHopLimit): self = .hopLimit
        case (Linux.ip, Linux.receiveTypeOfService), (Linux.ipv6, Linux.receiveTrafficClass): self = .trafficClass
        case (Linux.socket, Linux.timestamp): self = .time
        default: return nil
        }
    }
}

extension ProgramSocket {
    /// Options that are the pair's own business.
    private static func isNative(_ level: Int32, _ name: Int32) -> Bool {
        guard level == Linux.socket else { return false }
        switch name {
        case Linux.receiveTime, Linux.sendTime, Linux.receiveTime64, Linux.sendTime64, Linux.receiveLow: return true
        default: return false
        }
    }

    /// setsockopt(2).
    ///
    /// - Parameter companions: this socket's; changed by the options that are answered here.
    public func setOption(
        _ path: borrowing StackPath, level: Int32, name: Int32, _ value: UnsafeRawPointer?, _ length: UInt32, _ companions: inout Companions
    ) -> Outcome {
        if Self.isNative(level, name) { return Outcome(Int(unsafe program_set_option(descriptor, level, name, value, length))) }
        guard length <= UInt32(Int32.max), Int(length) <= Int(DRYDOCK_CALL_DATA) else { return .failed(EINVAL) }
        if length > 0, unsafe value == nil { return .failed(EFAULT) }
        if let companion = Companions(level: level, name: name), kind == .datagram {
            guard length >= 1, let value = unsafe value else { return .failed(EINVAL) }
            // Some write one octet, most four.
            let isOn = unsafe length >= 4 ? value.loadUnaligned(as: Int32.self) != 0 : value.load(as: UInt8.self) != 0
            if isOn { companions.insert(companion) } else { companions.remove(companion) }
            return .done(0)
        }
        var call = call(DRYDOCK_CALL_SET_OPTION, a: level, b: name)
        call.length = length
        // SAFETY: at most the 256 octets that a call has for it.
        if let value = unsafe value { unsafe withUnsafeMutableBytes(of: &call.data) { unsafe $0.baseAddress!.copyMemory(from: value, byteCount: Int(length)) } }
        return ask(path, call, over: .done(0))
    }

    /// getsockopt(2).
    public func option(
        _ path: borrowing StackPath, level: Int32, name: Int32, _ value: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>?,
        _ companions: Companions
    ) -> Outcome {
        if Self.isNative(level, name) { return Outcome(Int(unsafe program_get_option(descriptor, level, name, value, length))) }
        guard let length = unsafe length else { return .failed(EFAULT) }
        guard let room = Int32(exactly: unsafe length.pointee) else { return .failed(EINVAL) }
        if room > 0, unsafe value == nil { return .failed(EFAULT) }
        let number: Int32
        if let companion = Companions(level: level, name: name), kind == .datagram {
            number = companions.contains(companion) ? 1 : 0
        } else if level == Linux.socket, name == Linux.error {
            switch Call.ask(path, call(DRYDOCK_CALL_ERROR)) {
            case .failed(ENETDOWN): number = takeLoss()
            case .failed(let error): return .failed(error)
            case .answer(let answer, _):
                guard answer.error == 0 || answer.error == EBADF else { return .failed(answer.error) }
                number = answer.value
                forgetFailure(number)
            }
        } else if level == Linux.socket, name == Linux.accepts {
            number = kind == .stream && mark == DRYDOCK_MARK_LISTENER ? 1 : 0
        } else {
            return unsafe askOption(path, level, name, value, length, room)
        }
        unsafe give(number, value, length, room)
        return .done(0)
    }

    private func give(_ number: Int32, _ value: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>, _ room: Int32) {
        let count = min(4, Int(room))
        // SAFETY: the caller has `room` octets at `value`.
        if count > 0 { unsafe withUnsafeBytes(of: number) { unsafe value!.copyMemory(from: $0.baseAddress!, byteCount: count) } }
        unsafe length.pointee = UInt32(count)
    }

    private func askOption(
        _ path: borrowing StackPath, _ level: Int32, _ name: Int32, _ value: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>,
        _ room: Int32
    ) -> Outcome {
        switch Call.ask(path, call(DRYDOCK_CALL_GET_OPTION, a: level, b: name, c: min(room, Int32(DRYDOCK_CALL_DATA)))) {
        case .failed(let error): return .failed(error)
        case .answer(let answer, _):
            if answer.error == ENOPROTOOPT || answer.error == EBADF, level == Linux.socket, let known = known(path, name) {
                unsafe give(known, value, length, room)
                return .done(0)
            }
            guard answer.error == 0 else { return .failed(answer.error == EBADF ? EINVAL : answer.error) }
            let count = min(Int(answer.length), Int(room), Int(DRYDOCK_CALL_DATA))
            // SAFETY: as above; an answer has 256 octets.
            if count > 0 { unsafe withUnsafeBytes(of: answer.data) { unsafe value!.copyMemory(from: $0.baseAddress!, byteCount: count) } }
            unsafe length.pointee = UInt32(count)
            return .done(0)
        }
    }

    /// What can be told from the descriptor and its names, where the stack leaves it to us.
    private func known(_ path: borrowing StackPath, _ name: Int32) -> Int32? {
        switch name {
        case Linux.type: return kind == .stream ? Linux.stream : Linux.datagram
        case Linux.protocol: return kind == .stream ? 6 : 17
        case Linux.domain:
            guard case .names(let local, _) = names(path) else { return nil }
            return Int32(local.family == 0 ? Linux.inet : local.family)
        default: return nil
        }
    }
}
