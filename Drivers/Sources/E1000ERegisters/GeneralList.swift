import DriverKit
import E1000Registers

extension E1000ERegister {
    static func listGeneral<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.ctrl, "CTRL", .readWrite, 0x0010_0249, "82574 §10.2.2", I82574.CTRL.self)
        s.register(.status, "STATUS", .readOnly, 0x0008_0000, "82574 §10.2.2", I82574.STATUS.self)
        s.register(.eec, "EEC", .readWrite, 0x0000_0300, "82574 §10.2.2", I82574.EEC.self)
        s.register(.eerd, "EERD", .readWrite, 0x0000_0002, "82574 §10.2.2", I82574.EERD.self)
        s.register(.ctrlExt, "CTRL_EXT", .readWrite, 0, "82574 §10.2.2", I82574.CTRL_EXT.self)
        s.register(.fla, "FLA", .readWrite, 0, "82574 §10.2.2", FLA.self)
        s.register(.mdic, "MDIC", .readWrite, 0, "82574 §10.2.2", MDIC.self)
        s.register(.fcal, "FCAL", .readWrite, 0, "82574 §10.2.2", Whole.self)
        s.register(.fcah, "FCAH", .readWrite, 0, "82574 §10.2.2", FCAH.self)
        s.register(.fct, "FCT", .readWrite, 0, "82574 §10.2.2", FCT.self)
        s.register(.vet, "VET", .readWrite, 0x8100, "82574 §10.2.2", VET.self)
        s.register(.fcttv, "FCTTV", .readWrite, 0, "82574 §10.2.2", FCTTV.self)
        s.register(.fcrtv, "FCRTV", .readWrite, 0, "82574 §10.2.2", FCTTV.self)
        s.register(.ledctl, "LEDCTL", .readWrite, 0x0006_8302, "82574 §10.2.2", LEDCTL.self)
        s.register(.extcnfCtrl, "EXTCNF_CTRL", .readWrite, 0x0000_0008, "82574 §10.2.2", I82574.EXTCNF_CTRL.self)
        s.register(.extcnfSize, "EXTCNF_SIZE", .readWrite, 0, "82574 §10.2.2", Whole.self)
        s.register(.pba, "PBA", .readWrite, 0x0014_0014, "82574 §10.2.2", PBA.self)
        s.register(.pbs, "PBS", .readWrite, 0x0000_0028, "82574 §10.2.2", I82574.PBS.self)
        s.register(.eemngctl, "EEMNGCTL", .readWrite, 0x8000_0000, "82574 §10.2.2", Whole.self)
        s.register(.flasht, "FLASHT", .readWrite, 0x0000_0002, "82574 §10.2.2", I82574.FLASHT.self)
        s.register(.eewr, "EEWR", .readWrite, 0x0000_0002, "82574 §10.2.2", I82574.EERD.self)
        s.register(.flswctl, "FLSWCTL", .readWrite, 0xC000_0000, "82574 §10.2.2", Whole.self)
        s.register(.flswdata, "FLSWDATA", .readWrite, 0, "82574 §10.2.2", Whole.self)
        s.register(.flswcnt, "FLSWCNT", .readWrite, 0, "82574 §10.2.2", Whole.self)
        s.register(.flop, "FLOP", .readWrite, 0, "82574 §10.2.2", Whole.self)
    }

    static func listPCIe<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.gcr, "GCR", .readWrite, 0x0680_0200, "82574 §10.2.3", I82574.GCR.self)
        s.register(.gscl1, "GSCL_1", .readWrite, 0, "82574 §10.2.3", Whole.self)
        s.register(.gscl2, "GSCL_2", .readWrite, 0, "82574 §10.2.3", Whole.self)
        s.register(.gscl3, "GSCL_3", .readWrite, 0, "82574 §10.2.3", Whole.self)
        s.register(.gscl4, "GSCL_4", .readWrite, 0, "82574 §10.2.3", Whole.self)
        s.register(.gscn, "GSCN", .readWrite, 0, "82574 §10.2.3", count: 4, Whole.self)
        s.register(.factps, "FACTPS", .readWrite, 0, "82574 §10.2.3", Whole.self)
        s.register(.swsm, "SWSM", .readWrite, 0, "82574 §10.2.3", I82574.SWSM.self)
        s.register(.fwsm, "FWSM", .readOnly, 0, "82574 §10.2.3", Whole.self)
        s.register(.gcr2, "GCR2", .readWrite, 0, "82574 §10.2.3", I82574.GCR2.self)
        s.register(.pbaclr, "PBACLR", .writeOneClears, 0, "82574 §10.2.11", I82574.PBACLR.self)
    }

    static func listInterrupts<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.icr, "ICR", .readClears, 0, "82574 §10.2.4", I82574.Causes.self)
        s.register(.itr, "ITR", .readWrite, 0, "82574 §10.2.4", ITR.self)
        s.register(.ics, "ICS", .writeOnly, 0, "82574 §10.2.4", I82574.Causes.self)
        s.register(.ims, "IMS", .readWrite, 0, "82574 §10.2.4", I82574.Causes.self)
        s.register(.imc, "IMC", .writeOnly, 0, "82574 §10.2.4", I82574.Causes.self)
        s.register(.eiac, "EIAC", .readWrite, 0, "82574 §10.2.4", I82574.EIAC.self)
        s.register(.iam, "IAM", .readWrite, 0, "82574 §10.2.4", Whole.self)
        s.register(.ivar, "IVAR", .readWrite, 0, "82574 §10.2.4", I82574.IVAR.self)
        s.register(.eitr, "EITR", .readWrite, 0, "82574 §10.2.4", count: 5, ITR.self)
    }

    static func listFilters<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.mavtv, "MAVTV", .readWrite, 0, "82574 §10.2.9", count: 4, Whole.self)
        s.register(.mta, "MTA", .readWrite, 0, "82574 §10.2.5", count: 128, Whole.self)
        s.register(.ral, "RAL", .readWrite, 0, "82574 §10.2.5", count: 16, Whole.self)
        s.register(.rah, "RAH", .readWrite, 0, "82574 §10.2.5", count: 16, RAH.self)
        s.register(.vfta, "VFTA", .readWrite, 0, "82574 §10.2.5", count: 128, Whole.self)
    }

    static func listWakeUp<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.wuc, "WUC", .readWrite, 0, "82574 §10.2.8", WUC.self)
        s.register(.wufc, "WUFC", .readWrite, 0, "82574 §10.2.8", WakeUps.self)
        s.register(.wus, "WUS", .readWrite, 0, "82574 §10.2.8", WakeUps.self)
        s.register(.ipav, "IPAV", .readWrite, 0, "82574 §10.2.8", IPAV.self)
        s.register(.ip4at, "IP4AT", .readWrite, 0, "82574 §10.2.8", count: 4, Whole.self)
        s.register(.ip6at, "IP6AT", .readWrite, 0, "82574 §10.2.8", count: 4, Whole.self)
        s.register(.wupl, "WUPL", .readOnly, 0, "82574 §10.2.8", WUPL.self)
        s.register(.wupm, "WUPM", .readOnly, 0, "82574 §10.2.8", count: 32, Whole.self)
        s.register(.fflt, "FFLT", .readWrite, 0, "82574 §10.2.8", count: 4, FFLT.self)
        s.register(.ffmt, "FFMT", .readWrite, 0, "82574 §10.2.8", count: 128, FFMT.self)
        s.register(.ffvt, "FFVT", .readWrite, 0, "82574 §10.2.8", count: 128, Whole.self)
    }

    static func listManageability<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.manc, "MANC", .readWrite, 0x1000_0000, "82574 §10.2.9", Whole.self)
        s.register(.mfval, "MFVAL", .readWrite, 0, "82574 §10.2.9", Whole.self)
        s.register(.mfutp01, "MFUTP01", .readWrite, 0, "82574 §10.2.9", Whole.self)
        s.register(.mfutp23, "MFUTP23", .readWrite, 0, "82574 §10.2.9", Whole.self)
        s.register(.manc2h, "MANC2H", .readWrite, 0, "82574 §10.2.9", Whole.self)
        s.register(.mdef, "MDEF", .readWrite, 0, "82574 §10.2.9", count: 8, Whole.self)
        s.register(.ftft, "FTFT", .readWrite, 0, "82574 §10.2.9", count: 128, Whole.self)
    }

    static func listDiagnostics<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.rdfh, "RDFH", .readWrite, 0, "82574 §10.2.12", FIFOPointer.self)
        s.register(.rdft, "RDFT", .readWrite, 0, "82574 §10.2.12", FIFOPointer.self)
        s.register(.rdfhs, "RDFHS", .readWrite, 0, "82574 §10.2.12", FIFOPointer.self)
        s.register(.rdfts, "RDFTS", .readWrite, 0, "82574 §10.2.12", FIFOPointer.self)
        s.register(.rdfpc, "RDFPC", .readWrite, 0, "82574 §10.2.12", FIFOPointer.self)
        s.register(.tdfh, "TDFH", .readWrite, 0x0600, "82574 §10.2.12", FIFOPointer.self)
        s.register(.tdft, "TDFT", .readWrite, 0x0600, "82574 §10.2.12", FIFOPointer.self)
        s.register(.tdfhs, "TDFHS", .readWrite, 0x0600, "82574 §10.2.12", FIFOPointer.self)
        s.register(.tdfts, "TDFTS", .readWrite, 0x0600, "82574 §10.2.12", FIFOPointer.self)
        s.register(.tdfpc, "TDFPC", .readWrite, 0, "82574 §10.2.12", FIFOPointer.self)
        s.register(.pbm, "PBM", .readWrite, 0, "82574 §10.2.12", count: 10240, Whole.self)
    }
}
