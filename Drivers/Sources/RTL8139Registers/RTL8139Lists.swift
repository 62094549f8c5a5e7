import DriverKit

extension RTL8139Register {
    static func listRings<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.idr0, "IDR0", .readWrite, 0, "RTL8139C(L) 0000h", Whole.self)
        s.register(.idr4, "IDR4", .readWrite, 0, "RTL8139C(L) 0004h", IDR4.self)
        s.register(.mar0, "MAR0", .readWrite, 0, "RTL8139C(L) 0008h", count: 2, Whole.self)
        s.register(.tsd0, "TSD0", .readWrite, 0x0000_2000, "RTL8139C(L) 0010h", count: 4, TSD.self)
        s.register(.tsad0, "TSAD0", .readWrite, 0, "RTL8139C(L) 0020h", count: 4, Whole.self)
        s.register(.rbstart, "RBSTART", .readWrite, 0, "RTL8139C(L) 0030h", Whole.self)
        s.register(.erbcr, "ERBCR", .readOnly, 0, "RTL8139C(L) 0034h", Word.self)
        s.register(.ersr, "ERSR", .readOnly, 0, "RTL8139C(L) 0036h", ERSR.self)
        s.register(.cr, "CR", .readWrite, 0x01, "RTL8139C(L) 0037h", CR.self)
        s.register(.capr, "CAPR", .readWrite, 0xFFF0, "RTL8139C(L) 0038h", Word.self)
        s.register(.cbr, "CBR", .readOnly, 0, "RTL8139C(L) 003Ah", Word.self)
        s.register(.imr, "IMR", .readWrite, 0, "RTL8139C(L) 003Ch", Causes.self)
        s.register(.isr, "ISR", .writeOneClears, 0, "RTL8139C(L) 003Eh", Causes.self)
        s.register(.tcr, "TCR", .readWrite, 0x7400_0000, "RTL8139C(L) 0040h", TCR.self)
        s.register(.rcr, "RCR", .readWrite, 0, "RTL8139C(L) 0044h", RCR.self)
        s.register(.tctr, "TCTR", .readWrite, 0, "RTL8139C(L) 0048h", Whole.self)
        s.register(.mpc, "MPC", .readWrite, 0, "RTL8139C(L) 004Ch", MPC.self)
    }

    static func listConfiguration<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.cr9346, "9346CR", .readWrite, 0, "RTL8139C(L) 0050h", CR9346.self)
        s.register(.config0, "CONFIG0", .readOnly, 0x10, "RTL8139C(L) 0051h", CONFIG0.self)
        s.register(.config1, "CONFIG1", .readWrite, 0, "RTL8139C(L) 0052h", CONFIG1.self)
        s.register(.timerint, "TIMERINT", .readWrite, 0, "RTL8139C(L) 0054h", Whole.self)
        s.register(.msr, "MSR", .readWrite, 0, "RTL8139C(L) 0058h", MSR.self)
        s.register(.config3, "CONFIG3", .readWrite, 0, "RTL8139C(L) 0059h", CONFIG3.self)
        s.register(.config4, "CONFIG4", .readWrite, 0, "RTL8139C(L) 005Ah", CONFIG4.self)
        s.register(.mulint, "MULINT", .readWrite, 0, "RTL8139C(L) 005Ch", MULINT.self)
        s.register(.rerid, "RERID", .readOnly, 0x10, "RTL8139C(L) 005Eh", Octet.self)
        s.register(.tsad, "TSAD", .readOnly, 0x000F, "RTL8139C(L) 0060h", TSAD.self)
        s.register(.flash, "FLASH", .readWrite, 0, "RTL8139C(L) 00D4h", FLASH.self)
        s.register(.config5, "CONFIG5", .readWrite, 0, "RTL8139C(L) 00D8h", CONFIG5.self)
    }

    static func listPHY<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.bmcr, "BMCR", .readWrite, 0, "RTL8139C(L) 0062h", BMCR.self)
        s.register(.bmsr, "BMSR", .readOnly, 0x7809, "RTL8139C(L) 0064h", BMSR.self)
        s.register(.anar, "ANAR", .readWrite, 0x01E1, "RTL8139C(L) 0066h", ANAR.self)
        s.register(.anlpar, "ANLPAR", .readOnly, 0, "RTL8139C(L) 0068h", ANAR.self)
        s.register(.aner, "ANER", .readOnly, 0, "RTL8139C(L) 006Ah", ANER.self)
        s.register(.dis, "DIS", .readClears, 0, "RTL8139C(L) 006Ch", Word.self)
        s.register(.fcsc, "FCSC", .readClears, 0, "RTL8139C(L) 006Eh", Word.self)
        s.register(.nwaytr, "NWAYTR", .readWrite, 0, "RTL8139C(L) 0070h", NWAYTR.self)
        s.register(.rec, "REC", .readClears, 0, "RTL8139C(L) 0072h", Word.self)
        s.register(.cscr, "CSCR", .readWrite, 0x03C0, "RTL8139C(L) 0074h", CSCR.self)
        s.register(.phy1Parm, "PHY1_PARM", .readWrite, 0, "RTL8139C(L) 0078h", Whole.self)
        s.register(.twParm, "TW_PARM", .readWrite, 0, "RTL8139C(L) 007Ch", Whole.self)
        s.register(.phy2Parm, "PHY2_PARM", .readWrite, 0, "RTL8139C(L) 0080h", Octet.self)
    }

    static func listWakeUp<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.crc0, "CRC0", .readWrite, 0, "RTL8139C(L) 0084h", count: 8, Octet.self)
        s.register(.wakeup0, "WAKEUP0", .readWrite, 0, "RTL8139C(L) 008Ch", count: 16, Whole.self)
        s.register(.lsbcrc0, "LSBCRC0", .readWrite, 0, "RTL8139C(L) 00CCh", count: 8, Octet.self)
    }

    static func listCardBus<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.fer, "FER", .writeOneClears, 0, "RTL8139C(L) 00F0h", FunctionEvents.self)
        s.register(.femr, "FEMR", .readWrite, 0, "RTL8139C(L) 00F4h", FunctionMask.self)
        s.register(.fpsr, "FPSR", .readOnly, 0, "RTL8139C(L) 00F8h", FunctionEvents.self)
        s.register(.ffer, "FFER", .writeOnly, 0, "RTL8139C(L) 00FCh", FunctionEvents.self)
    }
}
