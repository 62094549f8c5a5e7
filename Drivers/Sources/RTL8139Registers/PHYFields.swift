public import DriverKit

/// Basic mode control. 0062h, IEEE 802.3 §22.2.4.1
@frozen public struct BMCR: FieldSet {
    public let duplex = Field("DUPLEX", 8)
    public let restartAN = Field("RESTART_AN", 9)
    public let ane = Field("ANE", 12)
    public let spdSet = Field("SPD_SET", 13)
    public let reset = Field("RESET", 15)
    @inlinable @inline(__always) public init() {}
}

/// Basic mode status. 0064h, IEEE 802.3 §22.2.4.2
@frozen public struct BMSR: FieldSet {
    public let extended = Field("EXTENDED", 0)
    public let jabber = Field("JABBER", 1)
    public let link = Field("LINK", 2)
    public let anAbility = Field("AN_ABILITY", 3)
    public let remoteFault = Field("REMOTE_FAULT", 4)
    public let anComplete = Field("AN_COMPLETE", 5)
    public let tHalf = Field("10T_HD", 11)
    public let tFull = Field("10T_FD", 12)
    public let xHalf = Field("100TX_HD", 13)
    public let xFull = Field("100TX_FD", 14)
    public let t4 = Field("100T4", 15)
    @inlinable @inline(__always) public init() {}
}

/// What is advertised, and what the partner can. 0066h, 0068h, IEEE 802.3 §28.2.4.1
@frozen public struct ANAR: FieldSet {
    public let selector = Field("SELECTOR", 0, 4)
    public let tHalf = Field("10T_HD", 5)
    public let tFull = Field("10T_FD", 6)
    public let xHalf = Field("100TX_HD", 7)
    public let xFull = Field("100TX_FD", 8)
    public let t4 = Field("100T4", 9)
    public let pause = Field("PAUSE", 10)
    public let remoteFault = Field("REMOTE_FAULT", 13)
    public let acknowledge = Field("ACKNOWLEDGE", 14)
    public let nextPage = Field("NEXT_PAGE", 15)
    @inlinable @inline(__always) public init() {}
}

/// Expansion of the negotiation. 006Ah
@frozen public struct ANER: FieldSet {
    public let lpNwAble = Field("LP_NW_ABLE", 0)
    public let pageRx = Field("PAGE_RX", 1)
    public let npAble = Field("NP_ABLE", 2)
    public let lpNpAble = Field("LP_NP_ABLE", 3)
    public let mlf = Field("MLF", 4)
    @inlinable @inline(__always) public init() {}
}

/// N-way test. 0070h
@frozen public struct NWAYTR: FieldSet {
    public let flaglsc = Field("FLAGLSC", 0)
    public let flagpdf = Field("FLAGPDF", 1)
    public let flagabd = Field("FLAGABD", 2)
    public let ennwle = Field("ENNWLE", 3)
    public let nwlpbk = Field("NWLPBK", 7)
    @inlinable @inline(__always) public init() {}
}

/// CS configuration. 0074h
@frozen public struct CSCR: FieldSet {
    public let passScr = Field("PASS_SCR", 0)
    public let conStatusEn = Field("CON_STATUS_EN", 2)
    public let conStatus = Field("CON_STATUS", 3)
    public let fConnect = Field("F_CONNECT", 5)
    public let fLink100 = Field("F_LINK_100", 6)
    public let jben = Field("JBEN", 7)
    public let heartBeat = Field("HEART_BEAT", 8)
    public let ld = Field("LD", 9)
    public let testfun = Field("TESTFUN", 15)
    @inlinable @inline(__always) public init() {}
}
