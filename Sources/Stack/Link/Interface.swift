internal import Wire
internal import Rings

/// What hardware under an interface can do for the stack.
public struct Capabilities: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// `PacketFlags.insertTransportChecksum` is honoured.
    public static var transmitTransportChecksum: Self { .init(rawValue: 0x01) }
    /// `PacketFlags.vlan` is honoured on transmit.
    public static var insertVLANTag: Self { .init(rawValue: 0x02) }
    /// Tags arrive beside the frame, in `PacketFlags.vlan`. For listing: the stack looks at each frame's flags.
    public static var stripVLANTag: Self { .init(rawValue: 0x04) }
    /// Received checksums are verified in hardware. For listing: the stack looks at each frame's flags.
    public static var receiveChecksum: Self { .init(rawValue: 0x08) }
    /// `PacketFlags.segment` is honoured on transmit, over IPv4 and over IPv6.
    public static var segmentTCP4: Self { .init(rawValue: 0x10) }
    public static var segmentTCP6: Self { .init(rawValue: 0x20) }
}

/// An interface's name: 1...15 octets of ASCII, kept in place.
public struct InterfaceName: Hashable, Sendable, LosslessStringConvertible {
    private var high: UInt64 = 0, low: UInt64 = 0

    /// - Returns: nil unless 1...15 printable ASCII characters without space or slash.
    public init?(_ text: String) {
        guard (1...15).contains(text.utf8.count) else { return nil }
        for (k, octet) in text.utf8.enumerated() {
            guard octet > 0x20, octet < 0x7f, octet != UInt8(ascii: "/") else { return nil }
            if k < 8 { high |= UInt64(octet) << (56 - 8 * UInt64(k)) } else { low |= UInt64(octet) << (56 - 8 * UInt64(k - 8)) }
        }
    }

    init() {}

    public var description: String {
        var text = ""
        for k in 0..<16 {
            let word = k < 8 ? high : low
            let octet = UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64(k & 7)))
            if octet == 0 { break }
            text.unicodeScalars.append(Unicode.Scalar(octet))
        }
        return text
    }
}

/// What an interface has carried; `ifconfig -v` and `netstat -i`.
public struct InterfaceCounters: Equatable, Sendable {
    public internal(set) var receivedFrames: UInt64 = 0, receivedOctets: UInt64 = 0
    public internal(set) var receivedGroupFrames: UInt64 = 0
    public internal(set) var receiveDrops: UInt64 = 0
    public internal(set) var sentFrames: UInt64 = 0, sentOctets: UInt64 = 0, sentGroupFrames: UInt64 = 0
    public internal(set) var transmitDrops: UInt64 = 0
}

/// What an interface is.
public enum InterfaceKind: Hashable, Sendable {
    case loopback
    case ethernet
    /// A tagged part of `parent`. IEEE 802.1Q §9.6.
    case vlan(parent: InterfaceIndex, identifier: UInt16)
}

/// One group address that the driver's filter must pass, and how many protocols want it.
struct GroupFilter {
    var address: MACAddress
    var users: UInt16
}

/// One interface. Every position of the table holds one; `isPresent` says whether it means anything.
struct Interface: ~Copyable {
    static let groups = 64

    var isPresent = false
    var name = InterfaceName()
    var kind = InterfaceKind.ethernet
    var mac = MACAddress.zero
    /// Octets of IP packet.
    var mtu = 1500
    /// Above this the driver cannot carry a frame's payload.
    var greatestMTU = 1500
    var isUp = false
    var hasLink = false
    var isPromiscuous = false
    var isTapped = false
    var capabilities: Capabilities = []
    var counters = InterfaceCounters()
    /// First address in `Stack.addresses`, plus one.
    var firstAddress: UInt32 = 0
    /// Tagged interfaces above this one.
    var vlans = 0
    /// An endpoint was refused for want of room here and wants to hear of it.
    var wantsSpace = false
    var six = InterfaceIPv6()
    var groupCount = 0
    var groups: [64 of GroupFilter] = .init(repeating: GroupFilter(address: .zero, users: 0))
    /// Complete frames for the driver.
    var transmit = PacketQueue(capacity: 1)

    var isLoopback: Bool { kind == .loopback }

    /// Whether a frame to `group` is for us.
    func hears(_ group: MACAddress) -> Bool {
        for k in 0..<groupCount where groups[k].address == group { return true }
        return false
    }

    /// - Returns: whether the list changed; nil when it is full.
    mutating func addGroup(_ group: MACAddress) -> Bool? {
        for k in 0..<groupCount where groups[k].address == group {
            groups[k].users += 1
            return false
        }
        guard groupCount < Self.groups else { return nil }
        groups[groupCount] = GroupFilter(address: group, users: 1)
        groupCount += 1
        return true
    }

    /// - Returns: whether the list changed.
    mutating func removeGroup(_ group: MACAddress) -> Bool {
        for k in 0..<groupCount where groups[k].address == group {
            groups[k].users -= 1
            guard groups[k].users == 0 else { return false }
            groupCount -= 1
            groups[k] = groups[groupCount]
            return true
        }
        return false
    }
}
