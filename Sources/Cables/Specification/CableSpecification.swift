public import Wire

/// A cable as a user writes it: `nic:em-b,loss=1%,delay=5ms,seed=7,capture=x.pcapng`.
public struct CableSpecification: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case nic(String)
        case `switch`(String)
        case tap(String)
        case peer(PeerSpecification)
        case seqpacket(path: String)
        case stream(path: String)
        case replay(ReplaySpecification)
    }

    public var kind: Kind
    /// What happens to frames that the NIC sends, and to those that it receives.
    public var transmit = Impairments(), receive = Impairments()
    /// Of both directions' generators.
    public var seed: UInt64 = 1
    /// The file that everything on the cable is written to.
    public var capture: String?
    /// As it was written.
    public var text: String

    public init(kind: Kind, text: String) { (self.kind, self.text) = (kind, text) }
}

/// The built-in peer.
public struct PeerSpecification: Equatable, Sendable {
    public var address: IPv4Prefix
    public var mac: MACAddress
    public var address6: IPv6Prefix?

    public init(address: IPv4Prefix, mac: MACAddress, address6: IPv6Prefix?) {
        (self.address, self.mac, self.address6) = (address, mac, address6)
    }
}

/// A capture file as a source of frames.
public struct ReplaySpecification: Equatable, Sendable {
    public var path: String
    /// False: as fast as the NIC takes them.
    public var originalPace = true
    /// Frames to send in all; the file is begun again at its end as long as any are left. Nil: once through the file.
    public var count: UInt64?
    /// Nanoseconds between the claim of the NIC and the first frame.
    public var after: UInt64 = 1_000_000_000

    public init(path: String) { self.path = path }
}
