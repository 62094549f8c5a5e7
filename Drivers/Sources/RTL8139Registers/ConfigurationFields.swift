public import DriverKit

/// 93C46 command; EEM 3 opens the configuration registers for writing, EEM 1 loads them from the EEPROM. 0050h
@frozen public struct CR9346: FieldSet {
    public let eedo = Field("EEDO", 0)
    public let eedi = Field("EEDI", 1)
    public let eesk = Field("EESK", 2)
    public let eecs = Field("EECS", 3)
    public let eem = Field("EEM", 6, 7)
    @inlinable @inline(__always) public init() {}
}

/// 0051h
@frozen public struct CONFIG0: FieldSet {
    public let bs = Field("BS", 0, 2)
    public let pl = Field("PL", 3, 4)
    public let t10 = Field("T10", 5)
    public let pcs = Field("PCS", 6)
    public let scr = Field("SCR", 7)
    @inlinable @inline(__always) public init() {}
}

/// 0052h
@frozen public struct CONFIG1: FieldSet {
    public let pmen = Field("PMEN", 0)
    public let vpd = Field("VPD", 1)
    public let iomap = Field("IOMAP", 2)
    public let memmap = Field("MEMMAP", 3)
    public let lwact = Field("LWACT", 4)
    public let dvrload = Field("DVRLOAD", 5)
    public let leds = Field("LEDS", 6, 7)
    @inlinable @inline(__always) public init() {}
}

/// Media status; LINKB is set while there is no link. 0058h
@frozen public struct MSR: FieldSet {
    public let rxpf = Field("RXPF", 0)
    public let txpf = Field("TXPF", 1)
    public let linkb = Field("LINKB", 2)
    public let speed10 = Field("SPEED_10", 3)
    public let auxStatus = Field("AUX_STATUS", 4)
    public let rxfce = Field("RXFCE", 6)
    public let txfce = Field("TXFCE", 7)
    @inlinable @inline(__always) public init() {}
}

/// 0059h
@frozen public struct CONFIG3: FieldSet {
    public let fbtben = Field("FBTBEN", 0)
    public let funcregen = Field("FUNCREGEN", 1)
    public let clkrunEn = Field("CLKRUN_EN", 2)
    public let cardbEn = Field("CARDB_EN", 3)
    public let linkup = Field("LINKUP", 4)
    public let magic = Field("MAGIC", 5)
    public let parmEn = Field("PARM_EN", 6)
    public let gntsel = Field("GNTSEL", 7)
    @inlinable @inline(__always) public init() {}
}

/// 005Ah
@frozen public struct CONFIG4: FieldSet {
    public let pbwakeup = Field("PBWAKEUP", 0)
    public let lwptn = Field("LWPTN", 2)
    public let lwpme = Field("LWPME", 4)
    public let longwf = Field("LONGWF", 5)
    public let anaoff = Field("ANAOFF", 6)
    public let rxfifoautoclr = Field("RXFIFOAUTOCLR", 7)
    @inlinable @inline(__always) public init() {}
}

/// Early interrupt after so many octets, in the multiple early interrupt mode. 005Ch
@frozen public struct MULINT: FieldSet {
    public let misr = Field("MISR", 0, 11)
    @inlinable @inline(__always) public init() {}
}

/// 00D8h
@frozen public struct CONFIG5: FieldSet {
    public let pmeSts = Field("PME_STS", 0)
    public let lanwake = Field("LANWAKE", 1)
    public let ldps = Field("LDPS", 2)
    public let fifoaddrptr = Field("FIFOADDRPTR", 3)
    public let uwf = Field("UWF", 4)
    public let mwf = Field("MWF", 5)
    public let bwf = Field("BWF", 6)
    @inlinable @inline(__always) public init() {}
}

/// The flash behind the boot ROM's pins. 00D4h
@frozen public struct FLASH: FieldSet {
    public let ma = Field("MA", 0, 16)
    public let swrwen = Field("SWRWEN", 17)
    public let web = Field("WEB", 18)
    public let oeb = Field("OEB", 19)
    public let romcsb = Field("ROMCSB", 20)
    public let md = Field("MD", 24, 31)
    @inlinable @inline(__always) public init() {}
}

/// What a CardBus function has to tell. 00F0h, 00F8h, 00FCh
@frozen public struct FunctionEvents: FieldSet {
    public let gwake = Field("GWAKE", 4)
    public let intr = Field("INTR", 15)
    @inlinable @inline(__always) public init() {}
}

/// What of it is let through. 00F4h
@frozen public struct FunctionMask: FieldSet {
    public let gwake = Field("GWAKE", 4)
    public let wkup = Field("WKUP", 14)
    public let intr = Field("INTR", 15)
    @inlinable @inline(__always) public init() {}
}
