public import DriverKit

/// Device control. 8254x §13.4.1
@frozen public struct CTRL: FieldSet {
    public let fd = Field("FD", 0)
    public let lrst = Field("LRST", 3)
    public let asde = Field("ASDE", 5)
    public let slu = Field("SLU", 6)
    public let ilos = Field("ILOS", 7)
    public let speed = Field("SPEED", 8, 9)
    public let frcspd = Field("FRCSPD", 11)
    public let frcdplx = Field("FRCDPLX", 12)
    public let sdp0Data = Field("SDP0_DATA", 18)
    public let sdp1Data = Field("SDP1_DATA", 19)
    public let advd3wuc = Field("ADVD3WUC", 20)
    public let enPhyPwrMgmt = Field("EN_PHY_PWR_MGMT", 21)
    public let sdp0IODir = Field("SDP0_IODIR", 22)
    public let sdp1IODir = Field("SDP1_IODIR", 23)
    public let rst = Field("RST", 26)
    public let rfce = Field("RFCE", 27)
    public let tfce = Field("TFCE", 28)
    public let vme = Field("VME", 30)
    public let phyRst = Field("PHY_RST", 31)
    @inlinable @inline(__always) public init() {}
}

/// Device status. 8254x §13.4.2
@frozen public struct STATUS: FieldSet {
    public let fd = Field("FD", 0)
    public let lu = Field("LU", 1)
    public let functionID = Field("FUNCTION_ID", 2, 3)
    public let txoff = Field("TXOFF", 4)
    public let tbimode = Field("TBIMODE", 5)
    public let speed = Field("SPEED", 6, 7)
    public let asdv = Field("ASDV", 8, 9)
    public let pci66 = Field("PCI66", 11)
    public let bus64 = Field("BUS64", 12)
    public let pcixMode = Field("PCIX_MODE", 13)
    public let pcixSpd = Field("PCIXSPD", 14, 15)
    @inlinable @inline(__always) public init() {}
}

/// EEPROM and flash control. 8254x §13.4.3
@frozen public struct EECD: FieldSet {
    public let sk = Field("EE_SK", 0)
    public let cs = Field("EE_CS", 1)
    public let di = Field("EE_DI", 2)
    public let dout = Field("EE_DO", 3)
    public let fwe = Field("FWE", 4, 5)
    public let req = Field("EE_REQ", 6)
    public let gnt = Field("EE_GNT", 7)
    public let pres = Field("EE_PRES", 8)
    public let size = Field("EE_SIZE", 9)
    public let type = Field("EE_TYPE", 13)
    @inlinable @inline(__always) public init() {}
}

/// EEPROM read. 8254x §13.4.4; the layout of all but the 82541xx and 82547GI/EI
@frozen public struct EERD: FieldSet {
    public let start = Field("START", 0)
    public let done = Field("DONE", 4)
    public let addr = Field("ADDR", 8, 15)
    public let data = Field("DATA", 16, 31)
    @inlinable @inline(__always) public init() {}
}

/// Extended device control. 8254x §13.4.6
@frozen public struct CTRL_EXT: FieldSet {
    public let gpiEn = Field("GPI_EN", 0, 3)
    public let sdp6Data = Field("SDP6_DATA", 6)
    public let sdp7Data = Field("SDP7_DATA", 7)
    public let sdp6IODir = Field("SDP6_IODIR", 10)
    public let sdp7IODir = Field("SDP7_IODIR", 11)
    public let asdchk = Field("ASDCHK", 12)
    public let eeRst = Field("EE_RST", 13)
    public let ips = Field("IPS", 14)
    public let spdByps = Field("SPD_BYPS", 15)
    public let ips1 = Field("IPS1", 16)
    public let roDis = Field("RO_DIS", 17)
    public let vregPowerDown = Field("VREG_POWER_DOWN", 21)
    public let linkMode = Field("LINK_MODE", 22, 23)
    @inlinable @inline(__always) public init() {}
}

