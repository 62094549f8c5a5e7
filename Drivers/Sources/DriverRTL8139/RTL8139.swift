public import CDriver
public import DriverKit
import RTL8139Registers

typealias Registers = RegisterAccess<RTL8139Register>

/// What the shell may see and change of one device.
public struct RTL8139Variables: DriverVariables {
    /// Between two looks at the transmitter; also the time after which it counts as hung.
    public var watchdogMicroseconds: UInt32 = 1_000_000
    public var verbose: UInt32 = 0
    /// TSD.ERTXTH: octets in the FIFO before a frame goes out, in 32; grows by itself after an underrun.
    public var transmitThreshold: UInt32 = 8
    /// Seen, not set.
    public var hangs: UInt32 = 0, restarts: UInt32 = 0
    public var interrupts: UInt64 = 0, foreignInterrupts: UInt64 = 0, refusedFrames: UInt64 = 0, copiedFrames: UInt64 = 0
    public init() {}
}

/// The driver of Realtek's RTL8139 family: a receive ring of octets, four transmit descriptors that are registers.
///
/// The rest of it lies in files by question, as in every driver: `Attach`, `ReceiveRing`, `TransmitSlots`, `Rings` (the four verbs),
/// `Interrupt`, `Filters`, `Media`, `Recovery`, `Shell`.
public struct RTL8139: NetDriver, ~Copyable {
    public static var name: StaticString { "rtl8139" }
    public static var prefix: StaticString { "rl" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString { Settings.help }
    static var title: StaticString { "Realtek RTL8139 Fast Ethernet Controller" }

    public static func match(_ identity: drydock_identity) -> Int32 {
        identity.vendor == 0x10EC && identity.device == 0x8139 ? 100 : 0
    }

    /// Octets of Ethernet payload that can be had; the device knows no jumbo frames.
    static var mtuRange: ClosedRange<UInt32> { 68...1500 }
    /// Octets in front of the payload, a VLAN tag included.
    static var headerOctets: UInt32 { 18 }
    static var capabilities: UInt32 { DRYDOCK_CAP_VLAN_MTU }

    enum State: Sendable { case attached, running, stopped, gone }

    public let services: Services
    let io: Registers
    let live: Live<RTL8139Variables>
    var settings: Settings
    var state: State = .attached
    var receive: ReceiveRing
    var transmit: TransmitSlots
    var filters: FilterState
    var counters = CounterSet()
    var watch = Watch()
    var linkUp = false

    init(services: Services, io: Registers, live: Live<RTL8139Variables>, settings: Settings,
         receive: consuming ReceiveRing, transmit: consuming TransmitSlots, filters: FilterState) {
        (self.services, self.io, self.live, self.settings) = (services, io, live, settings)
        self.receive = receive
        self.transmit = transmit
        self.filters = filters
    }
}

extension Causes {
    /// Those that interrupt: all but the early ones and the timer. ISR (003Eh)
    @inline(__always) var wanted: UInt32 {
        rok.mask | rer.mask | tok.mask | ter.mask | rxovw.mask | pun.mask | fovw.mask | serr.mask
    }
    @inline(__always) var receive: UInt32 { rok.mask | rer.mask | rxovw.mask | fovw.mask }
}
