public import CDriver
public import DriverKit
import PCnetRegisters

/// What the shell may see and change of one device.
public struct PCnetVariables: NICVariables {
    public var usual = UsualVariables()
    /// Resets because a unit had switched itself off. Seen, not set.
    public var stops: UInt32 = 0
    public init() {}
}

/// The driver of AMD's PCnet-PCI II and its successors: registers behind registers, an initialization block, two rings of descriptors
/// that say by one bit whose they are.
///
/// Start, stop, hangs and removal it has from `NICDriver`. The rest of it lies in files by question, as in every driver: `Registers`,
/// `Attach`, `ReceiveRing`, `TransmitRing`, `Frames` (the four verbs), `Interrupt`, `Filters`, `Media`, `Shell`.
public struct PCnet: FrameSender, ~Copyable {
    public static var name: StaticString { "pcnet" }
    public static var prefix: StaticString { "pcn" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString {
        """
        mac=XX:XX:XX:XX:XX:XX  use this address, not the EEPROM's
        speed=10               the only one there is
        duplex=0|1             half or full (default 0: the device does not negotiate)
        promiscuous            accept every frame
        nomulticast            accept no multicast frame
        verbose[=0..2]         log more
        mtu=68..1500           octets of payload (default 1500)
        receive=16..512        receive descriptors, a power of two (default 128)
        transmit=16..512       transmit descriptors, a power of two (default 128)
        """
    }

    public static func match(_ identity: drydock_identity) -> Int32 {
        identity.vendor == 0x1022 && identity.device == 0x2000 ? 100 : 0
    }

    public var core: DriverCore<PCnetVariables>
    let io: Registers
    let block: DMABlock
    var receive: ReceiveRing
    var transmit: TransmitRing
    /// The logical address filter: 64 bits, one a hash. CSR8-11
    var hash: UInt64 = 0
    var isFull: Bool
    /// CSR112 when it was last read; how far the device was last told that there are frames.
    var missed: UInt32 = 0, told = 0
}

/// The shape of both rings: 16 octets, at a multiple of 16, with SWSTYLE 2. Am79C970A, "Initialization Block"
enum PCnetLayout: DescriptorLayout {
    static var octets: Int { PCnetDescriptor.octets }
    static var alignment: Int { 16 }
}
