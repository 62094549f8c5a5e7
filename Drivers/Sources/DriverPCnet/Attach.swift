public import CDriver
public import DriverKit
import PCnetRegisters

// Bring-up and its undoing. Am79C970A, "Initialization"
extension PCnet {
    public static func attach(_ services: Services, _ options: inout Options, _ variables: Live<PCnetVariables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> PCnet {
        let (station, isFull) = try wish(&options)
        let io = try Registers(services)
        return try services.claim(silence: { io.stop() }) { () throws(DriverFailure) in
            try reset(services, io)
            let title = try identify(io)
            // As the EEPROM has it, in the first six octets. Am79C970A, "Address PROM Space"
            let permanent = try station.permanent(HardwareAddress(low: io.ports.read(.aprom, at: 0), high: io.ports.read(.aprom, at: 1) & 0xFFFF))
            let block = try DMABlock(services, octets: InitializationBlock.octets, alignment: 4, reach: UInt64(UInt32.max), for: "the initialization block")
            let receive = try ReceiveRing(services, size: Int(station.receive))
            let transmit = try TransmitRing(services, size: Int(station.transmit))
            let vectors = try services.enableInterrupts(UInt32(DRYDOCK_INTX.rawValue), vectors: 1)
            let core = DriverCore(services, variables, station, permanent: permanent, capabilities: DRYDOCK_CAP_VLAN_MTU, longestMTU: 1500,
                                  transmitBuffers: Int(station.transmit))
            core.describe(&interface, title, receive: Int(station.receive) - 1, transmit: Int(station.transmit) - 1, vectors: vectors)
            if station.verbose > 0 {
                let address = core.filter.address
                services.log(.info) { line in
                    line.text(title)
                    line.text(", address ")
                    address.describe(to: &line)
                }
            }
            return PCnet(core: core, io: io, block: block, receive: receive, transmit: transmit, isFull: isFull)
        }
    }

    /// What the options ask for; the first that is wrong is named in the log.
    private static func wish(_ options: inout Options) throws(DriverFailure) -> (StationOptions, isFull: Bool) {
        // RLEN and TLEN are logarithms, up to that of 512. Am79C970A, "Initialization Block"
        let sizes: StaticString = "16, 32, 64, 128, 256 or 512 descriptors"
        var station = StationOptions(mtu: 68...1500, "68 to 1500 octets", ring: 16...512, sizes, size: 128), isFull = false
        while let option = options.next() {
            if try station.take(option, options) {
                guard station.receive.nonzeroBitCount == 1, station.transmit.nonzeroBitCount == 1 else {
                    throw options.refuse(option, "is no power of two", allowed: sizes)
                }
            } else if options.named(option, "speed") {
                _ = try options.number(option, in: 10...10, allowed: "10")
            } else if options.named(option, "duplex") {
                isFull = try options.number(option, in: 0...1, allowed: "0 (half) or 1 (full)") == 1
            } else {
                throw options.refuse(option, "is not known", allowed: "mac= speed= duplex= promiscuous nomulticast verbose mtu= receive= transmit=")
            }
        }
        return (station, isFull)
    }

    /// The chip stopped, its interrupts off, in the 32-bit mode. RESET, CSR0 (STOP), BCR18 (DWIO)
    private static func reset(_ services: Services, _ io: Registers) throws(DriverFailure) {
        io.reset()
        let stop = CSR0().stop
        try services.settle("CSR0.STOP", within: 10_000) { () throws(DriverFailure) in
            guard let state = io.state else { throw .gone }
            return state & 0xFF & ~CSR0().intr.mask == stop.mask
        }
        guard BSBC().dwio.isSet(io.bcr.read(.bsbc)) else { throw .unsuitable("the device does not enter its 32-bit mode (BCR18.DWIO)") }
    }

    /// The part number tells chips with 32-bit structures from older ones. CSR88, CSR89
    private static func identify(_ io: Registers) throws(DriverFailure) -> StaticString {
        let part = CHIPIDU().partidu.get(io.csr.read(.chipidu)) << 4 | CHIPIDL().partidl.get(io.csr.read(.chipidl))
        switch part {
        case 0x2621: return "AMD Am79C970A PCnet-PCI II Ethernet Controller"
        case 0x2623: return "AMD Am79C971 PCnet-FAST Ethernet Controller"
        case 0x2624: return "AMD Am79C972 PCnet-FAST+ Ethernet Controller"
        case 0x2625: return "AMD Am79C973 PCnet-FAST III Ethernet Controller"
        default: throw .unsuitable("not a PCnet-PCI II or its successor (CSR88, CSR89)")
        }
    }

    /// Everything, on a device that has been reset. Configuration first, then the block, then go. CSR0 (INIT, STRT)
    public mutating func bringUp() throws(DriverFailure) {
        let c = CSR0(), c3 = CSR3(), c4 = CSR4(), l = LED()
        io.bcr.write(.sws, SoftwareStyle().swstyle.of(2))
        io.bcr.write(.mc, MC().asel.mask)
        io.bcr.write(.lnkst, l.lnkste.mask | l.pse.mask)
        applyMedia()
        // An underflow does not stop the transmitter; initialization and long frames do not interrupt.
        io.csr.write(.csr3, c3.dxsuflo.mask | c3.idonm.mask | c3.bablm.mask)
        // Short frames are padded; no interrupt for counters, starts and jabber.
        io.csr.write(.csr4, c4.dmaplus.mask | c4.apadXmt.mask | c4.mfcom.mask | c4.rcvccom.mask | c4.txstrtm.mask | c4.jabm.mask)
        receive.repost()
        fillBlock()
        io.csr.write(.iadrl, UInt32(truncatingIfNeeded: block.deviceAddress) & 0xFFFF)
        io.csr.write(.iadrh, UInt32(truncatingIfNeeded: block.deviceAddress) >> 16)
        io.csr.write(.csr0, c.initialize.mask)
        try services.settle("CSR0.IDON", within: 20_000) { () throws(DriverFailure) in
            guard let state = io.state else { throw .gone }
            return c.idon.isSet(state)
        }
        (missed, told) = (io.csr.read(.mfc) & 0xFFFF, transmit.positions.tail)
        io.csr.write(.csr0, c.idon.mask | c.strt.mask | c.iena.mask)
    }

    private func fillBlock() {
        let first = InitializationBlock.first(mode: mode, receive: receive.size, transmit: transmit.size)
        block.store32(InitializationBlock.mode, first)
        block.store32(InitializationBlock.address, core.filter.address.low)
        block.store32(InitializationBlock.address + 4, core.filter.address.high)
        block.store32(InitializationBlock.filter, UInt32(truncatingIfNeeded: logical))
        block.store32(InitializationBlock.filter + 4, UInt32(truncatingIfNeeded: logical >> 32))
        block.store32(InitializationBlock.receiveRing, receive.deviceAddress)
        block.store32(InitializationBlock.transmitRing, transmit.deviceAddress)
        releaseToDevice()
    }

    public mutating func reset() throws(DriverFailure) {
        collect()
        try PCnet.reset(services, io)
    }

    /// No interrupt, no DMA, no wait.
    public func silence() { io.stop() }
}
