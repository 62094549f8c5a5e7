public import CDriver
public import DriverKit
import HostLink

/// The driver of a TAP interface: the stack is the other end of a cable to the host's kernel.
///
/// `Attach` (opening, start, stop), `Receive` and `Transmit` (frames), `Control` (filter, link, counters).
public struct Tap: NetDriver, ~Copyable {
    public static var name: StaticString { "tap" }
    public static var prefix: StaticString { "tap" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString { Settings.help }
    public static var needsNoDevice: Bool { true }
    public static func match(_ identity: drydock_identity) -> Int32 { 0 }

    /// The vector of the interface's own descriptor.
    static var frames: UInt32 { 0 }
    /// The timer of frames that the kernel did not take.
    static var retry: UInt32 { 0 }

    var core: LinkCore
    let tap: HostDescriptor
    let settings: Settings
    var receive: TapReceiver
    var transmit: TapTransmitter
    /// `DRYDOCK_CAP_*` that are switched on.
    var offloads: UInt32

    public var services: Services { core.services }

    /// What the kernel does for this end of the cable.
    static func capabilities(_ settings: Settings) -> UInt32 {
        let always = DRYDOCK_CAP_VLAN_MTU | DRYDOCK_CAP_JUMBO
        guard settings.header else { return always }
        return always | receiveSums | DRYDOCK_CAP_TCP4CSUM_TX | DRYDOCK_CAP_UDP4CSUM_TX | DRYDOCK_CAP_TCP6CSUM_TX | DRYDOCK_CAP_UDP6CSUM_TX
            | DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TSO6 | DRYDOCK_CAP_JOIN_RX
    }
    static var receiveSums: UInt32 {
        DRYDOCK_CAP_TCP4CSUM_RX | DRYDOCK_CAP_UDP4CSUM_RX | DRYDOCK_CAP_TCP6CSUM_RX | DRYDOCK_CAP_UDP6CSUM_RX
    }
}
