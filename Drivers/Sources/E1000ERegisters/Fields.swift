public import DriverKit

/// The field sets of registers that the 82574 has alone, or otherwise than the 8254x. A name that both have is this one's
/// behind `I82574.`. 82574 §10.2
public enum I82574 {
    /// Device control. Bit 3 is one and stays it.
    @frozen public struct CTRL: FieldSet {
        public let fd = Field("FD", 0)
        public let gioMasterDisable = Field("GIO_MASTER_DISABLE", 2)
        public let set3 = Field("SET", 3)
        public let asde = Field("ASDE", 5)
        public let slu = Field("SLU", 6)
        public let speed = Field("SPEED", 8, 9)
        public let frcspd = Field("FRCSPD", 11)
        public let frcdplx = Field("FRCDPLX", 12)
        public let advd3wuc = Field("ADVD3WUC", 20)
        public let rst = Field("RST", 26)
        public let rfce = Field("RFCE", 27)
        public let tfce = Field("TFCE", 28)
        public let vme = Field("VME", 30)
        public let phyRst = Field("PHY_RST", 31)
        @inlinable @inline(__always) public init() {}
    }

    /// Device status.
    @frozen public struct STATUS: FieldSet {
        public let fd = Field("FD", 0)
        public let lu = Field("LU", 1)
        public let lanID = Field("LAN_ID", 2, 3)
        public let txoff = Field("TXOFF", 4)
        public let speed = Field("SPEED", 6, 7)
        public let asdv = Field("ASDV", 8, 9)
        public let phyra = Field("PHYRA", 10)
        public let gioMasterEnable = Field("GIO_MASTER_ENABLE_STATUS", 19)
        @inlinable @inline(__always) public init() {}
    }

    /// EEPROM and flash control.
    @frozen public struct EEC: FieldSet {
        public let sk = Field("EE_SK", 0)
        public let cs = Field("EE_CS", 1)
        public let di = Field("EE_DI", 2)
        public let dout = Field("EE_DO", 3)
        public let fwe = Field("FWE", 4, 5)
        public let req = Field("EE_REQ", 6)
        public let gnt = Field("EE_GNT", 7)
        public let pres = Field("EE_PRES", 8)
        public let autoRD = Field("AUTO_RD", 9)
        public let nvsize = Field("NVSIZE", 11, 14)
        public let nvadds = Field("NVADDS", 15, 16)
        public let aupden = Field("AUPDEN", 20)
        public let sec1val = Field("SEC1VAL", 22)
        public let nvmtype = Field("NVMTYPE", 23)
        @inlinable @inline(__always) public init() {}
    }

    /// NVM read and write.
    @frozen public struct EERD: FieldSet {
        public let start = Field("START", 0)
        public let done = Field("DONE", 1)
        public let addr = Field("ADDR", 2, 15)
        public let data = Field("DATA", 16, 31)
        @inlinable @inline(__always) public init() {}
    }

    /// Extended device control.
    @frozen public struct CTRL_EXT: FieldSet {
        public let asdchk = Field("ASDCHK", 12)
        public let eeRst = Field("EE_RST", 13)
        public let spdByps = Field("SPD_BYPS", 15)
        public let roDis = Field("RO_DIS", 17)
        public let dmaClk = Field("DMA_DYN_CLK_EN", 19)
        public let phyPden = Field("PHY_PDEN", 20)
        /// 01b, always.
        public let linkMode = Field("LINK_MODE", 22, 23)
        public let eiame = Field("EIAME", 24)
        public let iame = Field("IAME", 27)
        public let drvLoad = Field("DRV_LOAD", 28)
        public let intTimersClear = Field("INT_TIMERS_CLEAR_ENA", 29)
        public let pba = Field("PBA_SUPPORT", 31)
        @inlinable @inline(__always) public init() {}
    }

    /// Who may use the MDI.
    @frozen public struct EXTCNF_CTRL: FieldSet {
        public let pcieWrite = Field("PCIE_WRITE_ENABLE", 0)
        public let phyWrite = Field("PHY_WRITE_ENABLE", 1)
        public let fwWrite = Field("MDIO_REQ", 3)
        public let mdioSW = Field("MDIO_SW_OWNERSHIP", 5)
        public let mdioHW = Field("MDIO_HW_OWNERSHIP", 6)
        public let mdioMNG = Field("MDIO_MNG_OWNERSHIP", 7)
        public let pointer = Field("EXT_CNF_POINTER", 16, 27)
        @inlinable @inline(__always) public init() {}
    }

    /// Packet buffer size in KiB.
    @frozen public struct PBS: FieldSet {
        public let pbs = Field("PBS", 0, 5)
        @inlinable @inline(__always) public init() {}
    }

    /// Flash timer.
    @frozen public struct FLASHT: FieldSet {
        public let flt = Field("FLT", 0, 15)
        @inlinable @inline(__always) public init() {}
    }

