public import DriverKit
public import E1000Registers

/// The registers of the 82574 GbE Controller Family; the raw value is the offset in region 0. 82574 §10.2
///
/// Arrays have one case: their first element. What a queue has of its own (`rdbal`, `tdt`, ...) is an array of two. Field sets
/// that are the 8254x's are that family's; the others are in the `*Fields.swift` files here. The data sheet is cited by its
/// groups of registers: 10.2.2 general, 10.2.3 PCIe, 10.2.4 interrupts, 10.2.5 receive, 10.2.6 transmit, 10.2.7 statistics,
/// 10.2.8 wake up, 10.2.9 manageability, 10.2.10 time stamps, 10.2.11 MSI-X, 10.2.12 diagnostics.
@frozen public enum E1000ERegister: UInt32, GigabitRegister {
    // General
    case ctrl = 0x0000, status = 0x0008, eec = 0x0010, eerd = 0x0014, ctrlExt = 0x0018, fla = 0x001C, mdic = 0x0020
    case fcal = 0x0028, fcah = 0x002C, fct = 0x0030, vet = 0x0038, fcttv = 0x0170, fcrtv = 0x5F40, ledctl = 0x0E00
    case extcnfCtrl = 0x0F00, extcnfSize = 0x0F08, pba = 0x1000, pbs = 0x1008, eemngctl = 0x1010, flasht = 0x1028
    case eewr = 0x102C, flswctl = 0x1030, flswdata = 0x1034, flswcnt = 0x1038, flop = 0x103C
    // PCIe
    case gcr = 0x5B00, gscl1 = 0x5B10, gscl2 = 0x5B14, gscl3 = 0x5B18, gscl4 = 0x5B1C, gscn = 0x5B20, factps = 0x5B30
    case swsm = 0x5B50, fwsm = 0x5B54, gcr2 = 0x5B64, pbaclr = 0x5B68
    // Interrupts
    case icr = 0x00C0, itr = 0x00C4, ics = 0x00C8, ims = 0x00D0, imc = 0x00D8, eiac = 0x00DC, iam = 0x00E0, ivar = 0x00E4
    case eitr = 0x00E8
    // Receive
    case rctl = 0x0100, psrctl = 0x2170, fcrtl = 0x2160, fcrth = 0x2168
    case rdbal = 0x2800, rdbah = 0x2804, rdlen = 0x2808, rdh = 0x2810, rdt = 0x2818, rdtr = 0x2820, rxdctl = 0x2828
    case radv = 0x282C, rsrpd = 0x2C00, raid = 0x2C08, cpuvec = 0x2C10, rxcsum = 0x5000, rfctl = 0x5008
    case mrqc = 0x5818, reta = 0x5C00, rssrk = 0x5C80
    // Transmit
    case tctl = 0x0400, tipg = 0x0410, ait = 0x0458
    case tdbal = 0x3800, tdbah = 0x3804, tdlen = 0x3808, tdh = 0x3810, tdt = 0x3818, tidv = 0x3820, txdctl = 0x3828
    case tadv = 0x382C, tarc = 0x3840
    // Filters
    case mavtv = 0x5010, mta = 0x5200, ral = 0x5400, rah = 0x5404, vfta = 0x5600
    // Wake up
    case wuc = 0x5800, wufc = 0x5808, wus = 0x5810, ipav = 0x5838, ip4at = 0x5840, ip6at = 0x5880, wupl = 0x5900
    case wupm = 0x5A00, fflt = 0x5F00, ffmt = 0x9000, ffvt = 0x9800
    // Manageability
    case manc = 0x5820, mfval = 0x5824, mfutp01 = 0x5828, mfutp23 = 0x5830, manc2h = 0x5860, mdef = 0x5890, ftft = 0x9400
    // Statistics
    case crcerrs = 0x4000, algnerrc = 0x4004, rxerrc = 0x400C, mpc = 0x4010, scc = 0x4014, ecol = 0x4018, mcc = 0x401C
    case latecol = 0x4020, colc = 0x4028, dc = 0x4030, tncrs = 0x4034, cexterr = 0x403C, rlec = 0x4040, xonrxc = 0x4048
    case xontxc = 0x404C, xoffrxc = 0x4050, xofftxc = 0x4054, fcruc = 0x4058, prc64 = 0x405C, prc127 = 0x4060
    case prc255 = 0x4064, prc511 = 0x4068, prc1023 = 0x406C, prc1522 = 0x4070, gprc = 0x4074, bprc = 0x4078, mprc = 0x407C
    case gptc = 0x4080, gorcl = 0x4088, gorch = 0x408C, gotcl = 0x4090, gotch = 0x4094, rnbc = 0x40A0, ruc = 0x40A4
    case rfc = 0x40A8, roc = 0x40AC, rjc = 0x40B0, mngprc = 0x40B4, mpdc = 0x40B8, mngptc = 0x40BC, torl = 0x40C0
    case torh = 0x40C4, totl = 0x40C8, toth = 0x40CC, tpr = 0x40D0, tpt = 0x40D4, ptc64 = 0x40D8, ptc127 = 0x40DC
    case ptc255 = 0x40E0, ptc511 = 0x40E4, ptc1023 = 0x40E8, ptc1522 = 0x40EC, mptc = 0x40F0, bptc = 0x40F4, tsctc = 0x40F8
    case tsctfc = 0x40FC, iac = 0x4100, icrxptc = 0x4104, icrxatc = 0x4108, ictxptc = 0x410C, ictxatc = 0x4110
    case ictxqec = 0x4118, ictxqmtc = 0x411C, icrxdmtc = 0x4120, icrxoc = 0x4124
    // Time stamps
    case tsyncrxctl = 0xB620, rxstmpl = 0xB624, rxstmph = 0xB628, rxsatrl = 0xB62C, rxsatrh = 0xB630, rxcfgl = 0xB634
    case rxudp = 0xB638, tsynctxctl = 0xB614, txstmpl = 0xB618, txstmph = 0xB61C, systiml = 0xB600, systimh = 0xB604
    case timinca = 0xB608, timadjl = 0xB60C, timadjh = 0xB610
    // Diagnostics
    case rdfh = 0x2410, rdft = 0x2418, rdfhs = 0x2420, rdfts = 0x2428, rdfpc = 0x2430
    case tdfh = 0x3410, tdft = 0x3418, tdfhs = 0x3420, tdfts = 0x3428, tdfpc = 0x3430, pbm = 0x10000

