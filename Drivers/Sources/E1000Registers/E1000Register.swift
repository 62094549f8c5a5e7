public import DriverKit

/// The registers of the 8254x family; the raw value is the offset in region 0.
///
/// Arrays (`mta`, `ral`, ...) have one case: their first element. Names, access rules, reset values, sections and fields
/// are in the `list` functions, fields in the `*Fields.swift` files. The reset values are the 82540EM's.
@frozen public enum E1000Register: UInt32, RegisterMap {
    // General: 8254x §13.4.1-13.4.16
    case ctrl = 0x0000, status = 0x0008, eecd = 0x0010, eerd = 0x0014, ctrlExt = 0x0018, fla = 0x001C, mdic = 0x0020
    case fcal = 0x0028, fcah = 0x002C, fct = 0x0030, vet = 0x0038
    case fcttv = 0x0170, txcw = 0x0178, rxcw = 0x0180, ledctl = 0x0E00, pba = 0x1000
    // Interrupts: §13.4.17-13.4.21
    case icr = 0x00C0, itr = 0x00C4, ics = 0x00C8, ims = 0x00D0, imc = 0x00D8
    // Receive: §13.4.22-13.4.32, §13.4.46, §13.4.47
    case rctl = 0x0100, fcrtl = 0x2160, fcrth = 0x2168
    case rdbal = 0x2800, rdbah = 0x2804, rdlen = 0x2808, rdh = 0x2810, rdt = 0x2818, rdtr = 0x2820, rxdctl = 0x2828
    case radv = 0x282C, rsrpd = 0x2C00, rxcsum = 0x5000
    // Transmit: §13.4.33-13.4.45
    case tctl = 0x0400, tipg = 0x0410, aifs = 0x0458, txdmac = 0x3000
    case tdbal = 0x3800, tdbah = 0x3804, tdlen = 0x3808, tdh = 0x3810, tdt = 0x3818, tidv = 0x3820, txdctl = 0x3828
    case tadv = 0x382C, tspmt = 0x3830
    // Filters: §13.5
    case mta = 0x5200, ral = 0x5400, rah = 0x5404, vfta = 0x5600
    // Wake up: §13.6
    case wuc = 0x5800, wufc = 0x5808, wus = 0x5810, ipav = 0x5838, ip4at = 0x5840, ip6at = 0x5880, wupl = 0x5900
    case wupm = 0x5A00, fflt = 0x5F00, ffmt = 0x9000, ffvt = 0x9800
    // Statistics: §13.7
    case crcerrs = 0x4000, algnerrc = 0x4004, symerrs = 0x4008, rxerrc = 0x400C, mpc = 0x4010, scc = 0x4014
    case ecol = 0x4018, mcc = 0x401C, latecol = 0x4020, colc = 0x4028, dc = 0x4030, tncrs = 0x4034, sec = 0x4038
    case cexterr = 0x403C, rlec = 0x4040, xonrxc = 0x4048, xontxc = 0x404C, xoffrxc = 0x4050, xofftxc = 0x4054
    case fcruc = 0x4058, prc64 = 0x405C, prc127 = 0x4060, prc255 = 0x4064, prc511 = 0x4068, prc1023 = 0x406C
    case prc1522 = 0x4070, gprc = 0x4074, bprc = 0x4078, mprc = 0x407C, gptc = 0x4080, gorcl = 0x4088, gorch = 0x408C
    case gotcl = 0x4090, gotch = 0x4094, rnbc = 0x40A0, ruc = 0x40A4, rfc = 0x40A8, roc = 0x40AC, rjc = 0x40B0
    case mgtprc = 0x40B4, mgtpdc = 0x40B8, mgtptc = 0x40BC, torl = 0x40C0, torh = 0x40C4, totl = 0x40C8, toth = 0x40CC
    case tpr = 0x40D0, tpt = 0x40D4, ptc64 = 0x40D8, ptc127 = 0x40DC, ptc255 = 0x40E0, ptc511 = 0x40E4
    case ptc1023 = 0x40E8, ptc1522 = 0x40EC, mptc = 0x40F0, bptc = 0x40F4, tsctc = 0x40F8, tsctfc = 0x40FC
    // Diagnostics: §13.8
    case rdfh = 0x2410, rdft = 0x2418, rdfhs = 0x2420, rdfts = 0x2428, rdfpc = 0x2430
    case tdfh = 0x3410, tdft = 0x3418, tdfhs = 0x3420, tdfts = 0x3428, tdfpc = 0x3430, pbm = 0x10000

    public static var datasheet: StaticString { "8254x" }
    public static var region: UInt8 { 0 }

    /// RAL and RAH alternate, and so do some wake-up tables; everything else lies close.
    @inlinable public var stride: UInt32 {
        switch self {
        case .ral, .rah, .ip4at, .fflt, .ffmt, .ffvt: 8
        default: 4
        }
    }

    /// Octets of region 0: 128 KiB.
    public static var regionLength: UInt32 { 0x20000 }

    /// Every register.
    public static func list<S: RegisterSink & ~Copyable>(into sink: inout S) where S.Map == Self {
        listGeneral(into: &sink)
        listInterrupts(into: &sink)
        listReceive(into: &sink)
        listTransmit(into: &sink)
        listFilters(into: &sink)
        listWakeUp(into: &sink)
        listErrorCounters(into: &sink)
        listReceiveCounters(into: &sink)
        listTransmitCounters(into: &sink)
        listDiagnostics(into: &sink)
    }
}
