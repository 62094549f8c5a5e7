public import Wire

/// Which way of the network's capacity a connection looks for.
public enum CongestionAlgorithm: UInt8, Sendable, CaseIterable {
    /// RFC 9438.
    case cubic
    /// RFC 5681, RFC 6582.
    case newReno
}

/// How a stream behaves; socket options end here.
public struct StreamOptions: Hashable, Sendable {
    /// Small segments do not wait for acknowledgments: no Nagle. RFC 9293 §3.7.4 (MUST-17).
    public var noDelay = false
    /// Nothing but full segments leaves until this is off again: `TCP_CORK`.
    public var isCorked = false
    /// A silent peer is asked whether it lives. RFC 9293 §3.8.4: off unless asked for (MUST-25).
    public var keepsAlive = false
    /// Silence before the first probe (MUST-28: no less than two hours unless asked for), between probes, and how many.
    public var keepAliveIdle = Interval.seconds(7200), keepAliveInterval = Interval.seconds(75), keepAliveProbes: UInt8 = 9
    /// How long sent octets may stay unacknowledged; zero: as long as retransmissions last. RFC 5482.
    public var userTimeout = Interval.zero
    /// Octets of buffer that were asked for; nil: grown as the path needs it.
    public var sendBuffer: Int?, receiveBuffer: Int?
    /// No segment sent or asked for is longer than this; zero: as the path allows.
    public var maximumSegment: UInt16 = 0
    public var timeToLive: UInt8 = 64
    public var trafficClass = TrafficClass.normal
    public var congestion = CongestionAlgorithm.cubic
    /// Asks for congestion marks instead of losses. RFC 3168.
    public var usesECN = false
    /// May take a local address and port that closed connections still hold, and (both) that others share.
    public var reusesAddress = false, sharesPort = false
    /// An IPv6 wildcard listener does not take IPv4. RFC 3493 §5.3.
    public var isIPv6Only = false
    /// The owner wants `Event.streamAdvised`. RFC 9293 §3.9.1.8 (SHLD-20).
    public var hearsAdvice = true
    /// Only by this interface.
    public var interface: InterfaceIndex?
    public init() {}
}

/// Which stream: its place, and the generation that keeps a closed one's number from meaning its successor.
public struct StreamID: Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    init(_ position: UInt32, generation: UInt16) { rawValue = position | UInt32(generation) &<< 16 }
    var position: UInt32 { rawValue & 0xffff }
    var generation: UInt16 { UInt16(truncatingIfNeeded: rawValue &>> 16) }
}

/// Why a connection ended, or did not come to be.
public enum StreamError: UInt8, Error, Hashable, Sendable, CaseIterable {
    /// The peer's host answered an opening segment with a reset. RFC 9293 §3.10.7.3.
    case refused
    /// The peer reset the connection.
    case reset
    /// Retransmissions, probes or the user's own limit came to an end.
    case timedOut
    /// The network says that it cannot be reached. RFC 9293 §3.9.2.2.
    case networkUnreachable, hostUnreachable
    case protocolUnreachable, prohibited
    /// This side ended it: an abort, or an address of ours that went away.
    case aborted
}
