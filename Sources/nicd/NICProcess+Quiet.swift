internal import Bus
internal import Cables
internal import Host
internal import Messages
internal import NICModels

/// What is done to a device whose stack died without a word, or hangs: it is made to fall silent, and looked at.
extension NICProcess {
    private enum Command {
        static let offset: UInt32 = 4
        static let busMaster: UInt32 = 1 << 2
        /// What a function that is not there reads as.
        static let absent: UInt32 = 0xffff
    }

    /// How long a device is watched after its reset, in nanoseconds, and in how many looks.
    private static let watch: UInt64 = 2_000_000, looks: UInt64 = 4
    /// What a chip needs to come out of its reset, with much to spare.
    private static let recovery: UInt64 = 300_000
    /// Reports of dead drivers' processes that are kept: as many as a supervisor keeps crashes of in a minute.
    private static let mostBequeathed = 4

    /// Answers `quiet`.
    func quiet(holder: String, since: UInt64) -> QuietReport? {
        if let claim, claim.stack == holder {
            abandonClaim("it was taken away: its stack died or hangs", holderLives: ProcessFlags.isAlive(claim.pid))
            return lastQuiet
        }
        return lastQuiet.flatMap { $0.holder == holder && $0.at >= since ? $0 : nil }
    }

    /// Ends a claim whose driver's process is dead, or stands still, while its stack lives: the evidence first, and no waiting, because another
    /// process is to drive the device at once.
    ///
    /// - Parameter pid: of the driver's process.
    func endClaimOfDead(_ claim: Claim, _ pid: Int32) {
        var report = QuietReport(nic: name, holder: claim.stack, pid: pid)
        report.at = MonotonicClock.now()
        report.why = "its driver's process died"
        let seen = seenRegisters(.rings("")), readings = whyUnseen == nil ? chip?.readings(slot.card) ?? [] : []
        (report.rings, report.notRead) = (seen.1, seen.notRead)
        endClaim(report.why, cutOff: false)
        let after = slot.configLoad(offset: Command.offset, width: 2)
        report.isGone = after == Command.absent
        report.isMasterOff = report.isGone ? nil : after & Command.busMaster == 0
        report.steps = ["bus mastering switched off, reset, mappings taken away", "read back: command register 0x\(String(after, radix: 16))"]
        report.held = report.isGone || report.isMasterOff == true
        report.took = MonotonicClock.now() &- report.at
        if bequeathed.count == Self.mostBequeathed { bequeathed.removeFirst() }
        bequeathed.append((report, readings))
    }

    /// What was found when a driver's process had died.
    func foundAtDeath(of pid: Int32) -> QuietReport? {
        guard let last = bequeathed.lastIndex(where: { $0.report.pid == pid }) else { return nil }
        if let chip, bequeathed[last].report.registers.isEmpty { bequeathed[last].report.registers = chip.named(bequeathed[last].readings) }
        return bequeathed[last].report
    }

    /// Ends a claim that nobody let go of.
    ///
    /// - Parameter holderLives: its process may still run. It is cut off.
    func abandonClaim(_ why: String, holderLives: Bool) {
        guard let claim else { return }
        var report = QuietReport(nic: name, holder: claim.stack, pid: claim.pid)
        report.at = MonotonicClock.now()
        (report.why, report.holderLived) = (why, holderLives)
        lookAtRegisters(&report)
        silence(&report)
        let pages = PageWatch(claim)
        report.watched = pages.watched
        for _ in 0..<Self.looks { pass(Self.watch / Self.looks) }
        note(pages.changed(claim), &report)
        // The last thing that takes memory out of the device's reach, and then the last look at it.
        endClaim(why)
        report.steps.append("mappings taken away, claim revoked")
        note(pages.changed(claim), &report)
        report.held = report.isGone || report.isMasterOff == true && (report.pagesWritten == 0 || holderLives)
        report.took = MonotonicClock.now() &- report.at
        lastQuiet = report
        log.line(report.sentence)
        recorder?.note(report.sentence)
    }

    private func lookAtRegisters(_ report: inout QuietReport) { (report.registers, report.rings, report.notRead) = seenRegisters() }

    /// Why no register can be seen; nil: they can.
    private var whyUnseen: String? {
        guard chip != nil else { return "no register map of this chip is known here" }
        // Hardware that is really there answers only when it decodes memory.
        let command = slot.configLoad(offset: Command.offset, width: 2)
        guard command != Command.absent else { return "the device does not answer" }
        return slot.card is any NICModel || command & 3 != 0 ? nil : "the device does not decode its registers"
    }

    /// What can be seen of the registers without changing anything, and why the rest is missing.
    func seenRegisters(_ part: NICLook.Part = .all) -> ([QuietReport.Register], [QuietReport.Ring], notRead: String) {
        if let whyUnseen { return ([], [], whyUnseen) }
        guard let chip else { return ([], [], "") }
        let registers = chip.read(slot.card, part)
        let rings = chip.rings(registers, part).map { ring in
            var ring = ring
            ring.format = chip.descriptorFormat
            ring.descriptors = descriptors(ring, octets: Int(ring.length) * (chip.countsDescriptors ? ChipMap.descriptorOctets : 1))
            return ring
        }
        return (part.hasRegisters ? registers : [], rings, slot.card is any NICModel ? "" : "registers that reading changes")
    }

    /// Bus mastering off, reset, off again where the reset put it on; then what it reads back as.
    private func silence(_ report: inout QuietReport) {
        let before = slot.configLoad(offset: Command.offset, width: 2)
        stopMastering()
        report.steps.append("bus mastering was \(before & Command.busMaster == 0 ? "off" : "on"), switched off")
        do throws(NICFailure) {
            try slot.reset()
            report.steps.append("function reset")
        } catch {
            if let chip, before != Command.absent, before & 3 != 0 {
                slot.store(region: chip.reset.region, offset: chip.reset.offset, width: chip.reset.width, value: chip.reset.value)
                report.steps.append("the chip's own reset")
            } else {
                report.steps.append("no reset: \(Failure(error, what: "reset").why)")
            }
        }
        pass(Self.recovery)
        stopMastering()
        let after = slot.configLoad(offset: Command.offset, width: 2)
        report.isGone = after == Command.absent
        guard !report.isGone else { return }
        report.isMasterOff = after & Command.busMaster == 0
        report.steps.append("read back: command register 0x\(String(after, radix: 16))")
        guard let chip, slot.card is any NICModel || after & 3 != 0 else { return }
        report.notReset = chip.notReset(slot.card)
        report.isReset = report.notReset.isEmpty
    }

    private func stopMastering() {
        let command = slot.configLoad(offset: Command.offset, width: 2)
        guard command != Command.absent else { return }
        slot.configStore(offset: Command.offset, width: 2, value: command & ~Command.busMaster)
    }

    /// Lets time pass, for us and for the device.
    private func pass(_ nanoseconds: UInt64) {
        var nothing = WaitSet()
        nothing.wait(nanoseconds: nanoseconds)
        _ = serviceBackend(now: MonotonicClock.now())
    }

    private func note(_ pages: [Int], _ report: inout QuietReport) {
        report.pagesWritten = max(report.pagesWritten, pages.count)
        report.firstWritten = report.firstWritten ?? pages.first.map { UInt64($0 * PageWatch.page) }
    }

    private var chip: ChipMap? {
        let identity = identity
        return ChipMap.of(vendor: identity.vendor, device: identity.device, isReal: model.bus == .vfio)
    }
}
