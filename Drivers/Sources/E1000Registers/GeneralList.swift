import DriverKit

extension E1000Register {
    static func listGeneral<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.ctrl, "CTRL", .readWrite, 0x0000_0209, "8254x §13.4.1", CTRL.self)
        s.register(.status, "STATUS", .readOnly, 0, "8254x §13.4.2", STATUS.self)
        s.register(.eecd, "EECD", .readWrite, 0x0000_0110, "8254x §13.4.3", EECD.self)
        s.register(.eerd, "EERD", .readWrite, 0, "8254x §13.4.4", EERD.self)
        s.register(.ctrlExt, "CTRL_EXT", .readWrite, 0, "8254x §13.4.6", CTRL_EXT.self)
        s.register(.fla, "FLA", .readWrite, 0, "8254x §13.4.5", FLA.self)
        s.register(.mdic, "MDIC", .readWrite, 0, "8254x §13.4.7", MDIC.self)
        s.register(.fcal, "FCAL", .readWrite, 0, "8254x §13.4.8", Whole.self)
        s.register(.fcah, "FCAH", .readWrite, 0, "8254x §13.4.9", FCAH.self)
        s.register(.fct, "FCT", .readWrite, 0, "8254x §13.4.10", FCT.self)
        s.register(.vet, "VET", .readWrite, 0x8100, "8254x §13.4.11", VET.self)
        s.register(.fcttv, "FCTTV", .readWrite, 0, "8254x §13.4.12", FCTTV.self)
        s.register(.txcw, "TXCW", .readWrite, 0, "8254x §13.4.13", TXCW.self)
        s.register(.rxcw, "RXCW", .readOnly, 0, "8254x §13.4.14", RXCW.self)
        s.register(.ledctl, "LEDCTL", .readWrite, 0x0706_8302, "8254x §13.4.15", LEDCTL.self)
        s.register(.pba, "PBA", .readWrite, 0x0010_0030, "8254x §13.4.16", PBA.self)
    }

    static func listInterrupts<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.icr, "ICR", .readClears, 0, "8254x §13.4.17", Causes.self)
        s.register(.itr, "ITR", .readWrite, 0, "8254x §13.4.18", ITR.self)
        s.register(.ics, "ICS", .writeOnly, 0, "8254x §13.4.19", Causes.self)
        s.register(.ims, "IMS", .readWrite, 0, "8254x §13.4.20", Causes.self)
        s.register(.imc, "IMC", .writeOnly, 0, "8254x §13.4.21", Causes.self)
    }

    static func listFilters<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.mta, "MTA", .readWrite, 0, "8254x §13.5.1", count: 128, Whole.self)
        s.register(.ral, "RAL", .readWrite, 0, "8254x §13.5.2", count: 16, Whole.self)
        s.register(.rah, "RAH", .readWrite, 0, "8254x §13.5.3", count: 16, RAH.self)
        s.register(.vfta, "VFTA", .readWrite, 0, "8254x §13.5.4", count: 128, Whole.self)
    }

    static func listWakeUp<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.wuc, "WUC", .readWrite, 0, "8254x §13.6.1", WUC.self)
        s.register(.wufc, "WUFC", .readWrite, 0, "8254x §13.6.2", WakeUps.self)
        s.register(.wus, "WUS", .readWrite, 0, "8254x §13.6.3", WakeUps.self)
        s.register(.ipav, "IPAV", .readWrite, 0, "8254x §13.6.4", IPAV.self)
        s.register(.ip4at, "IP4AT", .readWrite, 0, "8254x §13.6.5", count: 4, Whole.self)
        s.register(.ip6at, "IP6AT", .readWrite, 0, "8254x §13.6.6", count: 4, Whole.self)
        s.register(.wupl, "WUPL", .readOnly, 0, "8254x §13.6.7", WUPL.self)
        s.register(.wupm, "WUPM", .readOnly, 0, "8254x §13.6.8", count: 32, Whole.self)
        s.register(.fflt, "FFLT", .readWrite, 0, "8254x §13.6.9", count: 4, FFLT.self)
        s.register(.ffmt, "FFMT", .readWrite, 0, "8254x §13.6.10", count: 128, FFMT.self)
        s.register(.ffvt, "FFVT", .readWrite, 0, "8254x §13.6.11", count: 128, Whole.self)
    }

    static func listDiagnostics<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.rdfh, "RDFH", .readWrite, 0, "8254x §13.8.1", FIFOPointer.self)
        s.register(.rdft, "RDFT", .readWrite, 0, "8254x §13.8.2", FIFOPointer.self)
        s.register(.rdfhs, "RDFHS", .readWrite, 0, "8254x §13.8.3", FIFOPointer.self)
        s.register(.rdfts, "RDFTS", .readWrite, 0, "8254x §13.8.4", FIFOPointer.self)
        s.register(.rdfpc, "RDFPC", .readWrite, 0, "8254x §13.8.5", FIFOPointer.self)
        s.register(.tdfh, "TDFH", .readWrite, 0, "8254x §13.8.6", FIFOPointer.self)
        s.register(.tdft, "TDFT", .readWrite, 0, "8254x §13.8.7", FIFOPointer.self)
        s.register(.tdfhs, "TDFHS", .readWrite, 0, "8254x §13.8.8", FIFOPointer.self)
        s.register(.tdfts, "TDFTS", .readWrite, 0, "8254x §13.8.9", FIFOPointer.self)
        s.register(.tdfpc, "TDFPC", .readWrite, 0, "8254x §13.8.10", FIFOPointer.self)
        s.register(.pbm, "PBM", .readWrite, 0, "8254x §13.8.11", count: 16384, Whole.self)
    }
}
