public import CDriver
public import DriverIntel
public import DriverKit
public import E1000ERegisters
import E1000Registers

/// The driver of the Intel 82574 family.
///
/// Here is what this chip has alone: its reset and its semaphores (`Reset`), extended descriptors (`ExtendedReceive`), three
/// kinds of interrupt (`Interrupt`), two receive queues (`Scaling`), and what its specification update asks of software
/// (`Errata`). Everything else is ``IntelNIC``.
public typealias E1000E = IntelNIC<Chip82574>

/// A member of the 82574 family. 82574 §5.1 (NVM), §9.1 (identifiers)
public struct Chip82574: IntelChip {
    public typealias Map = E1000ERegister
    public typealias Format = ExtendedReceive

    public let title: StaticString

    public static func find(_ identity: drydock_identity) -> Chip82574? {
        guard identity.vendor == 0x8086 else { return nil }
        switch identity.device {
        case 0x10D3: return Self(title: "Intel 82574L Gigabit Ethernet Controller")
        case 0x10F6: return Self(title: "Intel 82574LA Gigabit Ethernet Controller")
        default: return nil
        }
    }

    public static var name: StaticString { "e1000e" }
    /// As the drivers of this family are called elsewhere, and other than the 8254x's `em`.
    public static var prefix: StaticString { "wm" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString {
        """
        mac=XX:XX:XX:XX:XX:XX  use this address, not the NVM's
        speed=10|100|1000      allow this speed only (default: negotiated)
        duplex=0|1             half or full, with speed only
        promiscuous            accept every frame
        nomulticast            accept no multicast frame
        verbose[=0..2]         log more
        mtu=68..9000           octets of payload (default 1500)
        receive=64..4096       receive descriptors a queue, a multiple of 8 (default 256)
        transmit=64..4096      transmit descriptors, a multiple of 8 (default 256)
        irq_thresh=0..100000   interrupts a second and vector at most, 0: no limit (default 8000)
        rx_abs=0..65535        longest delay of a receive interrupt, in 1.024 us (default 0: off)
        rx_delay=0..65535      delay of a receive interrupt after a frame, in 1.024 us (default 0: off)
        rss=off|on             spread flows over two receive queues (default off)
        irq=msix|msi|intx      the best kind of interrupt to ask for (default msix)
        """
    }
    public static var optionNames: StaticString {
        "mac= speed= duplex= promiscuous nomulticast verbose mtu= receive= transmit= irq_thresh= rx_abs= rx_delay= rss= irq="
    }

    public static func option(_ option: Options.Option, _ options: Options, _ settings: inout Settings) throws(DriverFailure) -> Bool {
        if options.named(option, "rss") {
            settings.scaling = options.valued(option, "on")
            guard settings.scaling || options.valued(option, "off") else { throw options.refuse(option, "makes no sense", allowed: "on or off") }
        } else if options.named(option, "irq") {
            guard let kind = kind(option, options) else { throw options.refuse(option, "is no kind of interrupt", allowed: "msix, msi or intx") }
            settings.interruptKind = UInt32(kind.rawValue)
        } else { return false }
        return true
    }

    private static func kind(_ option: Options.Option, _ options: Options) -> drydock_interrupt_kind? {
        options.valued(option, "msix") ? DRYDOCK_MSIX : options.valued(option, "msi") ? DRYDOCK_MSI
            : options.valued(option, "intx") ? DRYDOCK_INTX : nil
    }

    public static var capabilities: UInt32 {
        DRYDOCK_CAP_IP4CSUM_RX | DRYDOCK_CAP_TCP4CSUM_RX | DRYDOCK_CAP_UDP4CSUM_RX
            | DRYDOCK_CAP_IP4CSUM_TX | DRYDOCK_CAP_TCP4CSUM_TX | DRYDOCK_CAP_UDP4CSUM_TX
            | DRYDOCK_CAP_TCP6CSUM_TX | DRYDOCK_CAP_UDP6CSUM_TX | DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TSO6
            | DRYDOCK_CAP_VLAN_MTU | DRYDOCK_CAP_VLAN_HW | DRYDOCK_CAP_VLAN_FILTER | DRYDOCK_CAP_JUMBO
    }
    public static var receiveQueues: Int { 2 }
    public static var symbolErrors: E1000ERegister? { nil }
    public static var causes: UInt32 {
        let c = I82574.Causes()
        return c.txdw.mask | c.txqe.mask | c.lsc.mask | c.rxdmt0.mask | c.rxo.mask | c.rxt0.mask | c.mdac.mask | c.txdLow.mask | c.srpd.mask
            | c.ack.mask | c.mng.mask | c.rxq0.mask | c.rxq1.mask | c.txq0.mask | c.txq1.mask | c.other.mask
    }
    /// None: what is LRST in the 8254x is reserved and one. 82574 §10.2.2.1
    public static var linkReset: UInt32 { 0 }
    public static var transmitControl: UInt32 { I82574.TCTL().mulr.mask | I82574.TCTL().rrthresh.of(1) }
    /// 82574 §10.2.6 (TIPG)
    public var gap: (transmit: UInt32, first: UInt32, second: UInt32) { (8, 8, 6) }
    public var readsNVM: Bool { true }
    public var hasAbsoluteTimers: Bool { true }
    public var detectsSpeed: Bool { false }

    public static func nvmCommand(_ word: UInt32) -> UInt32 { I82574.EERD().start.mask | I82574.EERD().addr.of(word) }
    public static var nvmDone: UInt32 { I82574.EERD().done.mask }
}
