public import CDriver
public import DriverKit
import RTL8139Registers

// Bring-up and its undoing.
extension RTL8139 {
    public static func attach(_ services: Services, _ options: inout Options, _ variables: Live<RTL8139Variables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> RTL8139 {
        let settings = try Settings(&options)
        let io = try Registers(services, needed: RTL8139Register.regionLength)
        try services.command(set: PCICommand.memory, clear: PCICommand.interruptDisable)
        do throws(DriverFailure) {
            return try bringUp(settings, services, io, variables, &interface)
        } catch {
            // Whatever happened: no interrupt, no DMA. The rings are gone with their owners.
            silence(services, io)
            throw error
        }
    }

    private static func bringUp(_ settings: Settings, _ services: Services, _ io: Registers, _ live: Live<RTL8139Variables>,
                                _ interface: inout drydock_interface) throws(DriverFailure) -> RTL8139 {
        try reset(services, io)
        // Not before: what an earlier driver left running would write into memory that is somebody else's by now.
        try services.command(set: PCICommand.busMaster)
        let permanent = try permanentAddress(services, io, fallback: settings.address)
        let receive = try ReceiveRing(services, kibibytes: settings.ring, buffers: settings.receive)
        let transmit = try TransmitSlots(services)
        let vectors = try services.enableInterrupts(UInt32(DRYDOCK_INTX.rawValue), vectors: 1)
        live.value.verbose = settings.verbose
        let filters = FilterState(address: settings.address ?? permanent, settings)
        let driver = RTL8139(services: services, io: io, live: live, settings: settings, receive: receive, transmit: transmit, filters: filters)
        driver.fill(&interface, permanent: permanent, vectors: vectors)
        if settings.verbose > 0 {
            services.log(.info) { line in
                line.text(title)
                line.text(", address ")
                (settings.address ?? permanent).describe(to: &line)
            }
        }
        return driver
    }

    private func fill(_ out: inout drydock_interface, permanent: HardwareAddress, vectors: UInt32) {
        out.mac = filters.address.tuple
        out.permanent_mac = permanent.tuple
        (out.capabilities, out.enabled) = (RTL8139.capabilities, RTL8139.capabilities)
        (out.mtu, out.maximum_mtu) = (settings.mtu, RTL8139.mtuRange.upperBound)
        (out.receive_slots, out.transmit_slots) = (settings.receive, UInt32(TransmitSlots.count))
        out.vectors = UInt16(truncatingIfNeeded: vectors)
        out.describe(RTL8139.title)
    }

    /// Software reset with interrupts masked. CR.RST (0037h)
    static func reset(_ services: Services, _ io: Registers) throws(DriverFailure) {
        guard io.read(.tcr) != .max else { throw .gone }
        io.write(.imr, 0)
        io.write(.cr, CR().rst.mask)
        try services.settle("CR.RST", within: 10_000) { () throws(DriverFailure) in
            let cr = io.read(.cr)
            guard cr != 0xFF else { throw .gone }
            return !CR().rst.isSet(cr)
        }
        io.write(.imr, 0)
        io.write(.isr, 0xFFFF)
    }

    /// The address as the EEPROM has it: loaded again, for a reset leaves what the last driver wrote. 9346CR (0050h), IDR0 (0000h)
    private static func permanentAddress(_ services: Services, _ io: Registers, fallback: HardwareAddress?) throws(DriverFailure) -> HardwareAddress {
        let eem = CR9346().eem
        io.write(.cr9346, eem.of(1))
        // Loading takes about 2 ms.
        try services.settle("9346CR.EEM", within: 20_000, step: 100) { () throws(DriverFailure) in
            let value = io.read(.cr9346)
            guard value != 0xFF else { throw .gone }
            return eem.get(value) == 0
        }
        let loaded = HardwareAddress(low: io.read(.idr0), high: io.read(.idr4) & 0xFFFF)
        if loaded.isStation { return loaded }
        guard let fallback else { throw .unsuitable("the device has no valid address; give one with mac=") }
        return fallback
    }

    public mutating func start() throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard state != .running else { return }
        guard transmit.isEmpty, !receive.isDraining else { throw .busy }
        try RTL8139.reset(services, io)
        try enable()
        state = .running
        linkUp = !MSR().linkb.isSet(io.read(.msr))
        watch = Watch()
        services.setTimer(Watch.timer, microseconds: UInt64(live.value.watchdogMicroseconds))
    }

    /// Everything, on a device that has been reset: what is only writable with its half switched on comes after that. CR, TCR, RCR
    /// (0037h, 0040h, 0044h)
    mutating func enable() throws(DriverFailure) {
        try applyMedia()
        filters.writeAddress(io)
        receive.program(io)
        let cr = CR(), tcr = TCR()
        io.write(.cr, cr.re.mask | cr.te.mask)
        // The gap that 802.3 wants; bursts of 1 KiB.
        io.write(.tcr, tcr.ifg.of(3) | tcr.mxdma.of(6))
        filters.rcr = wantedRCR
        io.write(.rcr, filters.rcr)
        receive.rewind(io)
        filters.writeMulticast(io)
        io.write(.mpc, 0)
        io.write(.mulint, 0)
        io.write(.imr, Causes().wanted)
    }

    public mutating func stop() throws(DriverFailure) {
        guard state == .running else { return }
        services.setTimer(Watch.timer, microseconds: 0)
        state = .stopped
        defer {
            counters.add(DRYDOCK_TX_ERRORS, transmit.abandon())
            receive.drain()
        }
        io.write(.imr, 0)
        rescueFrames()
        accumulateMissed()
        try RTL8139.reset(services, io)
    }

    public consuming func detach() {
        if state == .running { try? stop() }
        RTL8139.silence(services, io)
        services.disableInterrupts()
    }

    /// No interrupt, no DMA, no wait. Bus mastering off is what counts when the device no longer obeys.
    static func silence(_ services: Services, _ io: Registers) {
        io.write(.imr, 0)
        io.write(.cr, 0)
        try? services.command(set: 0, clear: PCICommand.busMaster)
    }

    public mutating func quiesce() {
        RTL8139.silence(services, io)
        state = .gone
    }
}
