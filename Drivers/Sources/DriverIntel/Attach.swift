public import CDriver
public import DriverKit
import E1000Registers

// Bring-up in the order of 8254x §14 (General Initialization), and its undoing.
extension IntelNIC {
    public static func attach(_ services: Services, _ options: inout Options, _ variables: Live<IntelVariables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> IntelNIC {
        guard let chip = Chip.find(services.identity) else { throw .unsuitable("not a device that this driver drives") }
        let settings = try Settings(&options, Chip.self)
        let io = try Registers(services, needed: Chip.Map.regionLength)
        try services.command(set: PCICommand.memory, clear: PCICommand.interruptDisable)
        do throws(DriverFailure) {
            return try bringUp(chip, settings, services, io, variables, &interface)
        } catch {
            // Whatever happened: no interrupt, no DMA. The rings are gone with their owners.
            silence(services, io)
            throw error
        }
    }

    private static func bringUp(_ chip: Chip, _ settings: Settings, _ services: Services, _ io: Registers,
                                _ live: Live<IntelVariables>, _ interface: inout drydock_interface) throws(DriverFailure) -> IntelNIC {
        try reset(services, io)
        // Not before: what an earlier driver left running would write into memory that is somebody else's by now.
        try services.command(set: PCICommand.busMaster)
        let permanent = try permanentAddress(chip, services, io, fallback: settings.address)
        let identifier = try PHY<Chip>(services, io).identifier()
        let receive = try ReceiveRing<Chip.Format>(services, size: Int(settings.receive))
        let hasSecond = Chip.receiveQueues > 1 && settings.scaling
        let second = hasSecond ? try ReceiveRing<Chip.Format>(services, size: Int(settings.receive)) : nil
        let transmit = try TransmitRing(services, size: Int(settings.transmit))
        let (kind, vectors) = try Chip.connect(services, settings)
        live.value.interruptKind = kind
        live.value.interruptsPerSecond = settings.interruptsPerSecond
        live.value.receiveAbsolute = settings.receiveAbsolute
        live.value.receiveDelay = settings.receiveDelay
        live.value.verbose = settings.verbose
        let filters = FilterState(address: settings.address ?? permanent, settings)
        var driver = IntelNIC(chip: chip, services: services, io: io, live: live, kind: kind, vectors: vectors, settings: settings,
                              receive: receive, second: second, hasSecond: hasSecond, transmit: transmit, filters: filters)
        driver.discardCounters()
        driver.fill(&interface, permanent: permanent)
        if settings.verbose > 0 {
            services.log(.info) { line in
                line.text(chip.title)
                line.text(", address ")
                (settings.address ?? permanent).describe(to: &line)
                line.text(", PHY ")
                line.hexadecimal(identifier, digits: 8)
            }
        }
        return driver
    }

    private init(chip: Chip, services: Services, io: Registers, live: Live<IntelVariables>, kind: UInt32, vectors: UInt32, settings: Settings,
                 receive: consuming ReceiveRing<Chip.Format>, second: consuming ReceiveRing<Chip.Format>?, hasSecond: Bool,
                 transmit: consuming TransmitRing, filters: FilterState) {
        (self.chip, self.services, self.io, self.live, self.settings) = (chip, services, io, live, settings)
        (self.kind, self.vectors, self.hasSecond) = (kind, vectors, hasSecond)
        self.receive = receive
        self.second = second
        self.transmit = transmit
        self.filters = filters
    }

    private func fill(_ out: inout drydock_interface, permanent: HardwareAddress) {
        out.mac = filters.address.tuple
        out.permanent_mac = permanent.tuple
        out.capabilities = Chip.capabilities
        out.enabled = offloads
        (out.mtu, out.maximum_mtu) = (settings.mtu, Self.mtuRange.upperBound)
        (out.receive_slots, out.transmit_slots) = ((settings.receive - 1) * (hasSecond ? 2 : 1), settings.transmit - 1)
        out.vectors = UInt16(truncatingIfNeeded: vectors)
        let title = chip.title
        unsafe withUnsafeMutableBytes(of: &out.description) { description in
            // SAFETY: both sides are bounded; the last octet stays zero.
            for i in 0..<min(title.utf8CodeUnitCount, description.count - 1) { unsafe description[i] = title.utf8Start[i] }
        }
    }

    /// Global reset with interrupts masked and both units off. 8254x §13.4.1 (CTRL.RST), §14.3
    static func reset(_ services: Services, _ io: Registers) throws(DriverFailure) {
        guard io.read(.status) != .max else { throw .gone }
        io.write(.imc, Chip.causes)
        // The units first: with one of them on, the device would want the bus that it is denied next.
        let rctl = io.read(.rctl), tctl = io.read(.tctl), command = services.config(PCICommand.offset, width: 2)
        if rctl != 0 { io.write(.rctl, 0) }
        if tctl != 0 { io.write(.tctl, 0) }
        // The read flushes the posted writes; what is on the bus then has a millisecond to finish. Nothing is where both units were off
        // and the bus was not this device's: so whoever resets a device hands it over.
        _ = io.read(.status)
        if RCTL().en.isSet(rctl) || TCTL().en.isSet(tctl) || command & PCICommand.busMaster != 0 { services.delay(microseconds: 1000) }
        try Chip.beforeReset(services, io)
        let rst = CTRL().rst
        io.write(.ctrl, io.read(.ctrl) | rst.mask)
        services.delay(microseconds: 5)
        try services.settle("CTRL.RST", within: 10_000) { () throws(DriverFailure) in
            let ctrl = io.read(.ctrl)
            guard ctrl != .max else { throw .gone }
            return !rst.isSet(ctrl)
        }
        try Chip.afterReset(services, io)
        io.write(.imc, Chip.causes)
        _ = io.read(.icr)
    }

    public mutating func start() throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard state != .running else { return }
        guard transmit.isEmpty, !receive.isDraining, second?.isDraining != true else { throw .busy }
        if state == .stopped { try Self.reset(services, io) }
        try program()
        state = .running
        enable()
        linkUp = STATUS().lu.isSet(io.read(.status))
        watch.start()
        services.setTimer(Watch.timer, microseconds: UInt64(live.value.watchdogMicroseconds))
    }

