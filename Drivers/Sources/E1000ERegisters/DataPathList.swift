import DriverKit
import E1000Registers

extension E1000ERegister {
    static func listReceive<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.rctl, "RCTL", .readWrite, 0, "82574 §10.2.5", I82574.RCTL.self)
        s.register(.psrctl, "PSRCTL", .readWrite, 0x0004_0402, "82574 §10.2.5", I82574.PSRCTL.self)
        s.register(.fcrtl, "FCRTL", .readWrite, 0, "82574 §10.2.5", FCRTL.self)
        s.register(.fcrth, "FCRTH", .readWrite, 0, "82574 §10.2.5", FCRTH.self)
        s.register(.rdbal, "RDBAL", .readWrite, 0, "82574 §10.2.5", count: 2, RingBase.self)
        s.register(.rdbah, "RDBAH", .readWrite, 0, "82574 §10.2.5", count: 2, Whole.self)
        s.register(.rdlen, "RDLEN", .readWrite, 0, "82574 §10.2.5", count: 2, RingLength.self)
        s.register(.rdh, "RDH", .readWrite, 0, "82574 §10.2.5", count: 2, RingIndex.self)
        s.register(.rdt, "RDT", .readWrite, 0, "82574 §10.2.5", count: 2, RingIndex.self)
        s.register(.rdtr, "RDTR", .readWrite, 0, "82574 §10.2.5", RDTR.self)
        s.register(.rxdctl, "RXDCTL", .readWrite, 0x0001_0000, "82574 §10.2.5", count: 2, RXDCTL.self)
        s.register(.radv, "RADV", .readWrite, 0, "82574 §10.2.5", Delay.self)
        s.register(.rsrpd, "RSRPD", .readWrite, 0, "82574 §10.2.5", RSRPD.self)
        s.register(.raid, "RAID", .readWrite, 0, "82574 §10.2.5", Delay.self)
        s.register(.cpuvec, "CPUVEC", .readWrite, 0, "82574 §10.2.5", Whole.self)
        s.register(.rxcsum, "RXCSUM", .readWrite, 0x0000_0300, "82574 §10.2.5", I82574.RXCSUM.self)
        s.register(.rfctl, "RFCTL", .readWrite, 0, "82574 §10.2.5", I82574.RFCTL.self)
        s.register(.mrqc, "MRQC", .readWrite, 0, "82574 §10.2.5", I82574.MRQC.self)
        s.register(.reta, "RETA", .readWrite, 0, "82574 §10.2.5", count: 32, I82574.RETA.self)
        s.register(.rssrk, "RSSRK", .readWrite, 0, "82574 §10.2.5", count: 10, Whole.self)
    }

    static func listTransmit<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.tctl, "TCTL", .readWrite, 0x3003_F0F8, "82574 §10.2.6", I82574.TCTL.self)
        s.register(.tipg, "TIPG", .readWrite, 0x0060_2008, "82574 §10.2.6", TIPG.self)
        s.register(.ait, "AIT", .readWrite, 0, "82574 §10.2.6", AIFS.self)
        s.register(.tdbal, "TDBAL", .readWrite, 0, "82574 §10.2.6", count: 2, RingBase.self)
        s.register(.tdbah, "TDBAH", .readWrite, 0, "82574 §10.2.6", count: 2, Whole.self)
        s.register(.tdlen, "TDLEN", .readWrite, 0, "82574 §10.2.6", count: 2, RingLength.self)
        s.register(.tdh, "TDH", .readWrite, 0, "82574 §10.2.6", count: 2, RingIndex.self)
        s.register(.tdt, "TDT", .readWrite, 0, "82574 §10.2.6", count: 2, RingIndex.self)
        s.register(.tidv, "TIDV", .readWrite, 0, "82574 §10.2.6", I82574.TIDV.self)
        s.register(.txdctl, "TXDCTL", .readWrite, 0, "82574 §10.2.6", count: 2, I82574.TXDCTL.self)
        s.register(.tadv, "TADV", .readWrite, 0, "82574 §10.2.6", Delay.self)
        s.register(.tarc, "TARC", .readWrite, 0x0000_0403, "82574 §10.2.6", count: 2, I82574.TARC.self)
    }

    static func listTimeStamps<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.tsyncrxctl, "TSYNCRXCTL", .readWrite, 0, "82574 §10.2.10", Whole.self)
        s.register(.rxstmpl, "RXSTMPL", .readOnly, 0, "82574 §10.2.10", Whole.self)
        s.register(.rxstmph, "RXSTMPH", .readOnly, 0, "82574 §10.2.10", Whole.self)
        s.register(.rxsatrl, "RXSATRL", .readOnly, 0, "82574 §10.2.10", Whole.self)
        s.register(.rxsatrh, "RXSATRH", .readOnly, 0, "82574 §10.2.10", Whole.self)
        s.register(.rxcfgl, "RXCFGL", .readWrite, 0x0000_88F7, "82574 §10.2.10", Whole.self)
        s.register(.rxudp, "RXUDP", .readWrite, 0x0000_0319, "82574 §10.2.10", Whole.self)
        s.register(.tsynctxctl, "TSYNCTXCTL", .readWrite, 0, "82574 §10.2.10", Whole.self)
        s.register(.txstmpl, "TXSTMPL", .readOnly, 0, "82574 §10.2.10", Whole.self)
        s.register(.txstmph, "TXSTMPH", .readOnly, 0, "82574 §10.2.10", Whole.self)
        s.register(.systiml, "SYSTIML", .readWrite, 0, "82574 §10.2.10", Whole.self)
        s.register(.systimh, "SYSTIMH", .readWrite, 0, "82574 §10.2.10", Whole.self)
        s.register(.timinca, "TIMINCA", .readWrite, 0, "82574 §10.2.10", Whole.self)
        s.register(.timadjl, "TIMADJL", .readWrite, 0, "82574 §10.2.10", Whole.self)
        s.register(.timadjh, "TIMADJH", .readWrite, 0, "82574 §10.2.10", Whole.self)
    }
}
