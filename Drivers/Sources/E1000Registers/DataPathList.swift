import DriverKit

extension E1000Register {
    static func listReceive<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.rctl, "RCTL", .readWrite, 0, "8254x §13.4.22", RCTL.self)
        s.register(.fcrtl, "FCRTL", .readWrite, 0, "8254x §13.4.23", FCRTL.self)
        s.register(.fcrth, "FCRTH", .readWrite, 0, "8254x §13.4.24", FCRTH.self)
        s.register(.rdbal, "RDBAL", .readWrite, 0, "8254x §13.4.25", RingBase.self)
        s.register(.rdbah, "RDBAH", .readWrite, 0, "8254x §13.4.26", Whole.self)
        s.register(.rdlen, "RDLEN", .readWrite, 0, "8254x §13.4.27", RingLength.self)
        s.register(.rdh, "RDH", .readWrite, 0, "8254x §13.4.28", RingIndex.self)
        s.register(.rdt, "RDT", .readWrite, 0, "8254x §13.4.29", RingIndex.self)
        s.register(.rdtr, "RDTR", .readWrite, 0, "8254x §13.4.30", RDTR.self)
        s.register(.rxdctl, "RXDCTL", .readWrite, 0x0001_0000, "8254x §13.4.46", RXDCTL.self)
        s.register(.radv, "RADV", .readWrite, 0, "8254x §13.4.31", Delay.self)
        s.register(.rsrpd, "RSRPD", .readWrite, 0, "8254x §13.4.32", RSRPD.self)
        s.register(.rxcsum, "RXCSUM", .readWrite, 0, "8254x §13.4.47", RXCSUM.self)
    }

    static func listTransmit<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.tctl, "TCTL", .readWrite, 0, "8254x §13.4.33", TCTL.self)
        s.register(.tipg, "TIPG", .readWrite, 0, "8254x §13.4.34", TIPG.self)
        s.register(.aifs, "AIFS", .readWrite, 0, "8254x §13.4.35", AIFS.self)
        s.register(.txdmac, "TXDMAC", .readWrite, 0, "8254x §13.4.42", TXDMAC.self)
        s.register(.tdbal, "TDBAL", .readWrite, 0, "8254x §13.4.36", RingBase.self)
        s.register(.tdbah, "TDBAH", .readWrite, 0, "8254x §13.4.37", Whole.self)
        s.register(.tdlen, "TDLEN", .readWrite, 0, "8254x §13.4.38", RingLength.self)
        s.register(.tdh, "TDH", .readWrite, 0, "8254x §13.4.39", RingIndex.self)
        s.register(.tdt, "TDT", .readWrite, 0, "8254x §13.4.40", RingIndex.self)
        s.register(.tidv, "TIDV", .readWrite, 0, "8254x §13.4.41", Delay.self)
        s.register(.txdctl, "TXDCTL", .readWrite, 0, "8254x §13.4.43", TXDCTL.self)
        s.register(.tadv, "TADV", .readWrite, 0, "8254x §13.4.44", Delay.self)
        s.register(.tspmt, "TSPMT", .readWrite, 0x0100_0400, "8254x §13.4.45", TSPMT.self)
    }
}
