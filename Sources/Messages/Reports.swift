/// One interface, as `ifconfig` prints it.
public struct InterfaceReport: Codable, Sendable, Equatable {
    public var name: String
    public var index: Int
    public var flags: [String]
    public var mtu: Int
    public var linkAddress: String?
    /// Capability names the hardware has, and those switched on; receive and transmit.
    public var capabilitiesReceive: [String]
    public var capabilitiesTransmit: [String]
    public var enabled: [String]
    public var media: MediaReport?
    public var vlan: VLANReport?
    public var addresses: [AddressReport]
    public var multicast: [String]
    public var counters: InterfaceCounters
    public init(name: String, index: Int, flags: [String], mtu: Int, linkAddress: String?) {
        (self.name, self.index, self.flags, self.mtu, self.linkAddress) = (name, index, flags, mtu, linkAddress)
        (capabilitiesReceive, capabilitiesTransmit, enabled, media, vlan) = ([], [], [], nil, nil)
        (addresses, multicast, counters) = ([], [], InterfaceCounters())
    }
}

public struct MediaReport: Codable, Sendable, Equatable {
    public var automatic: Bool
    /// 0: unknown.
    public var megabits: Int
    public var fullDuplex: Bool
    public var linkUp: Bool
    /// What the hardware can do, as `ifconfig -m` prints it: `1000baseT mediaopt full-duplex`, `autoselect`.
    public var supported: [String] = []
    public init(automatic: Bool, megabits: Int, fullDuplex: Bool, linkUp: Bool) {
        (self.automatic, self.megabits, self.fullDuplex, self.linkUp) = (automatic, megabits, fullDuplex, linkUp)
    }
}

public struct VLANReport: Codable, Sendable, Equatable {
    public var tag: Int
    public var parent: String
    public init(tag: Int, parent: String) { (self.tag, self.parent) = (tag, parent) }
}

public struct AddressReport: Codable, Sendable, Equatable {
    public var family: Family
    public var address: String
    public var prefixLength: Int
    public var broadcast: String?
    public var scope: Int?
    /// `tentative`, `duplicated`, `deprecated`, `autoconf`.
    public var flags: [String]
    public init(family: Family, address: String, prefixLength: Int, broadcast: String?, scope: Int?, flags: [String]) {
        (self.family, self.address, self.prefixLength) = (family, address, prefixLength)
        (self.broadcast, self.scope, self.flags) = (broadcast, scope, flags)
    }
}

/// What passed an interface, counted by the stack.
public struct InterfaceCounters: Codable, Sendable, Equatable {
    public var packetsIn: UInt64 = 0, octetsIn: UInt64 = 0, errorsIn: UInt64 = 0, dropsIn: UInt64 = 0, multicastIn: UInt64 = 0
    public var packetsOut: UInt64 = 0, octetsOut: UInt64 = 0, errorsOut: UInt64 = 0, dropsOut: UInt64 = 0, multicastOut: UInt64 = 0
    public var collisions: UInt64 = 0
    public init() {}
}

