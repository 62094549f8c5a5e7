public import CDriver
public import DriverKit
import E1000Registers

typealias Registers = RegisterAccess<E1000Register>

/// What the shell may see and change of one device.
public struct E1000Variables: DriverVariables {
    /// Changed values are applied at the next watchdog tick.
    public var interruptsPerSecond: UInt32 = 8000
    public var receiveDelay: UInt32 = 0, receiveAbsolute: UInt32 = 0
    public var transmitDelay: UInt32 = 32, transmitAbsolute: UInt32 = 64
    /// Between two looks at the transmitter; also the time after which it counts as hung.
    public var watchdogMicroseconds: UInt32 = 1_000_000
    public var verbose: UInt32 = 0
    /// Seen, not set.
    public var hangs: UInt32 = 0
    public var interrupts: UInt64 = 0, foreignInterrupts: UInt64 = 0, refusedFrames: UInt64 = 0
    public init() {}
}

/// The driver of the Intel 8254x family.
///
/// The rest of it lies in files by question: `Attach` (bring-up and its undoing), `ReceiveRing` and `TransmitRing` (frames),
/// `Interrupt`, `Filters`, `Media`, `Counters`, `Recovery` (hangs and removal), `Shell` (description).
public struct E1000: NetDriver, ~Copyable {
    public static var name: StaticString { "e1000" }
    public static var prefix: StaticString { "em" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString { Settings.help }

    public static func match(_ identity: drydock_identity) -> Int32 { Chip.find(identity) == nil ? 0 : 100 }

    /// Octets of Ethernet payload that can be had.
    static var mtuRange: ClosedRange<UInt32> { 68...9000 }
    /// Octets in front of the payload, a VLAN tag included.
    static var headerOctets: UInt32 { 18 }

    enum State: Sendable { case attached, running, stopped, gone }

    let chip: Chip
    public let services: Services
    let io: Registers
    let live: Live<E1000Variables>
    var settings: Settings
    var state: State = .attached
    var receive: ReceiveRing
    var transmit: TransmitRing
    var filters: FilterState
    var counters = Counters()
    var watch = Watch()
    /// `DRYDOCK_CAP_*` that are switched on.
    var offloads: UInt32 = E1000.capabilities
    var moderation = Moderation()
    var linkUp = false

    static var capabilities: UInt32 {
        DRYDOCK_CAP_IP4CSUM_RX | DRYDOCK_CAP_TCP4CSUM_RX | DRYDOCK_CAP_UDP4CSUM_RX
            | DRYDOCK_CAP_IP4CSUM_TX | DRYDOCK_CAP_TCP4CSUM_TX | DRYDOCK_CAP_UDP4CSUM_TX
            | DRYDOCK_CAP_TCP6CSUM_TX | DRYDOCK_CAP_UDP6CSUM_TX
            | DRYDOCK_CAP_VLAN_MTU | DRYDOCK_CAP_VLAN_HW | DRYDOCK_CAP_VLAN_FILTER | DRYDOCK_CAP_JUMBO
    }
}

/// The whole driver speaks of these causes only. 8254x §13.4.20
extension Causes {
    /// Those that interrupt: sent, link, descriptors running low, overrun, received.
    @inline(__always) var wanted: UInt32 { txdw.mask | lsc.mask | rxdmt0.mask | rxo.mask | rxt0.mask }
    /// All that exist.
    @inline(__always) var every: UInt32 {
        txdw.mask | txqe.mask | lsc.mask | rxseq.mask | rxdmt0.mask | rxo.mask | rxt0.mask | mdac.mask | rxcfg.mask
            | phyint.mask | gpi.mask | txdLow.mask | srpd.mask
    }
}
