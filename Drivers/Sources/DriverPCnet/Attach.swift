public import CDriver
public import DriverKit
import PCnetRegisters

// Bring-up and its undoing. Am79C970A, "Initialization"
extension PCnet {
    public static func attach(_ services: Services, _ options: inout Options, _ variables: Live<PCnetVariables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> PCnet {
        let settings = try Settings(&options)
        let io = try Registers(services)
        try services.command(set: PCICommand.memory, clear: PCICommand.interruptDisable)
        do throws(DriverFailure) {
            return try bringUp(settings, services, io, variables, &interface)
        } catch {
            // Whatever happened: no interrupt, no DMA. The rings are gone with their owners.
            silence(services, io)
            throw error
        }
    }

    private static func bringUp(_ settings: Settings, _ services: Services, _ io: Registers, _ live: Live<PCnetVariables>,
                                _ interface: inout drydock_interface) throws(DriverFailure) -> PCnet {
        try reset(services, io)
        // Not before: what an earlier driver left running would write into memory that is somebody else's by now.
        try services.command(set: PCICommand.busMaster)
        let title = try identify(io)
        let permanent = try permanentAddress(io, fallback: settings.address)
        let reach = UInt64(UInt32.max)
        let block = try DMABlock(services, octets: InitializationBlock.octets, alignment: 4, reach: reach, for: "the initialization block")
        let receive = try ReceiveRing(services, size: Int(settings.receive))
        let transmit = try TransmitRing(services, size: Int(settings.transmit))
        let vectors = try services.enableInterrupts(UInt32(DRYDOCK_INTX.rawValue), vectors: 1)
        live.value.verbose = settings.verbose
        let filters = FilterState(address: settings.address ?? permanent, settings)
        let driver = PCnet(services: services, io: io, live: live, settings: settings, block: block, receive: receive, transmit: transmit,
                           filters: filters)
        driver.fill(&interface, permanent: permanent, vectors: vectors, title: title)
        if settings.verbose > 0 {
            services.log(.info) { line in
                line.text(title)
                line.text(", address ")
                (settings.address ?? permanent).describe(to: &line)
            }
        }
        return driver
    }

    private func fill(_ out: inout drydock_interface, permanent: HardwareAddress, vectors: UInt32, title: StaticString) {
        out.mac = filters.address.tuple
        out.permanent_mac = permanent.tuple
        (out.capabilities, out.enabled) = (PCnet.capabilities, PCnet.capabilities)
        (out.mtu, out.maximum_mtu) = (settings.mtu, PCnet.mtuRange.upperBound)
        (out.receive_slots, out.transmit_slots) = (settings.receive - 1, settings.transmit - 1)
        out.vectors = UInt16(truncatingIfNeeded: vectors)
        out.describe(title)
    }

    /// The chip stopped, its interrupts off, in the 32-bit mode. RESET, CSR0 (STOP), BCR18 (DWIO)
    static func reset(_ services: Services, _ io: Registers) throws(DriverFailure) {
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

    /// The address as the EEPROM has it, in the first six octets. Am79C970A, "Address PROM Space"
    private static func permanentAddress(_ io: Registers, fallback: HardwareAddress?) throws(DriverFailure) -> HardwareAddress {
        let loaded = HardwareAddress(low: io.ports.read(.aprom, at: 0), high: io.ports.read(.aprom, at: 1) & 0xFFFF)
        if loaded.isStation { return loaded }
        guard let fallback else { throw .unsuitable("the device has no valid address; give one with mac=") }
        return fallback
    }

    public mutating func start() throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard state != .running else { return }
        guard transmit.isEmpty, !receive.isDraining else { throw .busy }
        try PCnet.reset(services, io)
        try enable()
        state = .running
        linkUp = LED().ledout.isSet(io.bcr.read(.lnkst))
        services.setTimer(Watch.timer, microseconds: UInt64(live.value.watchdogMicroseconds))
    }

    /// Everything, on a device that has been reset. Configuration first, then the block, then go. CSR0 (INIT, STRT)
    mutating func enable() throws(DriverFailure) {
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
        watch = Watch(missed: io.csr.read(.mfc) & 0xFFFF)
        io.csr.write(.csr0, c.idon.mask | c.strt.mask | c.iena.mask)
    }

    private func fillBlock() {
        let first = InitializationBlock.first(mode: filters.mode, receive: receive.size, transmit: transmit.size)
        block.store32(InitializationBlock.mode, first)
        block.store32(InitializationBlock.address, filters.address.low)
        block.store32(InitializationBlock.address + 4, filters.address.high)
        block.store32(InitializationBlock.filter, UInt32(truncatingIfNeeded: filters.logical))
        block.store32(InitializationBlock.filter + 4, UInt32(truncatingIfNeeded: filters.logical >> 32))
        block.store32(InitializationBlock.receiveRing, receive.deviceAddress)
        block.store32(InitializationBlock.transmitRing, transmit.deviceAddress)
        releaseToDevice()
    }

    public mutating func stop() throws(DriverFailure) {
        guard state == .running else { return }
        services.setTimer(Watch.timer, microseconds: 0)
        state = .stopped
        accumulateMissed()
        defer {
            transmit.abandon(&counters)
            receive.drain()
        }
        try PCnet.reset(services, io)
    }

    public consuming func detach() {
        if state == .running { try? stop() }
        PCnet.silence(services, io)
        services.disableInterrupts()
    }

    /// No interrupt, no DMA, no wait. Bus mastering off is what counts when the device no longer obeys.
    static func silence(_ services: Services, _ io: Registers) {
        io.csr.write(.csr0, CSR0().stop.mask)
        try? services.command(set: 0, clear: PCICommand.busMaster)
    }

    public mutating func quiesce() {
        PCnet.silence(services, io)
        state = .gone
    }
}
