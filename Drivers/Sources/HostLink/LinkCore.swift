import CHostLink
public import CDriver
public import DriverKit

/// What all links of the host's own network have in common: the interface, its link, the counters, where they are in life.
public struct LinkCore: ~Copyable {
    public enum State: Sendable { case attached, running, stopped, gone }

    /// Octets of Ethernet payload that can be had: a frame over as many slots as a frame may have.
    @inlinable public static var mtuRange: ClosedRange<UInt32> { 68...9000 }
    /// Octets in front of the payload, a VLAN tag included.
    @inlinable public static var headerOctets: Int { 18 }

    public let driver: StaticString
    public let services: Services
    public let live: Live<LinkVariables>
    public var host: HostInterface
    public var counters = CounterSet()
    public private(set) var state: State = .attached
    public private(set) var linkUp = false
    public private(set) var mtu: UInt32
    /// The link is up only with a carrier; a TAP's is ours to give.
    private let needsCarrier: Bool
    private let megabits: UInt32
    private let kept: UInt64
    /// The MTUs that this link can have.
    private let range: ClosedRange<UInt32>

    /// - Parameter counters: what is counted besides packets and octets.
    public init(_ driver: StaticString, _ services: Services, _ live: Live<LinkVariables>, _ host: consuming HostInterface,
                mtu: UInt32?, _ range: ClosedRange<UInt32> = LinkCore.mtuRange, needsCarrier: Bool, counters: UInt64) throws(DriverFailure) {
        (self.driver, self.services, self.live, self.needsCarrier) = (driver, services, live, needsCarrier)
        self.range = range
        self.mtu = mtu ?? min(max(host.now.mtu, range.lowerBound), range.upperBound)
        kept = LinkCore.counted | counters
        megabits = needsCarrier ? host.megabits : 0
        self.host = host
        try services.watch(HostInterface.vector, self.host.changes.raw)
    }

    /// The last of a driver's life, before its descriptors go.
    public func end() { try? services.watch(HostInterface.vector, nil) }

    /// What the stack is told of the interface; the description is `title` and the host's name of it.
    public func fill(_ out: inout drydock_interface, _ title: StaticString, mac: HardwareAddress, permanent: HardwareAddress,
                     capabilities: UInt32, receive: UInt32, transmit: UInt32) {
        (out.mac, out.permanent_mac) = (mac.tuple, permanent.tuple)
        (out.capabilities, out.enabled) = (capabilities, capabilities & ~DRYDOCK_CAP_JOIN_RX)
        (out.mtu, out.maximum_mtu) = (mtu, range.upperBound)
        (out.receive_slots, out.transmit_slots, out.vectors) = (receive, transmit, 1)
        var line = LogLine()
        line.text(title)
        line.octet(UInt8(ascii: " "))
        host.name.describe(to: &line)
        let count = line.count
        unsafe withUnsafeMutableBytes(of: &out.description) { description in
            // SAFETY: both sides are bounded; the last octet stays zero.
            unsafe line.withCString { text in for i in 0..<min(count, description.count - 1) { unsafe description[i] = UInt8(bitPattern: text[i]) } }
        }
    }

    /// Whether `start` has anything to do.
    public func mayStart() throws(DriverFailure) -> Bool {
        guard state != .gone else { throw .gone }
        return state != .running
    }
    public mutating func started() {
        state = .running
        linkUp = look() == .up
    }
    public mutating func stopped() { if state == .running { state = .stopped } }
    public mutating func vanish() { state = .gone }

    private mutating func look() -> HostInterface.State { host.look(carrier: needsCarrier) }

    /// The host's interfaces have changed: is ours still there, and is its link?
    public mutating func linkEvent() -> Events {
        guard state != .gone else { return .foreign }
        let found = look()
        guard found != .gone else {
            fail()
            return .link
        }
        guard (found == .up) != linkUp else { return [] }
        linkUp.toggle()
        if live.value.verbose > 0 {
            let (up, name) = (linkUp, host.name), driver = driver
            services.log(.info) { $0.text(driver); $0.text(": "); name.describe(to: &$0); $0.text(up ? ": link up" : ": link down") }
        }
        services.linkChanged()
        return .link
    }

    /// The interface of the host is gone. Said once; the buffers go home through `stop`.
    public mutating func fail() {
        guard state != .gone else { return }
        (state, linkUp) = (.gone, false)
        let name = host.name
        services.fail { $0.text("the host's interface "); name.describe(to: &$0); $0.text(" was removed, or moved to another network namespace") }
        services.linkChanged()
    }

    public func media() -> drydock_media {
        var out = drydock_media()
        out.megabits = megabits
        out.flags = DRYDOCK_MEDIA_FULL_DUPLEX | DRYDOCK_MEDIA_AUTO | (linkUp ? DRYDOCK_MEDIA_LINK_UP : 0)
        return out
    }

    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard range.contains(octets) else { throw .invalid }
        mtu = octets
    }

    public func statistics(into out: inout drydock_statistics) {
        var all = counters
        all[DRYDOCK_INTERRUPTS] = live.value.interrupts
        all.report(kept, into: &out)
    }

    /// Packets and octets by kind, and wake-ups: what every link counts.
    private static var counted: UInt64 {
        DRYDOCK_TX_PACKETS.bit | DRYDOCK_TX_OCTETS.bit | DRYDOCK_TX_BROADCAST.bit | DRYDOCK_TX_MULTICAST.bit | DRYDOCK_RX_PACKETS.bit
            | DRYDOCK_RX_OCTETS.bit | DRYDOCK_RX_BROADCAST.bit | DRYDOCK_RX_MULTICAST.bit | DRYDOCK_INTERRUPTS.bit
    }

    /// One wake-up counted; false: there is nothing to do for a link that does not run.
    @inline(__always) public func interrupted() -> Bool {
        guard state == .running else { live.value.foreignInterrupts &+= 1; return false }
        live.value.interrupts &+= 1
        return true
    }
}
