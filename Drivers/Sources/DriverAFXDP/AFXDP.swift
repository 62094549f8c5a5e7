public import CDriver
public import DriverKit
import HostLink

/// The driver of an AF_XDP socket: packet memory is the memory that the kernel receives into and sends from.
///
/// `Attach` (start, stop), `Socket` and `Rings` (what the kernel is told), `Frames` (the data path), `Control` (filter, link).
public struct AFXDP: NetDriver, ~Copyable {
    public static var name: StaticString { "afxdp" }
    public static var prefix: StaticString { "xd" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString { Settings.help }
    public static var needsNoDevice: Bool { true }
    public static func match(_ identity: drydock_identity) -> Int32 { 0 }

    /// A slot, without the room that XDP programs have in front of a frame.
    static var mtuRange: ClosedRange<UInt32> { 68...1500 }
    /// The vector of the socket.
    static var frames: UInt32 { 0 }
    /// The timer of frames that the kernel did not take.
    static var retry: UInt32 { 0 }
    /// Calls in a row that have the kernel send: each sends a bounded number of frames.
    static var pushes: Int { 8 }

    var core: LinkCore
    let settings: Settings
    var slots: SlotTable
    /// Closed while the interface is stopped.
    var socket = SocketPlace()
    var members: Memberships
    /// Frames that the kernel must not be given, on their way home.
    var refused: ReturnQueue
    /// What earlier sockets missed.
    var missedBefore: UInt64 = 0, missedNow: UInt64 = 0
    /// The event loop does not look: the kernel has no buffer to receive into.
    var isPaused = false

    public var services: Services { core.services }

    static var capabilities: UInt32 { DRYDOCK_CAP_VLAN_MTU }
    static var counters: UInt64 {
        DRYDOCK_RX_MISSED.bit | DRYDOCK_RX_ERRORS.bit | DRYDOCK_RX_OVERSIZED.bit | DRYDOCK_TX_ERRORS.bit
    }
}
