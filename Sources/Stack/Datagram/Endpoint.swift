public import Rings
public import Wire

/// What a datagram endpoint speaks.
public enum EndpointKind: Hashable, Sendable {
    case udp
    /// Whole payloads of one IP protocol: ICMP for `ping`. A bound port is the echo identifier it wants.
    case raw(IPProtocol)
}

/// Where a datagram comes from or goes to.
public struct EndpointAddress: Hashable, Sendable {
    public var address: IPAddress
    public var port: UInt16
    public init(_ address: IPAddress, _ port: UInt16) { (self.address, self.port) = (address, port) }
    public static func anyIPv4(_ port: UInt16) -> Self { Self(IPAddress(.unspecified as IPv4Address), port) }
    public static func anyIPv6(_ port: UInt16) -> Self { Self(.unspecified, port) }
}

/// How an endpoint behaves; socket options end here.
public struct EndpointOptions: Hashable, Sendable {
    public var timeToLive: UInt8 = 64
    /// RFC 1112 §6.1: one, unless the sender says otherwise.
    public var groupTimeToLive: UInt8 = 1
    public var trafficClass = TrafficClass.normal
    /// May send to broadcast addresses.
    public var mayBroadcast = false
    /// Broadcasts name nobody as their source, 0.0.0.0, whatever addresses there are. RFC 2131 §4.1.
    public var isUnnamed = false
    /// May share its address and port with others that say so too.
    public var isShared = false
    /// Of several that share an address and a port in this way, each peer is always served by the same one.
    public var sharesLoad = false
    /// Of one datagram: the address of ours that it is sent from; nil: the endpoint's own, or the route's.
    public var source: IPAddress?
    /// Never fragment; too long is an error.
    public var dontFragment = false
    /// Own datagrams to a group that this host belongs to come back.
    public var loopsGroups = true
    /// Only by this interface.
    public var interface: InterfaceIndex?
    /// Groups go out by this interface.
    public var groupInterface: InterfaceIndex?
    /// An IPv6 wildcard endpoint does not take IPv4. RFC 3493 §5.3.
    public var isIPv6Only = false
    public init() {}
}

/// What arrived with a datagram.
public struct DatagramMetadata: Equatable, Sendable {
    public internal(set) var source: EndpointAddress
    public internal(set) var destination: EndpointAddress
    public internal(set) var interface: InterfaceIndex
    public internal(set) var timeToLive: UInt8
    public internal(set) var trafficClass: TrafficClass
    public internal(set) var arrived: Instant
    /// Octets of IP header that still lie in front of a raw datagram: `packet.prepend` brings them back.
    public internal(set) var headerOctets: Int
}

/// A datagram taken from an endpoint: the packet's octets are the payload.
///
/// Payloads that outgrow a large slot lie in a 64 KiB slot of `DatagramMemory`; a reader cannot tell, except by length.
public struct ReceivedDatagram: ~Copyable {
    public var packet: Packet
    public let metadata: DatagramMetadata
}

/// An error that reached an endpoint from the network.
public struct EndpointError: Equatable, Sendable {
    public enum Cause: UInt8, Sendable {
        case networkUnreachable, hostUnreachable, protocolUnreachable, portUnreachable, messageTooLong
        case prohibited, timeExceeded, parameterProblem
    }
    public internal(set) var cause: Cause
    /// Whom the datagram was for.
    public internal(set) var destination: EndpointAddress
    /// Who says so.
    public internal(set) var reporter: IPAddress
    /// Octets that pass, with `messageTooLong`; else zero.
    public internal(set) var mtu: Int
}

/// Why a call on an endpoint failed. Closed; the process turns each case into its error number and sentence.
public enum EndpointFailure: Error, Hashable, Sendable, CaseIterable {
    case noSuchEndpoint, tableFull, addressInUse, addressNotOurs, portsExhausted, alreadyBound, familyOff, noSuchInterface
    case notAGroup, groupListFull, notJoined, notConnected
}

/// Why a datagram was not sent.
public enum SendError: Error, Hashable, Sendable, CaseIterable {
    case noSuchEndpoint, destinationRequired, familyOff, networkUnreachable, interfaceDown, addressNotAvailable
    case prohibited, messageTooLong, wouldBlock, noMemory, broadcastRefused, portsExhausted, badDestination
}

struct EndpointGroup { var group = IPAddress.unspecified, interface = -1 }

/// One datagram endpoint.
struct DatagramEndpoint: ~Copyable {
    static let greatestGroups = 20
    var kind = EndpointKind.udp
    var generation: UInt16 = 0
    var isIPv6 = false
    var isBound = false, isConnected = false
    var local = EndpointAddress(.unspecified, 0)
    var remote = EndpointAddress(.unspecified, 0)
    var options = EndpointOptions()
    var received = Ring<ReceivedDatagram>(capacity: 1)
    var receivedOctets = 0
    var errors: [8 of EndpointError?] = .init(repeating: nil)
    var errorCount = 0
    var groups: [20 of EndpointGroup] = .init(repeating: EndpointGroup())
    var groupCount = 0
    /// A send was refused for want of room.
    var wantsSpace = false
    /// Datagrams that found no room.
    var overflows: UInt64 = 0
    /// The next raw endpoint, plus one.
    var nextRaw: UInt32 = 0

    func hears(_ group: IPAddress, _ interface: Int) -> Bool {
        for k in 0..<groupCount where groups[k].group == group && groups[k].interface == interface { return true }
        return false
    }
}

extension EndpointError.Cause {
    /// What an ICMP error means to whoever sent. RFC 1122 §4.2.3.9's split, used for datagrams.
    init?(_ message: ICMPv4Message) {
        switch message {
        case .unreachable(let reason, _):
            switch reason {
            case .network, .networkUnknown, .networkForService, .sourceRouteFailed: self = .networkUnreachable
            case .host, .hostUnknown, .sourceHostIsolated, .hostForService: self = .hostUnreachable
            case .protocol: self = .protocolUnreachable
            case .port: self = .portUnreachable
            case .fragmentationNeeded: self = .messageTooLong
            case .networkProhibited, .hostProhibited, .communicationProhibited, .hostPrecedence, .precedenceCutoff:
                self = .prohibited
            }
        case .timeExceeded: self = .timeExceeded
        case .parameterProblem: self = .parameterProblem
        case .echo, .echoReply, .redirect, .timestamp, .timestampReply: return nil
        }
    }
}
