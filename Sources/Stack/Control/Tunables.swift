/// A figure of the stack that may be read by name, and changed within bounds where it can be.
public struct Tunable: Sendable {
    /// As `sysctl` has it: `net.inet.tcp.keepidle`.
    public let name: String
    /// One line: what it is, and in which unit.
    public let text: String
    /// What it may be set to; nil: it is fixed for the stack's life.
    public let bounds: ClosedRange<Int>?
    let read: @Sendable (StackConfiguration) -> Int
    let write: @Sendable (inout StackConfiguration, Int) -> Void
}

/// Why a tunable was not set.
public enum TunableFailure: Error, Equatable, Sendable {
    case unknown(nearest: String?)
    case fixed
    case outOfBounds(ClosedRange<Int>)
}

/// A tunable and its value now.
public struct TunableListing: Sendable {
    public let name: String, text: String, bounds: ClosedRange<Int>?
    public let value: Int
}

extension Stack {
    /// All of them, by name.
    public func listTunables() -> [TunableListing] {
        Tunable.all.map { TunableListing(name: $0.name, text: $0.text, bounds: $0.bounds, value: $0.read(configuration)) }
    }

    /// Sets one: it holds for what happens from now on; streams and endpoints that exist keep their options.
    /// - Returns: what it was.
    @discardableResult
    public mutating func setTunable(_ name: String, _ value: Int) throws(TunableFailure) -> Int {
        guard let tunable = Tunable.all.first(where: { $0.name == name }) else { throw .unknown(nearest: Tunable.nearest(to: name)) }
        guard let bounds = tunable.bounds else { throw .fixed }
        guard bounds.contains(value) else { throw .outOfBounds(bounds) }
        let old = tunable.read(configuration)
        var changed = configuration
        tunable.write(&changed, value)
        reconfigure(changed)
        return old
    }
}

extension Tunable {
    static func number(
        _ name: String, _ text: String, _ bounds: ClosedRange<Int>, _ path: any WritableKeyPath<StackConfiguration, Int> & Sendable
    ) -> Tunable {
        Tunable(name: name, text: text, bounds: bounds, read: { $0[keyPath: path] }, write: { $0[keyPath: path] = $1 })
    }

    static func flag(_ name: String, _ text: String, _ path: any WritableKeyPath<StackConfiguration, Bool> & Sendable) -> Tunable {
        Tunable(name: name, text: text, bounds: 0...1, read: { $0[keyPath: path] ? 1 : 0 }, write: { $0[keyPath: path] = $1 != 0 })
    }

    static func time(
        _ name: String, _ text: String, _ bounds: ClosedRange<Int>, unit: Int64, _ path: any WritableKeyPath<StackConfiguration, Interval> & Sendable
    ) -> Tunable {
        Tunable(
            name: name, text: text, bounds: bounds, read: { Int($0[keyPath: path].nanoseconds / unit) },
            write: { $0[keyPath: path] = Interval(nanoseconds: Int64($1) * unit) })
    }

    static func fixed(_ name: String, _ text: String, _ path: any KeyPath<StackConfiguration, Int> & Sendable) -> Tunable {
        Tunable(name: name, text: text, bounds: nil, read: { $0[keyPath: path] }, write: { _, _ in })
    }

    /// A size of which zero means: as the path needs it.
    static func size(_ name: String, _ text: String, _ path: any WritableKeyPath<StackConfiguration, Int?> & Sendable) -> Tunable {
        Tunable(
            name: name, text: text, bounds: 0...(8 << 20), read: { $0[keyPath: path] ?? 0 },
            write: { $0[keyPath: path] = $1 == 0 ? nil : $1 })
    }

    /// By name.
    public static let all: [Tunable] = [
        Tunable(
            name: "net.inet.icmp.errburst", text: "ICMP errors at once", bounds: 1...10_000, read: { Int($0.icmpBurst) },
            write: { $0.icmpBurst = UInt32(clamping: $1) }),
        time("net.inet.icmp.errinterval", "milliseconds between two ICMP errors, beyond a burst", 0...10_000, unit: 1_000_000, \.icmpInterval),
        flag("net.inet.ip.forwarding", "packets for others are passed on (1) or dropped (0)", \.isForwarding),
        fixed("net.inet.ip.maxroutes", "routes the table has room for", \.limits.routes),
        flag("net.inet.tcp.always_keepalive", "new streams ask silent peers whether they live", \.streamDefaults.keepsAlive),
        Tunable(
            name: "net.inet.tcp.cubic", text: "new streams use CUBIC (1) or NewReno (0)", bounds: 0...1,
            read: { $0.streamDefaults.congestion == .cubic ? 1 : 0 }, write: { $0.streamDefaults.congestion = $1 == 1 ? .cubic : .newReno }),
        flag("net.inet.tcp.ecn", "new streams ask for congestion marks", \.streamDefaults.usesECN),
        fixed("net.inet.tcp.halfopens", "handshakes that are remembered; beyond, SYN cookies", \.limits.halfOpens),
        Tunable(
            name: "net.inet.tcp.keepcnt", text: "unanswered probes until a silent peer counts as dead", bounds: 1...127,
            read: { Int($0.streamDefaults.keepAliveProbes) }, write: { $0.streamDefaults.keepAliveProbes = UInt8(clamping: $1) }),
        time("net.inet.tcp.keepidle", "seconds of silence before the first probe", 1...32767, unit: 1_000_000_000, \.streamDefaults.keepAliveIdle),
        time("net.inet.tcp.keepintvl", "seconds between probes", 1...32767, unit: 1_000_000_000, \.streamDefaults.keepAliveInterval),
        flag("net.inet.tcp.nodelay", "new streams send small segments at once", \.streamDefaults.noDelay),
        size("net.inet.tcp.recvspace", "octets of receive buffer of new streams; 0: as the path needs", \.streamDefaults.receiveBuffer),
        size("net.inet.tcp.sendspace", "octets of send buffer of new streams; 0: as the path needs", \.streamDefaults.sendBuffer),
        fixed("net.inet.tcp.streams", "streams that can be open", \.limits.streams),
        time("net.inet.tcp.timewait", "seconds for which a closed connection's numbers stay taken", 1...600, unit: 1_000_000_000, \.timeWait),
        fixed("net.inet.tcp.timewaits", "closed connections that are remembered", \.limits.timeWaits),
        Tunable(
            name: "net.inet.tcp.ttl", text: "time to live of new streams' segments", bounds: 1...255,
            read: { Int($0.streamDefaults.timeToLive) }, write: { $0.streamDefaults.timeToLive = UInt8(clamping: $1) }),
        time("net.inet.tcp.usertimeout", "milliseconds for which octets may stay unacknowledged; 0: as long as retransmissions last", 0...3_600_000,
             unit: 1_000_000, \.streamDefaults.userTimeout),
        fixed("net.inet.udp.endpoints", "datagram sockets that can be open", \.limits.endpoints),
        fixed("net.inet.udp.recvspace", "octets that wait in a datagram socket", \.limits.endpointOctets),
        fixed("net.inet6.ip6.maxprefixes", "prefixes that routers may announce", \.limits.prefixes),
        fixed("net.inet6.ip6.maxrouters", "routers that may announce themselves", \.limits.routers),
    ]

    /// The name that most likely was meant: the one with the longest common end or beginning.
    static func nearest(to name: String) -> String? {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        return all.map(\.name).first { $0.hasSuffix("." + last) } ?? all.map(\.name).first { !last.isEmpty && $0.contains(last) }
    }
}