/// Flash access (82541xx and 82547GI/EI). 8254x §13.4.5
@frozen public struct FLA: FieldSet {
    public let sck = Field("FL_SCK", 0)
    public let ce = Field("FL_CE", 1)
    public let si = Field("FL_SI", 2)
    public let so = Field("FL_SO", 3)
    public let req = Field("FL_REQ", 4)
    public let gnt = Field("FL_GNT", 5)
    public let busy = Field("FL_BUSY", 30)
    public let er = Field("FL_ER", 31)
    @inlinable @inline(__always) public init() {}
}

/// MDI control: one access to a PHY register. 8254x §13.4.7
@frozen public struct MDIC: FieldSet {
    public let data = Field("DATA", 0, 15)
    public let regadd = Field("REGADD", 16, 20)
    public let phyadd = Field("PHYADD", 21, 25)
    public let op = Field("OP", 26, 27)
    public let r = Field("R", 28)
    public let i = Field("I", 29)
    public let e = Field("E", 30)
    @inlinable @inline(__always) public init() {}
}

/// Flow control address high. 8254x §13.4.9
@frozen public struct FCAH: FieldSet {
    public let fcah = Field("FCAH", 0, 15)
    @inlinable @inline(__always) public init() {}
}

/// Flow control type. 8254x §13.4.10
@frozen public struct FCT: FieldSet {
    public let fct = Field("FCT", 0, 15)
    @inlinable @inline(__always) public init() {}
}

/// VLAN EtherType. 8254x §13.4.11
@frozen public struct VET: FieldSet {
    public let vet = Field("VET", 0, 15)
    @inlinable @inline(__always) public init() {}
}

/// Flow control transmit timer value. 8254x §13.4.12
@frozen public struct FCTTV: FieldSet {
    public let ttv = Field("TTV", 0, 15)
    @inlinable @inline(__always) public init() {}
}

/// Transmit configuration word (TBI, SerDes). 8254x §13.4.13
@frozen public struct TXCW: FieldSet {
    public let txConfigWord = Field("TxConfigWord", 0, 15)
    public let txConfig = Field("TxConfig", 30)
    public let ane = Field("ANE", 31)
    @inlinable @inline(__always) public init() {}
}

/// Receive configuration word (TBI, SerDes). 8254x §13.4.14
@frozen public struct RXCW: FieldSet {
    public let rxConfigWord = Field("RxConfigWord", 0, 15)
    public let nc = Field("RxConfigNoCarrier", 26)
    public let iv = Field("RxConfigInvalid", 27)
    public let cc = Field("RxConfigChange", 28)
    public let c = Field("RxConfig", 29)
    public let synch = Field("RxSynchronize", 30)
    public let anc = Field("ANC", 31)
    @inlinable @inline(__always) public init() {}
}

/// LED control. 8254x §13.4.15
@frozen public struct LEDCTL: FieldSet {
    public let led0Mode = Field("LED0_MODE", 0, 3)
    public let led0Ivrt = Field("LED0_IVRT", 6)
    public let led0Blink = Field("LED0_BLINK", 7)
    public let led1Mode = Field("LED1_MODE", 8, 11)
    public let led1Ivrt = Field("LED1_IVRT", 14)
    public let led1Blink = Field("LED1_BLINK", 15)
    public let led2Mode = Field("LED2_MODE", 16, 19)
    public let led2Ivrt = Field("LED2_IVRT", 22)
    public let led2Blink = Field("LED2_BLINK", 23)
    public let led3Mode = Field("LED3_MODE", 24, 27)
    public let led3Ivrt = Field("LED3_IVRT", 30)
    public let led3Blink = Field("LED3_BLINK", 31)
    @inlinable @inline(__always) public init() {}
}

/// Packet buffer allocation, in KiB. 8254x §13.4.16
@frozen public struct PBA: FieldSet {
    public let rxa = Field("RXA", 0, 15)
    public let txa = Field("TXA", 16, 31)
    @inlinable @inline(__always) public init() {}
}
