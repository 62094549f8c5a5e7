/// Where a datagram comes from or goes to. `address` is text, with a zone for link-local IPv6 (`fe80::1%em0`).
public struct SocketAddress: Codable, Sendable, Equatable {
    public var address: String
    public var port: UInt16
    public init(address: String, port: UInt16 = 0) { (self.address, self.port) = (address, port) }
}

public struct SocketRequest: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        case udp
        /// Raw ICMP or ICMPv6 by family: echo replies and errors arrive, requests are sent.
        case icmp
    }
    public var family: Family
    public var kind: Kind
    public var bind: SocketAddress?
    public var connect: SocketAddress?
    public var options: SocketOptions
    public init(family: Family, kind: Kind, bind: SocketAddress? = nil, connect: SocketAddress? = nil, options: SocketOptions = .init()) {
        (self.family, self.kind, self.bind, self.connect, self.options) = (family, kind, bind, connect, options)
    }
}

/// Options of a datagram socket; nil leaves the default.
public struct SocketOptions: Codable, Sendable, Equatable {
    public var timeToLive: Int?
    public var typeOfService: Int?
    public var dontFragment: Bool?
    public var broadcast: Bool?
    public var interface: String?
    public var reuse: Bool?
    public init() {}
}

public enum SocketChange: Codable, Sendable, Equatable {
    case bind(SocketAddress)
    case connect(SocketAddress?)
    case options(SocketOptions)
    case join(group: String, interface: String?)
    case leave(group: String, interface: String?)
}

public struct SocketReport: Codable, Sendable, Equatable {
    /// 0: a connection that no program holds any more.
    public var id: UInt32
    public var `protocol`: String
    public var local: SocketAddress
    public var remote: SocketAddress?
    /// Octets that wait; of a listener: connections that wait, and how many may.
    public var receiveQueue: Int
    public var sendQueue: Int
    public var dropped: UInt64
    /// The process that opened it; 0: none.
    public var pid: Int32
    /// Of a stream: `ESTABLISHED`, `LISTEN`, …
    public var state: String?
    /// Of a connected stream.
    public var connection: ConnectionReport?
    public init(id: UInt32, protocol: String, local: SocketAddress, remote: SocketAddress?, receiveQueue: Int, sendQueue: Int, dropped: UInt64,
                pid: Int32, state: String? = nil, connection: ConnectionReport? = nil) {
        (self.id, self.protocol, self.local, self.remote) = (id, `protocol`, local, remote)
        (self.receiveQueue, self.sendQueue, self.dropped, self.pid) = (receiveQueue, sendQueue, dropped, pid)
        (self.state, self.connection) = (state, connection)
    }
}

/// How a TCP connection fares. Octets; microseconds; totals since it began.
public struct ConnectionReport: Codable, Sendable, Equatable {
    public var segmentOctets = 0, peerWindow = 0, congestionWindow = 0
    /// Nil before the first reduction.
    public var slowStartThreshold: Int?
    public var sendCapacity = 0, receiveCapacity = 0
    public var roundTrip = 0, roundTripVariation = 0, leastRoundTrip = 0, retransmissionTimeout = 0
    public var inFlight = 0, retransmitted = 0, recoveries = 0, timeouts = 0
    public var octetsIn: UInt64 = 0, octetsOut: UInt64 = 0, segmentsIn: UInt64 = 0, segmentsOut: UInt64 = 0
    /// `slow start`, `avoidance`, `recovery`, …
    public var phase = ""
    /// `timestamps`, `sack`, `window scale`.
    public var options: [String] = []
    public init() {}
}