    /// Everything but the enable bits; the device is in its reset state. 8254x §14.3-14.5
    mutating func program() throws(DriverFailure) {
        try applyMedia()
        filters.writeAll(io)
        receive.program(io, 0)
        if Chip.receiveQueues > 1 { second?.program(io, 1) }
        io.write(.rxcsum, receiveChecksumBits)
        transmit.program(io)
        let gap = chip.gap
        io.write(.tipg, TIPG().ipgt.of(gap.transmit) | TIPG().ipgr1.of(gap.first) | TIPG().ipgr2.of(gap.second))
        try Chip.configure(&self)
        moderation = Moderation()
        applyModeration()
    }

    /// Switches both units on, then hands over the receive buffers, then lets interrupts through. 8254x §14.4, §14.5
    mutating func enable() {
        let half = settings.link.megabits != 0 && !settings.link.full
        let tctl = TCTL()
        // Collision distance: 512 octet times in half duplex, 64 in full. 8254x §13.4.33
        io.write(.tctl, Chip.transmitControl | tctl.en.mask | tctl.psp.mask | tctl.ct.of(0x0F) | tctl.cold.of(half ? 0x200 : 0x40))
        filters.rctl = wantedRCTL
        io.write(.rctl, filters.rctl)
        receive.ring(io, 0)
        if Chip.receiveQueues > 1 { second?.ring(io, 1) }
        Chip.unmask(self)
    }

    public mutating func stop() throws(DriverFailure) {
        guard state == .running else { return }
        services.setTimer(Watch.timer, microseconds: 0)
        state = .stopped
        defer {
            receive.drain()
            second?.drain()
            transmit.abandon()
        }
        io.write(.imc, Chip.causes)
        accumulateCounters()
        try Self.reset(services, io)
    }

    public consuming func detach() {
        if state == .running { try? stop() }
        services.setTimer(Watch.timer, microseconds: 0)
        Self.silence(services, io)
        services.disableInterrupts()
    }

    /// No interrupt, no DMA, no wait. Bus mastering off is what counts when the device no longer obeys.
    static func silence(_ services: Services, _ io: Registers) {
        io.write(.imc, Chip.causes)
        io.write(.rctl, 0)
        io.write(.tctl, 0)
        try? services.command(set: 0, clear: PCICommand.busMaster)
    }

    public mutating func quiesce() {
        Self.silence(services, io)
        state = .gone
    }
}
