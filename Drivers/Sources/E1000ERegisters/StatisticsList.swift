import DriverKit

// All statistics registers count from reset and are set to zero by reading them. 82574 §10.2.7
extension E1000ERegister {
    static func listCounters<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        listMACCounters(into: &s)
        listPacketCounters(into: &s)
        listInterruptCounters(into: &s)
    }

    private static func listMACCounters<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        let section: StaticString = "82574 §10.2.7"
        s.register(.crcerrs, "CRCERRS", .readClears, 0, section, Whole.self)
        s.register(.algnerrc, "ALGNERRC", .readClears, 0, section, Whole.self)
        s.register(.rxerrc, "RXERRC", .readClears, 0, section, Whole.self)
        s.register(.mpc, "MPC", .readClears, 0, section, Whole.self)
        s.register(.scc, "SCC", .readClears, 0, section, Whole.self)
        s.register(.ecol, "ECOL", .readClears, 0, section, Whole.self)
        s.register(.mcc, "MCC", .readClears, 0, section, Whole.self)
        s.register(.latecol, "LATECOL", .readClears, 0, section, Whole.self)
        s.register(.colc, "COLC", .readClears, 0, section, Whole.self)
        s.register(.dc, "DC", .readClears, 0, section, Whole.self)
        s.register(.tncrs, "TNCRS", .readClears, 0, section, Whole.self)
        s.register(.cexterr, "CEXTERR", .readClears, 0, section, Whole.self)
        s.register(.rlec, "RLEC", .readClears, 0, section, Whole.self)
        s.register(.xonrxc, "XONRXC", .readClears, 0, section, Whole.self)
        s.register(.xontxc, "XONTXC", .readClears, 0, section, Whole.self)
        s.register(.xoffrxc, "XOFFRXC", .readClears, 0, section, Whole.self)
        s.register(.xofftxc, "XOFFTXC", .readClears, 0, section, Whole.self)
        s.register(.fcruc, "FCRUC", .readClears, 0, section, Whole.self)
    }

    private static func listPacketCounters<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        let section: StaticString = "82574 §10.2.7"
        s.register(.prc64, "PRC64", .readClears, 0, section, Whole.self)
        s.register(.prc127, "PRC127", .readClears, 0, section, Whole.self)
        s.register(.prc255, "PRC255", .readClears, 0, section, Whole.self)
        s.register(.prc511, "PRC511", .readClears, 0, section, Whole.self)
        s.register(.prc1023, "PRC1023", .readClears, 0, section, Whole.self)
        s.register(.prc1522, "PRC1522", .readClears, 0, section, Whole.self)
        s.register(.gprc, "GPRC", .readClears, 0, section, Whole.self)
        s.register(.bprc, "BPRC", .readClears, 0, section, Whole.self)
        s.register(.mprc, "MPRC", .readClears, 0, section, Whole.self)
        s.register(.gptc, "GPTC", .readClears, 0, section, Whole.self)
        s.register(.gorcl, "GORCL", .readClears, 0, section, Whole.self)
        s.register(.gorch, "GORCH", .readClears, 0, section, Whole.self)
        s.register(.gotcl, "GOTCL", .readClears, 0, section, Whole.self)
        s.register(.gotch, "GOTCH", .readClears, 0, section, Whole.self)
        s.register(.rnbc, "RNBC", .readClears, 0, section, Whole.self)
        s.register(.ruc, "RUC", .readClears, 0, section, Whole.self)
        s.register(.rfc, "RFC", .readClears, 0, section, Whole.self)
        s.register(.roc, "ROC", .readClears, 0, section, Whole.self)
        s.register(.rjc, "RJC", .readClears, 0, section, Whole.self)
        s.register(.mngprc, "MNGPRC", .readClears, 0, section, Whole.self)
        s.register(.mpdc, "MPDC", .readClears, 0, section, Whole.self)
        s.register(.mngptc, "MNGPTC", .readClears, 0, section, Whole.self)
        s.register(.torl, "TORL", .readClears, 0, section, Whole.self)
        s.register(.torh, "TORH", .readClears, 0, section, Whole.self)
        s.register(.totl, "TOTL", .readClears, 0, section, Whole.self)
        s.register(.toth, "TOTH", .readClears, 0, section, Whole.self)
        s.register(.tpr, "TPR", .readClears, 0, section, Whole.self)
        s.register(.tpt, "TPT", .readClears, 0, section, Whole.self)
        s.register(.ptc64, "PTC64", .readClears, 0, section, Whole.self)
        s.register(.ptc127, "PTC127", .readClears, 0, section, Whole.self)
        s.register(.ptc255, "PTC255", .readClears, 0, section, Whole.self)
        s.register(.ptc511, "PTC511", .readClears, 0, section, Whole.self)
        s.register(.ptc1023, "PTC1023", .readClears, 0, section, Whole.self)
        s.register(.ptc1522, "PTC1522", .readClears, 0, section, Whole.self)
        s.register(.mptc, "MPTC", .readClears, 0, section, Whole.self)
        s.register(.bptc, "BPTC", .readClears, 0, section, Whole.self)
        s.register(.tsctc, "TSCTC", .readClears, 0, section, Whole.self)
        s.register(.tsctfc, "TSCTFC", .readClears, 0, section, Whole.self)
    }

    private static func listInterruptCounters<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        let section: StaticString = "82574 §10.2.7"
        s.register(.iac, "IAC", .readClears, 0, section, Whole.self)
        s.register(.icrxptc, "ICRXPTC", .readClears, 0, section, Whole.self)
        s.register(.icrxatc, "ICRXATC", .readClears, 0, section, Whole.self)
        s.register(.ictxptc, "ICTXPTC", .readClears, 0, section, Whole.self)
        s.register(.ictxatc, "ICTXATC", .readClears, 0, section, Whole.self)
        s.register(.ictxqec, "ICTXQEC", .readClears, 0, section, Whole.self)
        s.register(.ictxqmtc, "ICTXQMTC", .readClears, 0, section, Whole.self)
        s.register(.icrxdmtc, "ICRXDMTC", .readClears, 0, section, Whole.self)
        s.register(.icrxoc, "ICRXOC", .readClears, 0, section, Whole.self)
    }
}
