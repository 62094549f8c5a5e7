/// What a tool may ask of a stack, over any of the sockets under `dev/` of its instance.
///
/// One case, one verb; the reply's shape is beside it in ``StackReply``. A request changes everything it names or
/// nothing: a refusal is a ``Failure``.
public enum StackRequest: Codable, Sendable, Equatable {
    // The instance.
    case hello
    case instance
    // Drivers. The file is opened by the stack; a relative name has been made absolute by the tool.
    case mount(MountRequest)
    /// Another build of the driver under an interface; nil options: those that it has.
    case reload(interface: String, path: String, options: String?)
    // Interfaces.
    case interfaces
    case createInterface(name: String)
    case destroyInterface(name: String)
    case configure(interface: String, changes: [InterfaceChange])
    case hardware(interface: String)
    // Neighbours: ARP and ND.
    case neighbors(Family)
    case setNeighbor(NeighborSetting)
    case deleteNeighbor(Family, address: String, interface: String?)
    case flushNeighbors(Family, interface: String?)
    // Routers and prefixes learned by IPv6 neighbour discovery.
    case discovery
    // Routes.
    case routes(Family?)
    case addRoute(RouteSetting)
    case deleteRoute(RouteSetting)
    case route(to: String)
    // Figures.
    case statistics
    case sockets
    case memory
    case tunables
    case setTunable(name: String, value: Int)
    // Sockets. The reply carries one end of a socket pair on which datagrams travel.
    case openSocket(SocketRequest)
    case changeSocket(id: UInt32, SocketChange)
    case closeSocket(id: UInt32)
}

/// What a stack answers.
public enum StackReply: Codable, Sendable, Equatable {
    case done
    case hello(Hello)
    case instance(InstanceReport)
    case mounted([MountedInterface])
    case interfaces([InterfaceReport])
    case hardware(HardwareReport)
    case neighbors([NeighborReport])
    case discovery(DiscoveryReport)
    case routes([RouteReport])
    case statistics([StatisticsGroup])
    case sockets([SocketReport])
    case memory(MemoryReport)
    case tunables([TunableReport])
    /// What it was.
    case tunable(Int)
    /// Beside it travels one descriptor.
    case socket(id: UInt32, local: SocketAddress)
}

/// Address families that a stack knows.
public enum Family: String, Codable, Sendable, CaseIterable { case inet, inet6 }

public struct Hello: Codable, Sendable, Equatable {
    public var instance: Int
    public var prefix: String
    /// `io-pkt-v6-hc`.
    public var variant: String
    public init(instance: Int, prefix: String, variant: String) {
        (self.instance, self.prefix, self.variant) = (instance, prefix, variant)
    }
}

/// `mount -Tio-pkt2 -o options path`.
public struct MountRequest: Codable, Sendable, Equatable {
    /// The type string as given: the stack refuses what is not its own.
    public var type: String
    public var path: String
    /// Comma-separated; `name= lan= unit= nic= pci=` are the stack's, the rest is the driver's.
    public var options: String
    public init(type: String, path: String, options: String) {
        (self.type, self.path, self.options) = (type, path, options)
    }
}

public struct MountedInterface: Codable, Sendable, Equatable {
    public var interface: String
    public var nic: String
    public var driver: String
    public init(interface: String, nic: String, driver: String) {
        (self.interface, self.nic, self.driver) = (interface, nic, driver)
    }
}

/// One thing `ifconfig` changes.
public enum InterfaceChange: Codable, Sendable, Equatable {
    case up(Bool)
    case mtu(Int)
    case linkAddress(String)
    case promiscuous(Bool)
    case allMulticast(Bool)
    /// `autoselect`, `1000baseT`, `100baseTX`, `10baseT`; full duplex unless said otherwise.
    case media(String, fullDuplex: Bool?)
    /// Capability names as printed (`ip4csum`, `tcp4csum`, …): on or off.
    case capability(String, Bool)
    case addAddress(AddressSetting)
    case removeAddress(Family, address: String)
    /// `vlan N vlanif em0`.
    case vlan(tag: Int, parent: String)
    /// IPv6 stateless autoconfiguration.
    case acceptAdvertisements(Bool)
}

/// An address to be given to an interface.
public struct AddressSetting: Codable, Sendable, Equatable {
    public var family: Family
    public var address: String
    /// Prefix length; nil: the class's (IPv4) or 64 (IPv6).
    public var prefixLength: Int?
    /// IPv4 broadcast; nil: all ones.
    public var broadcast: String?
    /// Added beside the others; without it the first address is replaced (IPv4).
    public var alias: Bool
    /// An IPv4 address is asked for on the link before it is used, whatever the stack does with others.
    public var probe: Bool?
    /// How long it lasts; it is removed afterwards. Given again with an address that is there, they begin anew.
    public var lifetimes: AddressLifetimes?
    public init(family: Family, address: String, prefixLength: Int? = nil, broadcast: String? = nil, alias: Bool = false) {
        (self.family, self.address, self.prefixLength) = (family, address, prefixLength)
        (self.broadcast, self.alias) = (broadcast, alias)
    }
}

/// Seconds from now; nil is for ever.
public struct AddressLifetimes: Codable, Sendable, Equatable {
    public var validSeconds: UInt32?
    /// IPv6 only: an address is not chosen for anything new afterwards.
    public var preferredSeconds: UInt32?
    public init(validSeconds: UInt32?, preferredSeconds: UInt32? = nil) {
        (self.validSeconds, self.preferredSeconds) = (validSeconds, preferredSeconds)
    }
}

public struct NeighborSetting: Codable, Sendable, Equatable {
    public var family: Family
    public var address: String
    public var linkAddress: String
    public var interface: String?
    /// Goes away by itself after a while.
    public var temporary: Bool
    public init(family: Family, address: String, linkAddress: String, interface: String? = nil, temporary: Bool = false) {
        (self.family, self.address, self.linkAddress) = (family, address, linkAddress)
        (self.interface, self.temporary) = (interface, temporary)
    }
}

public struct RouteSetting: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable { case unicast, reject, blackhole }
    /// `10.0.0.0/8`, `default`, `fd00::/8`, or a host address.
    public var destination: String
    public var family: Family
    public var gateway: String?
    public var interface: String?
    public var mtu: Int?
    public var kind: Kind
    public init(destination: String, family: Family, gateway: String? = nil, interface: String? = nil, mtu: Int? = nil, kind: Kind = .unicast) {
        (self.destination, self.family, self.gateway) = (destination, family, gateway)
        (self.interface, self.mtu, self.kind) = (interface, mtu, kind)
    }
}
