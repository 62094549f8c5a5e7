public import Wire

/// What precedes each datagram on a socket's descriptor: 56 octets, host order, the same both ways.
///
///     0      1    2    3      4      6       8           12   16          24           40         56
///     +------+----+----+------+------+-------+-----------+----+-----------+------------+----------+
///     |family|hop |tos |flags | port | error | interface | 0  | time (ns) | address    | local    |
///     +------+----+----+------+------+-------+-----------+----+-----------+------------+----------+
///
/// Family is 2 (inet) or 24 (inet6), of both addresses.
public struct DatagramHeader: Equatable, Sendable {
    public static let octets = 56
    /// The largest datagram: 65 507 octets of UDP payload, or an ICMP message of 65 515.
    public static let largestPayload = 65_515

    public enum Address: Equatable, Sendable {
        case v4(IPv4Address)
        case v6(IPv6Address)
    }
    public struct Flags: OptionSet, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// No datagram: an asynchronous error (`error`, an errno) about what was sent to `address`.
        public static let error = Flags(rawValue: 1)
        public static let dontFragment = Flags(rawValue: 2)
        /// To send: a broadcast that names 0.0.0.0 as its source. RFC 2131 §4.1.
        public static let unnamed = Flags(rawValue: 4)
    }
    public var address: Address
    /// Received: the address that the datagram came to. To send: the address of this host to send from; nil: chosen by the route.
    public var local: Address?
    public var port: UInt16
    /// Received: what the packet carried. To send: 0 means the socket's default.
    public var hopLimit: UInt8
    public var typeOfService: UInt8
    public var flags: Flags
    /// errno with `.error`, else 0.
    public var error: UInt16
    /// 0: any.
    public var interface: UInt32
    /// Monotonic nanoseconds at which the frame was received by the stack; 0 to send.
    public var time: UInt64

    public init(address: Address, port: UInt16 = 0, hopLimit: UInt8 = 0, typeOfService: UInt8 = 0, flags: Flags = [],
                error: UInt16 = 0, interface: UInt32 = 0, time: UInt64 = 0, local: Address? = nil) {
        self.local = local
        (self.address, self.port, self.hopLimit, self.typeOfService) = (address, port, hopLimit, typeOfService)
        (self.flags, self.error, self.interface, self.time) = (flags, error, interface, time)
    }
}

extension DatagramHeader {
    /// The header as it travels.
    public func write(into out: inout MutableRawSpan) {
        let family: UInt8 = if case .v4 = address { 2 } else { 24 }
        let (high, low) = address.numbers, own = local?.numbers ?? (high: 0, low: 0)
        out.storeBytes(of: family, toByteOffset: 0, as: UInt8.self)
        out.storeBytes(of: hopLimit, toByteOffset: 1, as: UInt8.self)
        out.storeBytes(of: typeOfService, toByteOffset: 2, as: UInt8.self)
        out.storeBytes(of: flags.rawValue, toByteOffset: 3, as: UInt8.self)
        out.storeBytes(of: port, toByteOffset: 4, as: UInt16.self)
        out.storeBytes(of: error, toByteOffset: 6, as: UInt16.self)
        out.storeBytes(of: interface, toByteOffset: 8, as: UInt32.self)
        out.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
        out.storeBytes(of: time, toByteOffset: 16, as: UInt64.self)
        out.storeBytes(of: high, toByteOffset: 24, as: UInt64.self)
        out.storeBytes(of: low, toByteOffset: 32, as: UInt64.self)
        out.storeBytes(of: own.high, toByteOffset: 40, as: UInt64.self)
        out.storeBytes(of: own.low, toByteOffset: 48, as: UInt64.self)
    }

    /// - Returns: nil when there are fewer than 56 octets or the family is none of ours.
    public init?(_ span: RawSpan) {
        guard span.byteCount >= Self.octets else { return nil }
        // SAFETY: every load is of an integer and below the count just checked.
        func load<T: BitwiseCopyable>(_ offset: Int, _: T.Type) -> T { unsafe span.unsafeLoadUnaligned(fromByteOffset: offset, as: T.self) }
        let high = load(24, UInt64.self), low = load(32, UInt64.self)
        let ownHigh = load(40, UInt64.self), ownLow = load(48, UInt64.self), hasOwn = ownHigh | ownLow != 0
        switch load(0, UInt8.self) {
        case 2:
            address = .v4(IPv4Address(UInt32(truncatingIfNeeded: high)))
            local = hasOwn ? .v4(IPv4Address(UInt32(truncatingIfNeeded: ownHigh))) : nil
        case 24:
            address = .v6(IPv6Address(high: high, low: low))
            local = hasOwn ? .v6(IPv6Address(high: ownHigh, low: ownLow)) : nil
        default: return nil
        }
        (hopLimit, typeOfService) = (load(1, UInt8.self), load(2, UInt8.self))
        flags = Flags(rawValue: load(3, UInt8.self))
        (port, error) = (load(4, UInt16.self), load(6, UInt16.self))
        (interface, time) = (load(8, UInt32.self), load(16, UInt64.self))
    }
}

extension DatagramHeader.Address {
    /// As they travel: IPv4 in the first.
    fileprivate var numbers: (high: UInt64, low: UInt64) {
        switch self {
        case .v4(let v4): (UInt64(v4.value), 0)
        case .v6(let v6): (v6.high, v6.low)
        }
    }
}