    public static var datasheet: StaticString { "82574" }
    public static var region: UInt8 { 0 }

    /// The queues lie 256 octets apart.
    @inlinable public var stride: UInt32 {
        switch self {
        case .rdbal, .rdbah, .rdlen, .rdh, .rdt, .rdtr, .rxdctl, .radv: 0x100
        case .tdbal, .tdbah, .tdlen, .tdh, .tdt, .tidv, .txdctl, .tadv, .tarc: 0x100
        case .ral, .rah, .ip4at, .fflt, .ffmt, .ffvt, .ftft: 8
        default: 4
        }
    }

    /// Octets of region 0: 128 KiB.
    public static var regionLength: UInt32 { 0x20000 }

    /// Every register.
    public static func list<S: RegisterSink & ~Copyable>(into sink: inout S) where S.Map == Self {
        listGeneral(into: &sink)
        listPCIe(into: &sink)
        listInterrupts(into: &sink)
        listReceive(into: &sink)
        listTransmit(into: &sink)
        listFilters(into: &sink)
        listWakeUp(into: &sink)
        listManageability(into: &sink)
        listCounters(into: &sink)
        listTimeStamps(into: &sink)
        listDiagnostics(into: &sink)
    }
}

/// What is fixed about interrupts. 82574 §7.4
public enum Vectors82574 {
    /// Causes that MSI-X tells apart: receive queues 0 and 1, transmit queues 0 and 1, everything else.
    @inlinable public static var count: UInt32 { 5 }
}