    /// PCIe control. Bit 22 is to be set by software.
    @frozen public struct GCR: FieldSet {
        public let noSnoop = Field("NO_SNOOP", 0, 5)
        public let rxL0sAdjust = Field("RX_L0S_ADJUST", 9)
        public let set22 = Field("SET", 22)
        public let l1EntryHigh = Field("L1_ENTRY_LATENCY_MSB", 23)
        public let l1EntryLow = Field("L1_ENTRY_LATENCY_LSB", 25, 26)
        public let l1WithoutL0s = Field("L1_ACT_WITHOUT_L0S_RX", 27)
        public let selfTest = Field("SELF_TEST", 30)
        @inlinable @inline(__always) public init() {}
    }

    /// PCIe control 2: one bit that the specification update wants set.
    @frozen public struct GCR2: FieldSet {
        public let completions = Field("SET", 0)
        @inlinable @inline(__always) public init() {}
    }

    /// Software semaphores. SMBI is set by reading it as zero.
    @frozen public struct SWSM: FieldSet {
        public let smbi = Field("SMBI", 0)
        public let swesmbi = Field("SWESMBI", 1)
        public let wmng = Field("WMNG", 2)
        public let eeur = Field("EEUR", 3)
        @inlinable @inline(__always) public init() {}
    }

    /// MSI-X pending bits to clear.
    @frozen public struct PBACLR: FieldSet {
        public let penbit = Field("PENBIT", 0, 4)
        @inlinable @inline(__always) public init() {}
    }

    /// Interrupt causes: ICR, ICS, IMS, IMC.
    @frozen public struct Causes: FieldSet {
        public let txdw = Field("TXDW", 0)
        public let txqe = Field("TXQE", 1)
        public let lsc = Field("LSC", 2)
        public let rxdmt0 = Field("RXDMT0", 4)
        public let rxo = Field("RXO", 6)
        public let rxt0 = Field("RXT0", 7)
        public let mdac = Field("MDAC", 9)
        public let txdLow = Field("TXD_LOW", 15)
        public let srpd = Field("SRPD", 16)
        public let ack = Field("ACK", 17)
        public let mng = Field("MNG", 18)
        public let rxq0 = Field("RXQ0", 20)
        public let rxq1 = Field("RXQ1", 21)
        public let txq0 = Field("TXQ0", 22)
        public let txq1 = Field("TXQ1", 23)
        public let other = Field("OTHER", 24)
        public let asserted = Field("INT_ASSERTED", 31)
        @inlinable @inline(__always) public init() {}
    }

    /// Causes that an MSI-X message clears by itself.
    @frozen public struct EIAC: FieldSet {
        public let eiac = Field("EIAC", 20, 24)
        @inlinable @inline(__always) public init() {}
    }

    /// Which MSI-X vector each cause has; the fourth bit of each says that it has one.
    @frozen public struct IVAR: FieldSet {
        public let rxq0 = Field("INT_ALLOC_RXQ0", 0, 3)
        public let rxq1 = Field("INT_ALLOC_RXQ1", 4, 7)
        public let txq0 = Field("INT_ALLOC_TXQ0", 8, 11)
        public let txq1 = Field("INT_ALLOC_TXQ1", 12, 15)
        public let other = Field("INT_ALLOC_OTHER", 16, 19)
        public let everyWriteBack = Field("TX_INT_EVERY_WB", 31)
        @inlinable @inline(__always) public init() {}
    }

    /// Receive control.
    @frozen public struct RCTL: FieldSet {
        public let en = Field("EN", 1)
        public let sbp = Field("SBP", 2)
        public let upe = Field("UPE", 3)
        public let mpe = Field("MPE", 4)
        public let lpe = Field("LPE", 5)
        public let lbm = Field("LBM", 6, 7)
        public let rdmts = Field("RDMTS", 8, 9)
        public let dtyp = Field("DTYP", 10, 11)
        public let mo = Field("MO", 12, 13)
        public let bam = Field("BAM", 15)
        public let bsize = Field("BSIZE", 16, 17)
        public let vfe = Field("VFE", 18)
        public let cfien = Field("CFIEN", 19)
        public let cfi = Field("CFI", 20)
        public let dpf = Field("DPF", 22)
        public let pmcf = Field("PMCF", 23)
        public let bsex = Field("BSEX", 25)
        public let secrc = Field("SECRC", 26)
        public let flxbuf = Field("FLXBUF", 27, 30)
        @inlinable @inline(__always) public init() {}
    }

    /// Packet split buffers.
    @frozen public struct PSRCTL: FieldSet {
        public let bsize0 = Field("BSIZE0", 0, 6)
        public let bsize1 = Field("BSIZE1", 8, 13)
        public let bsize2 = Field("BSIZE2", 16, 21)
        public let bsize3 = Field("BSIZE3", 24, 29)
        @inlinable @inline(__always) public init() {}
    }

    /// Receive checksum control.
    @frozen public struct RXCSUM: FieldSet {
        public let pcss = Field("PCSS", 0, 7)
        public let ipofl = Field("IPOFLD", 8)
        public let tuofl = Field("TUOFLD", 9)
        public let crcofl = Field("CRCOFL", 11)
        public let ippcse = Field("IPPCSE", 12)
        /// The descriptor has the RSS hash in the packet checksum's place.
        public let pcsd = Field("PCSD", 13)
        @inlinable @inline(__always) public init() {}
    }

