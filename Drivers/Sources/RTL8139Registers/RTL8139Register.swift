public import DriverKit

/// The registers of the RTL8139 family; the raw value is the offset in region 1 (memory), where the datasheet's name for them is the
/// offset itself.
///
/// Arrays (`tsd0`, `tsad0`, `mar0`, `crc0`) have one case: their first element. The reset values are the RTL8139C(L)'s.
@frozen public enum RTL8139Register: UInt32, RegisterMap {
    // Identity and multicast filter: written four octets at a time.
    case idr0 = 0x00, idr4 = 0x04, mar0 = 0x08
    // Transmit: status of and start address of the four descriptors.
    case tsd0 = 0x10, tsad0 = 0x20
    // Receive ring.
    case rbstart = 0x30, erbcr = 0x34, ersr = 0x36, cr = 0x37, capr = 0x38, cbr = 0x3A
    // Interrupts and configuration of both directions.
    case imr = 0x3C, isr = 0x3E, tcr = 0x40, rcr = 0x44, tctr = 0x48, mpc = 0x4C
    case cr9346 = 0x50, config0 = 0x51, config1 = 0x52, timerint = 0x54, msr = 0x58, config3 = 0x59, config4 = 0x5A
    case mulint = 0x5C, rerid = 0x5E, tsad = 0x60
    // The PHY's registers, in the open.
    case bmcr = 0x62, bmsr = 0x64, anar = 0x66, anlpar = 0x68, aner = 0x6A, dis = 0x6C, fcsc = 0x6E, nwaytr = 0x70, rec = 0x72
    case cscr = 0x74, phy1Parm = 0x78, twParm = 0x7C, phy2Parm = 0x80
    // Wake up.
    case crc0 = 0x84, wakeup0 = 0x8C, lsbcrc0 = 0xCC, flash = 0xD4, config5 = 0xD8
    // CardBus only.
    case fer = 0xF0, femr = 0xF4, fpsr = 0xF8, ffer = 0xFC

    public static var datasheet: StaticString { "RTL8139C(L)" }
    public static var region: UInt8 { 1 }
    /// Octets of region 1.
    public static var regionLength: UInt32 { 0x100 }

    @inlinable public var stride: UInt32 {
        switch self {
        case .crc0, .lsbcrc0: 1
        default: 4
        }
    }

    @inlinable public var width: UInt32 {
        switch self {
        case .ersr, .cr, .cr9346, .config0, .config1, .msr, .config3, .config4, .rerid, .phy2Parm, .crc0, .lsbcrc0, .config5: 1
        case .erbcr, .capr, .cbr, .imr, .isr, .mulint, .tsad, .bmcr, .bmsr, .anar, .anlpar, .aner, .dis, .fcsc, .nwaytr, .rec, .cscr: 2
        default: 4
        }
    }

    /// Every register.
    public static func list<S: RegisterSink & ~Copyable>(into sink: inout S) where S.Map == Self {
        listRings(into: &sink)
        listConfiguration(into: &sink)
        listPHY(into: &sink)
        listWakeUp(into: &sink)
        listCardBus(into: &sink)
    }
}
