/// What a frame carries: the type field of Ethernet II. IEEE 802.3 §3.2.6.
@frozen public struct EtherType: RawRepresentable, Equatable, Hashable, Sendable {
    public var rawValue: UInt16
    @inline(always) public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inline(always) public static var ipv4: Self { Self(rawValue: 0x0800) }
    @inline(always) public static var arp: Self { Self(rawValue: 0x0806) }
    /// The customer tag of IEEE 802.1Q.
    @inline(always) public static var vlan: Self { Self(rawValue: 0x8100) }
    /// The service tag of IEEE 802.1Q (802.1ad).
    @inline(always) public static var serviceVLAN: Self { Self(rawValue: 0x88a8) }
    @inline(always) public static var ipv6: Self { Self(rawValue: 0x86dd) }

    /// At most 1500: a length, and an LLC header follows. IEEE 802.3 §3.2.6 (a).
    @inline(always) public var isLength: Bool { rawValue <= 1500 }
    /// 1501...1535: neither a length nor a type.
    @inline(always) public var isUndefined: Bool { rawValue > 1500 && rawValue < 1536 }
    @inline(always) public var isTag: Bool { self == .vlan || self == .serviceVLAN }
}

extension EtherType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .ipv4: "IPv4"
        case .arp: "ARP"
        case .vlan: "VLAN"
        case .serviceVLAN: "service VLAN"
        case .ipv6: "IPv6"
        default: isLength ? "LLC length \(rawValue)" : "type \(hexadecimal(rawValue))"
        }
    }
}

/// The control field of a VLAN tag. IEEE 802.1Q §9.6.
@frozen public struct VLANTag: Equatable, Hashable, Sendable {
    /// Priority (3 bits), drop eligible (1 bit), identifier (12 bits).
    public let rawValue: UInt16

    @inline(always) public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// - Parameters:
    ///   - identifier: 0 (priority only) to 4094; 4095 is reserved.
    ///   - priority: 0...7.
    /// - Returns: nil for a value out of range.
    @inlinable public init?(identifier: UInt16, priority: UInt8 = 0, dropEligible: Bool = false) {
        guard identifier < 4095, priority < 8 else { return nil }
        rawValue = UInt16(priority) &<< 13 | (dropEligible ? 0x1000 : 0) | identifier
    }

    @inline(always) public var identifier: UInt16 { rawValue & 0xfff }
    @inline(always) public var priority: UInt8 { UInt8(truncatingIfNeeded: rawValue &>> 13) }
    @inline(always) public var isDropEligible: Bool { rawValue & 0x1000 != 0 }
}
