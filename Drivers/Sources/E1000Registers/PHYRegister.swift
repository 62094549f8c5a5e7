public import DriverKit

/// The registers of the PHY behind ``E1000Register/mdic``; the raw value is REGADD. 8254x §13.4.7.1
///
/// The reset values are those of the 82540EM's internal PHY.
@frozen public enum PHYRegister: UInt32, RegisterMap {
    case pctrl = 0, pstatus = 1, pid1 = 2, pid2 = 3, ana = 4, lpa = 5, anexp = 6, npt = 7, lpnp = 8, gcon = 9
    case gstatus = 10, estatus = 15, pscon = 16, psstat = 17, pie = 18, pis = 19, epscon = 20, recnt = 21

    public static var datasheet: StaticString { "8254x" }
    /// Not in a region: reached through MDIC.
    public static var region: UInt8 { 0xFF }
    @inlinable public var stride: UInt32 { 1 }
    /// The internal PHY's address on the MDI bus. 8254x §13.4.7
    public static var address: UInt32 { 1 }

    public static func list<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.pctrl, "PCTRL", .readWrite, 0x1140, "8254x §13.4.7.1", PCTRL.self)
        s.register(.pstatus, "PSTATUS", .readOnly, 0x7949, "8254x §13.4.7.1", PSTATUS.self)
        s.register(.pid1, "PHY_ID1", .readOnly, 0x0141, "8254x §13.4.7.1", Whole.self)
        s.register(.pid2, "PHY_ID2", .readOnly, 0x0C20, "8254x §13.4.7.1", Whole.self)
        s.register(.ana, "ANA", .readWrite, 0x0DE1, "8254x §13.4.7.1", ANA.self)
        s.register(.lpa, "LPA", .readOnly, 0, "8254x §13.4.7.1", ANA.self)
        s.register(.anexp, "ANE", .readOnly, 0, "8254x §13.4.7.1", ANEXP.self)
        s.register(.npt, "NPT", .readWrite, 0x2001, "8254x §13.4.7.1", Whole.self)
        s.register(.lpnp, "LPN", .readOnly, 0, "8254x §13.4.7.1", Whole.self)
        s.register(.gcon, "GCON", .readWrite, 0x0E00, "8254x §13.4.7.1", GCON.self)
        s.register(.gstatus, "GSTATUS", .readOnly, 0, "8254x §13.4.7.1", GSTATUS.self)
        s.register(.estatus, "ESTATUS", .readOnly, 0x3000, "8254x §13.4.7.1", ESTATUS.self)
        s.register(.pscon, "PSCON", .readWrite, 0x0360, "8254x §13.4.7.1", Whole.self)
        s.register(.psstat, "PSSTAT", .readOnly, 0, "8254x §13.4.7.1", PSSTAT.self)
        s.register(.pie, "PIE", .readWrite, 0, "8254x §13.4.7.1", Whole.self)
        s.register(.pis, "PIS", .readClears, 0, "8254x §13.4.7.1", Whole.self)
        s.register(.epscon, "EPSCON1", .readWrite, 0x0D60, "8254x §13.4.7.1", Whole.self)
        s.register(.recnt, "REC", .readClears, 0, "8254x §13.4.7.1", Whole.self)
    }
}
