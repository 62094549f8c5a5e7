public import CDriver
public import DriverKit
import HostLink

/// The driver of a packet socket: the stack shares one of the host's interfaces with the kernel.
///
/// `Attach` (sockets, start, stop), `Receive` and `Transmit` (the two rings), `Control` (filter, link, counters).
public struct AFPacket: NetDriver, ~Copyable {
    public static var name: StaticString { "afpacket" }
    public static var prefix: StaticString { "pk" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString { Settings.help }
    public static var needsNoDevice: Bool { true }
    public static func match(_ identity: drydock_identity) -> Int32 { 0 }

    /// One slot a frame.
    static var mtuRange: ClosedRange<UInt32> { 68...1500 }
    /// The vector of the receiving socket.
    static var frames: UInt32 { 0 }
    /// The timer of frames that the kernel did not take.
    static var retry: UInt32 { 0 }

    var core: LinkCore
    let settings: Settings
    var receive: BlockRing
    var transmit: SlotRing
    var members: Memberships
    /// `DRYDOCK_CAP_*` that are switched on.
    var offloads: UInt32 = AFPacket.capabilities

    public var services: Services { core.services }

    /// The kernel says of which frames it knows the sum, and keeps tags beside the frame: they are put in by software.
    static var capabilities: UInt32 {
        receiveSums | DRYDOCK_CAP_VLAN_MTU | DRYDOCK_CAP_VLAN_HW
    }
    static var receiveSums: UInt32 {
        DRYDOCK_CAP_TCP4CSUM_RX | DRYDOCK_CAP_UDP4CSUM_RX | DRYDOCK_CAP_TCP6CSUM_RX | DRYDOCK_CAP_UDP6CSUM_RX
    }
    static var counters: UInt64 {
        DRYDOCK_RX_MISSED.bit | DRYDOCK_RX_OVERSIZED.bit | DRYDOCK_RX_UNDERSIZED.bit | DRYDOCK_TX_ERRORS.bit | DRYDOCK_TX_NO_CARRIER.bit
    }
}