/// What `nicinfo` prints: identity, operation and those counters that the driver keeps.
public struct HardwareReport: Codable, Sendable, Equatable {
    public var interface: String
    public var description: String
    public var driver: String
    public var driverVersion: String
    public var nic: String
    public var bus: String
    public var permanentAddress: String
    public var currentAddress: String
    public var media: MediaReport
    public var phyAddress: Int
    public var mtu: Int
    public var maximumMTU: Int
    /// `INTx`, `MSI`, `MSI-X`; nil: none is enabled.
    public var interrupt: String?
    public var vectors: Int
    /// First address and length of each region.
    public var apertures: [Aperture]
    public var promiscuous: Bool
    public var multicast: Bool
    /// Counter names (`TX_PACKETS`) that the driver keeps, with their values.
    public var counters: [String: UInt64]
    /// The callouts that took ``Callout/slow`` or longer, as the stack counts them.
    public var slowCallouts: [SlowCallout]
    public struct SlowCallout: Codable, Sendable, Equatable {
        /// As the contract spells it.
        public var callout: String
        public var count: UInt64
        public var longestMilliseconds: UInt64
        public init(callout: String, count: UInt64, longestMilliseconds: UInt64) {
            (self.callout, self.count, self.longestMilliseconds) = (callout, count, longestMilliseconds)
        }
    }
    /// Frames on their way out of the driver.
    public var transmitter: Transmitter?
    public struct Transmitter: Codable, Sendable, Equatable {
        /// Frames that the driver has, and those that it has not taken.
        public var frames: Int, waiting: Int
        /// Frames that it has room for.
        public var places: Int
        /// For how long none has come back; 0: one has, or none is due.
        public var standsMilliseconds: UInt64
        /// Times that it was found to stand still (`txwatch=`).
        public var stalls: UInt64
        public init(frames: Int, waiting: Int, places: Int, standsMilliseconds: UInt64, stalls: UInt64) {
            (self.frames, self.waiting, self.places) = (frames, waiting, places)
            (self.standsMilliseconds, self.stalls) = (standsMilliseconds, stalls)
        }
    }
    /// The process that the driver runs in; nil: the stack's own.
    public var isolation: Isolation?
    public struct Isolation: Codable, Sendable, Equatable {
        /// nil: there is none now.
        public var pid: Int32?
        /// Times that another process took over.
        public var restarts: UInt64
        /// How it is confined; empty: not at all.
        public var confinement: String
        public init(pid: Int32?, restarts: UInt64, confinement: String) {
            (self.pid, self.restarts, self.confinement) = (pid, restarts, confinement)
        }
    }
    public struct Aperture: Codable, Sendable, Equatable {
        public var region: Int
        public var octets: UInt64
        public init(region: Int, octets: UInt64) { (self.region, self.octets) = (region, octets) }
    }
    public init(interface: String, description: String, driver: String, driverVersion: String, nic: String, bus: String,
                permanentAddress: String, currentAddress: String, media: MediaReport, phyAddress: Int, mtu: Int, maximumMTU: Int,
                interrupt: String?, vectors: Int, apertures: [Aperture], promiscuous: Bool, multicast: Bool, counters: [String: UInt64],
                slowCallouts: [SlowCallout] = [], isolation: Isolation? = nil, transmitter: Transmitter? = nil) {
        (self.interface, self.description, self.driver, self.driverVersion) = (interface, description, driver, driverVersion)
        (self.nic, self.bus, self.permanentAddress, self.currentAddress) = (nic, bus, permanentAddress, currentAddress)
        (self.media, self.phyAddress, self.mtu, self.maximumMTU, self.interrupt) = (media, phyAddress, mtu, maximumMTU, interrupt)
        self.vectors = vectors
        (self.apertures, self.promiscuous, self.multicast, self.counters) = (apertures, promiscuous, multicast, counters)
        (self.slowCallouts, self.isolation, self.transmitter) = (slowCallouts, isolation, transmitter)
    }
}

public struct NeighborReport: Codable, Sendable, Equatable {
    public var family: Family
    public var address: String
    public var linkAddress: String?
    public var interface: String
    /// `incomplete`, `reachable`, `stale`, `delay`, `probe`, `failed`, `permanent`.
    public var state: String
    public var isRouter: Bool
    /// Seconds until the state ends; nil: never.
    public var expires: Int?
    public init(family: Family, address: String, linkAddress: String?, interface: String, state: String, isRouter: Bool, expires: Int?) {
        (self.family, self.address, self.linkAddress, self.interface) = (family, address, linkAddress, interface)
        (self.state, self.isRouter, self.expires) = (state, isRouter, expires)
    }
}

