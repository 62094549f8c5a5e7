public import CDriver
public import DriverKit
import PCnetRegisters

/// What the shell may see and change of one device.
public struct PCnetVariables: DriverVariables {
    /// Between two looks at link and transmitter; also the time after which the latter counts as hung.
    public var watchdogMicroseconds: UInt32 = 1_000_000
    public var verbose: UInt32 = 0
    /// Seen, not set.
    public var hangs: UInt32 = 0, stops: UInt32 = 0
    public var interrupts: UInt64 = 0, foreignInterrupts: UInt64 = 0, refusedFrames: UInt64 = 0
    public init() {}
}

/// The driver of AMD's PCnet-PCI II and its successors: registers behind registers, an initialization block, two rings of descriptors
/// that say by one bit whose they are.
///
/// The rest of it lies in files by question, as in every driver: `Registers`, `Attach`, `ReceiveRing`, `TransmitRing`, `Rings` (the four
/// verbs), `Interrupt`, `Filters`, `Media`, `Recovery`, `Shell`.
public struct PCnet: NetDriver, ~Copyable {
    public static var name: StaticString { "pcnet" }
    public static var prefix: StaticString { "pcn" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString { Settings.help }

    public static func match(_ identity: drydock_identity) -> Int32 {
        identity.vendor == 0x1022 && identity.device == 0x2000 ? 100 : 0
    }

    /// Octets of Ethernet payload that can be had.
    static var mtuRange: ClosedRange<UInt32> { 68...1500 }
    /// Octets in front of the payload, a VLAN tag included.
    static var headerOctets: UInt32 { 18 }
    static var capabilities: UInt32 { DRYDOCK_CAP_VLAN_MTU }

    enum State: Sendable { case attached, running, stopped, gone }

    public let services: Services
    let io: Registers
    let live: Live<PCnetVariables>
    var settings: Settings
    var state: State = .attached
    let block: DMABlock
    var receive: ReceiveRing
    var transmit: TransmitRing
    var filters: FilterState
    var counters = CounterSet()
    var watch = Watch()
    var linkUp = false

    init(services: Services, io: Registers, live: Live<PCnetVariables>, settings: Settings, block: consuming DMABlock,
         receive: consuming ReceiveRing, transmit: consuming TransmitRing, filters: FilterState) {
        (self.services, self.io, self.live, self.settings) = (services, io, live, settings)
        self.block = block
        self.receive = receive
        self.transmit = transmit
        self.filters = filters
    }
}

/// The shape of both rings: 16 octets, at a multiple of 16, with SWSTYLE 2. Am79C970A, "Initialization Block"
enum PCnetLayout: DescriptorLayout {
    static var octets: Int { PCnetDescriptor.octets }
    static var alignment: Int { 16 }
}
