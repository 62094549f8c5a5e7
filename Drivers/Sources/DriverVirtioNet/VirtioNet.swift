public import CDriver
public import DriverKit
import VirtioNetRegisters

typealias Registers = RegisterAccess<VirtioNetRegister>

/// What the shell may see and change of one device.
public struct VirtioNetVariables: DriverVariables {
    /// Between two looks at the transmitter; also the time after which it counts as hung.
    public var watchdogMicroseconds: UInt32 = 1_000_000
    public var verbose: UInt32 = 0
    /// Seen, not set.
    public var hangs: UInt32 = 0, ringFaults: UInt32 = 0
    public var interrupts: UInt64 = 0, foreignInterrupts: UInt64 = 0, refusedFrames: UInt64 = 0
    public init() {}
}

/// The driver of virtio network devices over PCI with the modern interface. virtio 1.2 §4.1, §5.1
///
/// `Device` has registers and handshake, `Virtqueue` the ring that both sides share, `ReceiveRing` and `TransmitRing` the
/// frames on it, `ControlQueue` and `Filters` what is asked of the device.
public struct VirtioNet: NetDriver, ~Copyable {
    public static var name: StaticString { "virtio-net" }
    public static var prefix: StaticString { "vt" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString { Settings.help }

    /// 0x1041 has the modern interface only; 0x1000 may have both. virtio 1.2 §4.1.2
    public static func match(_ identity: drydock_identity) -> Int32 {
        guard identity.vendor == 0x1AF4 else { return 0 }
        return identity.device == 0x1041 || identity.device == 0x1000 ? 100 : 0
    }

    enum State: Sendable { case attached, running, stopped, gone }

    public let services: Services
    let device: Device
    let live: Live<VirtioNetVariables>
    let features: VirtioFeatures
    let vectors: Vectors
    /// As many of each as there are queue pairs; one control queue or none.
    var receive: OwnedList<Virtqueue>, transmit: OwnedList<Virtqueue>, control: OwnedList<ControlQueue>
    /// Frames that come back without having been on a ring, or whose ring is gone.
    var done: ReturnQueue
    var settings: Settings
    var filters: FilterWish
    /// `DRYDOCK_CAP_*` that are switched on.
    var offloads: UInt32
    var state = State.attached
    var counters = CounterSet()
    var linkUp = false
    var watch = Watch()

    /// Octets in front of the payload, a VLAN tag included.
    static var headerOctets: UInt32 { 18 }
    static var longestMTU: UInt32 { 9000 }
    /// A frame never has more buffers.
    static var longestFrame: Int { 16 }

    /// What of the contract's abilities a device with `features` has.
    static func capabilities(_ features: VirtioFeatures) -> UInt32 {
        var out = DRYDOCK_CAP_VLAN_MTU
        if features.contains(.guestChecksum) {
            out |= DRYDOCK_CAP_TCP4CSUM_RX | DRYDOCK_CAP_UDP4CSUM_RX | DRYDOCK_CAP_TCP6CSUM_RX | DRYDOCK_CAP_UDP6CSUM_RX
        }
        if features.contains(.checksum) {
            out |= DRYDOCK_CAP_TCP4CSUM_TX | DRYDOCK_CAP_UDP4CSUM_TX | DRYDOCK_CAP_TCP6CSUM_TX | DRYDOCK_CAP_UDP6CSUM_TX
        }
        if features.contains(.hostTSO4) { out |= DRYDOCK_CAP_TSO4 }
        if features.contains(.hostTSO6) { out |= DRYDOCK_CAP_TSO6 }
        if features.contains(.controlVLAN) { out |= DRYDOCK_CAP_VLAN_FILTER }
        if features.contains(.mergeable) { out |= DRYDOCK_CAP_JUMBO }
        return out
    }
}
