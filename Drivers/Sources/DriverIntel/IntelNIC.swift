public import CDriver
public import DriverKit
import E1000Registers

/// What the shell may see and change of one device.
public struct IntelVariables: DriverVariables {
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
    /// The kind that was granted (`DRYDOCK_INTX`, ...), and frames' buffers that came through each receive queue.
    public var interruptKind: UInt32 = 0
    public var queue0Buffers: UInt64 = 0, queue1Buffers: UInt64 = 0
    public init() {}
}

/// The driver of Intel's gigabit controllers, for one chip family.
///
/// The rest of it lies in files by question: `Attach` (bring-up and its undoing), `ReceiveRing` and `TransmitRing` (frames),
/// `Interrupt`, `Filters`, `Media`, `Counters`, `Recovery` (hangs and removal). What differs is in ``IntelChip``. Sections are
/// those of the 8254x manual, which came first; the chips' own folders cite their own.
public struct IntelNIC<Chip: IntelChip>: NetDriver, ~Copyable {
    public typealias Registers = RegisterAccess<Chip.Map>

    public static var name: StaticString { Chip.name }
    public static var prefix: StaticString { Chip.prefix }
    public static var version: StaticString { Chip.version }
    public static var help: StaticString { Chip.help }

    public static func match(_ identity: drydock_identity) -> Int32 { Chip.find(identity) == nil ? 0 : 100 }
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe Chip.describe() }

    /// Octets of Ethernet payload that can be had.
    static var mtuRange: ClosedRange<UInt32> { 68...9000 }
    /// Octets in front of the payload, a VLAN tag included.
    static var headerOctets: UInt32 { 18 }

    public enum State: Sendable { case attached, running, stopped, gone }

    public let chip: Chip
    public let services: Services
    public let io: Registers
    public let live: Live<IntelVariables>
    /// Of the interrupts: the kind and how many vectors.
    public let kind: UInt32, vectors: UInt32
    public internal(set) var settings: Settings
    public internal(set) var state: State = .attached
    public internal(set) var receive: ReceiveRing<Chip.Format>
    /// The second queue, where the chip has one and it is asked for.
    var second: ReceiveRing<Chip.Format>?
    let hasSecond: Bool
    /// The second queue comes first at the next look, so that neither starves.
    var secondFirst = false
    public internal(set) var transmit: TransmitRing
    var filters: FilterState
    var counters = Counters()
    var watch = Watch()
    /// `DRYDOCK_CAP_*` that are switched on.
    var offloads: UInt32 = Chip.capabilities
    var moderation = Moderation()
    var linkUp = false
}
