public import DriverKit

/// PHY control. 8254x §13.4.7.1, IEEE 802.3 §22.2.4.1
@frozen public struct PCTRL: FieldSet {
    public let speedMSB = Field("SPEED_MSB", 6)
    public let collisionTest = Field("COLLISION_TEST", 7)
    public let duplex = Field("DUPLEX", 8)
    public let restartAN = Field("RESTART_AN", 9)
    public let isolate = Field("ISOLATE", 10)
    public let powerDown = Field("POWER_DOWN", 11)
    public let anEnable = Field("AN_ENABLE", 12)
    public let speedLSB = Field("SPEED_LSB", 13)
    public let loopback = Field("LOOPBACK", 14)
    public let reset = Field("RESET", 15)
    @inlinable @inline(__always) public init() {}
}

/// PHY status. IEEE 802.3 §22.2.4.2
@frozen public struct PSTATUS: FieldSet {
    public let extended = Field("EXTENDED_CAPABILITY", 0)
    public let jabber = Field("JABBER_DETECT", 1)
    public let link = Field("LINK_STATUS", 2)
    public let anAbility = Field("AN_ABILITY", 3)
    public let remoteFault = Field("REMOTE_FAULT", 4)
    public let anComplete = Field("AN_COMPLETE", 5)
    public let mfSuppression = Field("MF_PREAMBLE_SUPPRESSION", 6)
    public let extendedStatus = Field("EXTENDED_STATUS", 8)
    public let t2Half = Field("100T2_HD", 9)
    public let t2Full = Field("100T2_FD", 10)
    public let tHalf = Field("10T_HD", 11)
    public let tFull = Field("10T_FD", 12)
    public let xHalf = Field("100X_HD", 13)
    public let xFull = Field("100X_FD", 14)
    public let t4 = Field("100T4", 15)
    @inlinable @inline(__always) public init() {}
}

/// Auto-negotiation advertisement and link partner ability. IEEE 802.3 §28.2.4.1
@frozen public struct ANA: FieldSet {
    public let selector = Field("SELECTOR", 0, 4)
    public let tHalf = Field("10T_HD", 5)
    public let tFull = Field("10T_FD", 6)
    public let xHalf = Field("100TX_HD", 7)
    public let xFull = Field("100TX_FD", 8)
    public let t4 = Field("100T4", 9)
    public let pause = Field("PAUSE", 10)
    public let asymmetric = Field("ASM_DIR", 11)
    public let remoteFault = Field("REMOTE_FAULT", 13)
    public let acknowledge = Field("ACKNOWLEDGE", 14)
    public let nextPage = Field("NEXT_PAGE", 15)
    @inlinable @inline(__always) public init() {}
}

/// Auto-negotiation expansion. IEEE 802.3 §28.2.4.1.5
@frozen public struct ANEXP: FieldSet {
    public let lpANAble = Field("LP_AN_ABLE", 0)
    public let pageReceived = Field("PAGE_RECEIVED", 1)
    public let nextPageAble = Field("NEXT_PAGE_ABLE", 2)
    public let lpNextPageAble = Field("LP_NEXT_PAGE_ABLE", 3)
    public let parallelFault = Field("PARALLEL_DETECTION_FAULT", 4)
    @inlinable @inline(__always) public init() {}
}

/// 1000BASE-T control. IEEE 802.3 §40.5.1.1
@frozen public struct GCON: FieldSet {
    public let half = Field("1000T_HD", 8)
    public let full = Field("1000T_FD", 9)
    public let port = Field("PORT_TYPE", 10)
    public let master = Field("MASTER_VALUE", 11)
    public let manual = Field("MASTER_MANUAL", 12)
    public let testMode = Field("TEST_MODE", 13, 15)
    @inlinable @inline(__always) public init() {}
}

/// 1000BASE-T status. IEEE 802.3 §40.5.1.1
@frozen public struct GSTATUS: FieldSet {
    public let idleErrors = Field("IDLE_ERRORS", 0, 7)
    public let lpHalf = Field("LP_1000T_HD", 10)
    public let lpFull = Field("LP_1000T_FD", 11)
    public let remoteReceiver = Field("REMOTE_RECEIVER", 12)
    public let localReceiver = Field("LOCAL_RECEIVER", 13)
    public let masterResolved = Field("MASTER_RESOLVED", 14)
    public let masterFault = Field("MASTER_FAULT", 15)
    @inlinable @inline(__always) public init() {}
}

/// Extended status. IEEE 802.3 §22.2.4.4
@frozen public struct ESTATUS: FieldSet {
    public let tHalf = Field("1000T_HD", 12)
    public let tFull = Field("1000T_FD", 13)
    public let xHalf = Field("1000X_HD", 14)
    public let xFull = Field("1000X_FD", 15)
    @inlinable @inline(__always) public init() {}
}

/// PHY specific status. 8254x §13.4.7.1
@frozen public struct PSSTAT: FieldSet {
    public let jabber = Field("JABBER", 0)
    public let polarity = Field("POLARITY", 1)
    public let link = Field("LINK", 10)
    public let resolved = Field("RESOLVED", 11)
    public let pageReceived = Field("PAGE_RECEIVED", 12)
    public let duplex = Field("DUPLEX", 13)
    public let speed = Field("SPEED", 14, 15)
    @inlinable @inline(__always) public init() {}
}