    /// Receive filter control.
    @frozen public struct RFCTL: FieldSet {
        public let iscsiDis = Field("ISCSI_DIS", 0)
        public let iscsiDwc = Field("ISCSI_DWC", 1, 5)
        public let nfswDis = Field("NFSW_DIS", 6)
        public let nfsrDis = Field("NFSR_DIS", 7)
        public let nfsVer = Field("NFS_VER", 8, 9)
        public let ipv6Dis = Field("IPV6_DIS", 10)
        public let ipv6XsumDis = Field("IPV6XSUM_DIS", 11)
        public let ackDis = Field("ACK_DIS", 12)
        public let ackDDis = Field("ACKD_DIS", 13)
        public let ipfrspDis = Field("IPFRSP_DIS", 14)
        /// Extended descriptors.
        public let exsten = Field("EXSTEN", 15)
        public let ipv6ExDis = Field("IPV6_EX_DIS", 16)
        public let newIPv6ExtDis = Field("NEW_IPV6_EXT_DIS", 17)
        @inlinable @inline(__always) public init() {}
    }

    /// Multiple receive queues: 01b is two queues by RSS; and what is hashed.
    @frozen public struct MRQC: FieldSet {
        public let queues = Field("MULTIPLE_RECEIVE_QUEUES_ENABLE", 0, 1)
        public let tcpIPv4 = Field("RSS_TCPIPV4", 16)
        public let ipv4 = Field("RSS_IPV4", 17)
        public let tcpIPv6 = Field("RSS_TCPIPV6", 18)
        public let ipv6Ex = Field("RSS_IPV6EX", 19)
        public let ipv6 = Field("RSS_IPV6", 20)
        @inlinable @inline(__always) public init() {}
    }

    /// Four entries of the redirection table: bit 7 of each is the queue.
    @frozen public struct RETA: FieldSet {
        public let entry0 = Field("ENTRY0", 7)
        public let entry1 = Field("ENTRY1", 15)
        public let entry2 = Field("ENTRY2", 23)
        public let entry3 = Field("ENTRY3", 31)
        @inlinable @inline(__always) public init() {}
    }

    /// Transmit control.
    @frozen public struct TCTL: FieldSet {
        public let en = Field("EN", 1)
        public let psp = Field("PSP", 3)
        public let ct = Field("CT", 4, 11)
        public let cold = Field("COLD", 12, 21)
        public let swxoff = Field("SWXOFF", 22)
        public let pbe = Field("PBE", 23)
        public let rtlc = Field("RTLC", 24)
        public let unortx = Field("UNORTX", 25)
        public let txdscmt = Field("TXDSCMT", 26, 27)
        public let mulr = Field("MULR", 28)
        public let rrthresh = Field("RRTHRESH", 29, 30)
        @inlinable @inline(__always) public init() {}
    }

    /// Transmit interrupt delay, in 1.024 us; FPD writes back at once.
    @frozen public struct TIDV: FieldSet {
        public let idv = Field("IDV", 0, 15)
        public let fpd = Field("FPD", 31)
        @inlinable @inline(__always) public init() {}
    }

    /// Transmit descriptor control. Bit 22 is to be set by software.
    @frozen public struct TXDCTL: FieldSet {
        public let pthresh = Field("PTHRESH", 0, 5)
        public let hthresh = Field("HTHRESH", 8, 13)
        public let wthresh = Field("WTHRESH", 16, 21)
        public let set22 = Field("COUNT_DESC", 22)
        public let gran = Field("GRAN", 24)
        public let lwthresh = Field("LWTHRESH", 25, 31)
        @inlinable @inline(__always) public init() {}
    }

    /// Transmit arbitration. Bit 26 is to be set, bits 27 to 30 are to be clear.
    @frozen public struct TARC: FieldSet {
        public let count = Field("COUNT", 0, 6)
        public let comp = Field("COMP", 7)
        public let ratio = Field("RATIO", 8, 9)
        public let enable = Field("ENABLE", 10)
        public let set26 = Field("SET", 26)
        public let clear = Field("CLEAR", 27, 30)
        @inlinable @inline(__always) public init() {}
    }
}

/// The extended receive descriptor, written back: hash type and queue (4), RSS hash or IP identification and packet checksum
/// (4), extended status and errors (4), length (2), VLAN tag (2). Status bits 0 to 7 are the legacy descriptor's, errors lie in
/// bits 24 to 31. 82574 §7.1.5
public enum ExtendedDescriptor {
    @inlinable public static var type: Int { 0 }
    @inlinable public static var hash: Int { 4 }
    @inlinable public static var status: Int { 8 }
    @inlinable public static var length: Int { 12 }
    /// The queue, in `type`.
    @inlinable public static var queue: Field { Field("Queue", 8, 12) }
}