public struct DiscoveryReport: Codable, Sendable, Equatable {
    public struct Router: Codable, Sendable, Equatable {
        public var address: String
        public var interface: String
        public var lifetime: Int
        /// DHCPv6 has addresses to give, or only other things: the M and O flags of RFC 4861 §4.2.
        public var managed: Bool, otherConfiguration: Bool
        public init(address: String, interface: String, lifetime: Int, managed: Bool = false, otherConfiguration: Bool = false) {
            (self.address, self.interface, self.lifetime) = (address, interface, lifetime)
            (self.managed, self.otherConfiguration) = (managed, otherConfiguration)
        }
    }
    public struct Prefix: Codable, Sendable, Equatable {
        public var prefix: String
        public var interface: String
        public var validLifetime: Int?
        public var preferredLifetime: Int?
        public init(prefix: String, interface: String, validLifetime: Int?, preferredLifetime: Int?) {
            (self.prefix, self.interface) = (prefix, interface)
            (self.validLifetime, self.preferredLifetime) = (validLifetime, preferredLifetime)
        }
    }
    /// A DNS server that a router named. RFC 8106 §5.1.
    public struct Resolver: Codable, Sendable, Equatable {
        public var address: String
        public var interface: String
        public var lifetime: Int?
        public init(address: String, interface: String, lifetime: Int?) {
            (self.address, self.interface, self.lifetime) = (address, interface, lifetime)
        }
    }
    /// Domains to search, as a router named them. RFC 8106 §5.2.
    public struct SearchList: Codable, Sendable, Equatable {
        public var domains: [String]
        public var interface: String
        public var lifetime: Int?
        public init(domains: [String], interface: String, lifetime: Int?) {
            (self.domains, self.interface, self.lifetime) = (domains, interface, lifetime)
        }
    }
    public var routers: [Router]
    public var prefixes: [Prefix]
    public var resolvers: [Resolver]
    public var searchLists: [SearchList]
    public init(routers: [Router], prefixes: [Prefix], resolvers: [Resolver] = [], searchLists: [SearchList] = []) {
        (self.routers, self.prefixes, self.resolvers, self.searchLists) = (routers, prefixes, resolvers, searchLists)
    }
}

public struct RouteReport: Codable, Sendable, Equatable {
    public var family: Family
    /// `default`, `10.1.0.0/24`, `fe80::/64`.
    public var destination: String
    /// An address, or `link#2`.
    public var gateway: String
    /// As BSD prints them: U up, G gateway, H host, S static, R reject, B blackhole, L link, D dynamic.
    public var flags: String
    public var mtu: Int?
    public var uses: UInt64
    public var interface: String
    public init(family: Family, destination: String, gateway: String, flags: String, mtu: Int?, uses: UInt64, interface: String) {
        (self.family, self.destination, self.gateway, self.flags) = (family, destination, gateway, flags)
        (self.mtu, self.uses, self.interface) = (mtu, uses, interface)
    }
}

/// `netstat -s`: the counters of one protocol, in the order to print them.
public struct StatisticsGroup: Codable, Sendable, Equatable {
    public struct Counter: Codable, Sendable, Equatable {
        public var name: String
        public var value: UInt64
        public init(name: String, value: UInt64) { (self.name, self.value) = (name, value) }
    }
    /// `ip`, `icmp`, `udp`, `arp`, `ip6`, …
    public var name: String
    public var counters: [Counter]
    public init(name: String, counters: [Counter]) { (self.name, self.counters) = (name, counters) }
}

/// A figure of the stack by name: `sysctl`.
public struct TunableReport: Codable, Sendable, Equatable {
    public var name: String
    public var value: Int
    /// What it is, and in which unit.
    public var text: String
    /// What it may be set to; nil: it is fixed.
    public var least: Int?, greatest: Int?
    public init(name: String, value: Int, text: String, least: Int?, greatest: Int?) {
        (self.name, self.value, self.text, self.least, self.greatest) = (name, value, text, least, greatest)
    }
}

/// Slots of packet memory by owner, for `netstat -m`.
public struct MemoryReport: Codable, Sendable, Equatable {
    public struct Pool: Codable, Sendable, Equatable {
        public var slotOctets: Int
        public var slots: Int
        /// By owner's name: free, stack, driver, device, socket.
        public var owners: [String: Int]
        public init(slotOctets: Int, slots: Int, owners: [String: Int]) {
            (self.slotOctets, self.slots, self.owners) = (slotOctets, slots, owners)
        }
    }
    public var pools: [Pool]
    public var exhausted: UInt64
    public init(pools: [Pool], exhausted: UInt64) { (self.pools, self.exhausted) = (pools, exhausted) }
}

/// What `pidin` shows of a stack, answered by the stack itself.
public struct InstanceReport: Codable, Sendable, Equatable {
    public var hello: Hello
    public var pid: Int32
    /// Seconds since start.
    public var uptime: Double
    public var drivers: [Driver]
    public struct Driver: Codable, Sendable, Equatable {
        public var name: String
        public var version: String
        public var path: String
        public var interfaces: [String]
        public init(name: String, version: String, path: String, interfaces: [String]) {
            (self.name, self.version, self.path, self.interfaces) = (name, version, path, interfaces)
        }
    }
    public init(hello: Hello, pid: Int32, uptime: Double, drivers: [Driver]) {
        (self.hello, self.pid, self.uptime, self.drivers) = (hello, pid, uptime, drivers)
    }
}
