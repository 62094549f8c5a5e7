import DriverKit
import E1000ERegisters
import E1000Registers

// What reading and writing each register does beyond keeping a value.
extension Gigabit8254x {
    func read(_ rule: RegisterFile.Rule, _ offset: UInt32) -> UInt32 {
        if let register = rule.pcie, let value = readPCIe(register) { return value }
        if rule.access == .readClears, rule.register != .icr { return rule.register.map { statistics.read($0) } ?? 0 }
        switch rule.register {
        case .icr:
            let value = interrupts.cause
            interrupts.clear(value)
            messageSent = false
            updateLine()
            return value
        case .ims: return interrupts.mask
        case .ctrl: return registers[.ctrl] | (resetUntil != nil ? CTRL().rst.mask : 0)
        case .status: return statusRegister
        case .eecd: return EECD().dout.replacing(registers[.eecd], with: microwire.output ? 1 : 0)
        case .mdic: return management.value
        default: return registers.word(at: offset)
        }
    }

    func write(_ rule: RegisterFile.Rule, _ offset: UInt32, _ value: UInt32) {
        if let register = rule.pcie, writePCIe(register, rule, offset, value) { return }
        let queue = offset == rule.offset ? 0 : 1
        switch rule.register {
        case .ctrl: writeControl(value)
        case .ctrlExt: writeExtendedControl(value)
        case .eecd: writeEECD(value)
        case .eerd: startEEPROMRead(value)
        case .mdic: startManagement(value)
        case .icr: interrupts.clear(value)
        case .ics: interrupts.raise(value & rule.defined)
        case .ims: interrupts.enable(value & rule.defined)
        case .imc: interrupts.disable(value)
        case .itr:
            registers[.itr] = value & rule.defined
            interrupts.restartThrottle(interval: ITR().interval.get(value), now: now)
        case .rctl, .tctl: writeUnitControl(rule, value)
        case .rdbal, .rdbah, .rdlen, .rdh, .rdt: writeRing(.receive(queue), rule, value)
        case .tdbal, .tdbah, .tdlen, .tdh, .tdt: writeRing(.transmit(queue), rule, value)
        case .rdtr:
            registers[.rdtr] = value & RDTR().delay.mask
            if RDTR().fpd.isSet(value) { interrupts.receiveTimerFires() }
        case .ral, .rah: writeAddress(offset, value & rule.defined)
        case .wus: registers.setWord(registers.word(at: offset) & ~value, at: offset)
        default: registers.setWord(value & rule.defined, at: offset)
        }
    }

    private func writeAddress(_ offset: UInt32, _ value: UInt32) {
        registers.setWord(value, at: offset)
        let entry = Int(offset - E1000Register.ral.rawValue) / 8
        filter.setExact(entry, low: registers[.ral, entry, stride: 8], high: registers[.rah, entry, stride: 8])
    }

    /// STATUS, composed from what it reports. 8254x §13.4.2
    var statusRegister: UInt32 {
        let control = registers[.ctrl]
        let speeds: [UInt32: UInt32] = [10: 0, 100: 1, 1000: 2]
        let phySpeed = phy.link.flatMap { speeds[$0.megabits] } ?? 2
        let speed = CTRL().frcspd.isSet(control) ? CTRL().speed.get(control) : phySpeed
        let full = CTRL().frcdplx.isSet(control) ? CTRL().fd.isSet(control) : phy.link?.fullDuplex ?? true
        return STATUS().fd.of(full ? 1 : 0) | STATUS().lu.of(linkUp ? 1 : 0) | STATUS().speed.of(speed)
            | STATUS().asdv.of(phySpeed) | STATUS().txoff.of(now < pausedUntil ? 1 : 0) | (pcie == nil ? 0 : masterStatus)
    }

    func writeControl(_ value: UInt32) {
        if CTRL().rst.isSet(value) {
            if pcie != nil { checkMaster() }
            resetDevice()
            return
        }
        let before = registers[.ctrl]
        registers[.ctrl] = value & (pcie == nil ? CTRL.defined : I82574.CTRL.defined)
        if CTRL().phyRst.isSet(value & ~before) { phy.reset(now: now) }
        updateLink()
    }

    private func writeExtendedControl(_ value: UInt32) {
        // Both clear themselves: speed check and EEPROM reload. 8254x §13.4.6
        registers[.ctrlExt] = value & (pcie == nil ? CTRL_EXT.defined : I82574.CTRL_EXT.defined) & ~(CTRL_EXT().asdchk.mask | CTRL_EXT().eeRst.mask)
        if CTRL_EXT().eeRst.isSet(value) { loadAddress() }
    }

    private func writeEECD(_ value: UInt32) {
        let pins = EECD()
        let writable = pins.sk.mask | pins.cs.mask | pins.di.mask | pins.fwe.mask | pins.req.mask
        registers.write(value, .eecd, writable: writable)
        let granted = pins.req.isSet(value)
        registers[.eecd] = pins.gnt.replacing(registers[.eecd], with: granted ? 1 : 0)
        // Without the grant the pins belong to the device. 8254x §5.3
        guard granted else { return }
        microwire.drive(
            clock: pins.sk.isSet(value), select: pins.cs.isSet(value), input: pins.di.isSet(value), part: &eeprom)
    }

    func startEEPROMRead(_ value: UInt32) {
        guard eepromReady == nil else {
            violate(
                .resetTiming, "EERD", UInt64(value), "8254x §13.4.4", "written while a read is under way; wait for DONE")
            return
        }
        registers[.eerd] = value & (readAddress.mask | EERD().start.mask)
        if EERD().start.isSet(value) { eepromReady = now + EEPROM.readNanoseconds }
    }

    private var readAddress: Field { pcie == nil ? EERD().addr : I82574.EERD().addr }

    func finishEEPROMRead() {
        eepromReady = nil
        let address = readAddress.get(registers[.eerd]), done = pcie == nil ? EERD().done : I82574.EERD().done
        registers[.eerd] = readAddress.of(address) | done.mask | EERD().data.of(UInt32(eeprom.word(address)))
    }

    private func startManagement(_ value: UInt32) {
        guard management.readyAt == nil else {
            violate(
                .resetTiming, "MDIC", UInt64(value), "8254x §13.4.7", "written while an access is under way; wait for R")
            return
        }
        let operation = MDIC().op.get(value)
        guard operation == 1 || operation == 2 else {
            violate(
                .reservedBits, "MDIC", UInt64(value), "8254x §13.4.7",
                "OP is \(operation); 1 writes and 2 reads, nothing else")
            return
        }
        management.start(value, now: now)
    }

    func finishManagement() {
        let request = management.request
        let number = MDIC().regadd.get(request)
        // Nobody answers at another address: the bus floats high. 8254x §13.4.7
        let answers = MDIC().phyadd.get(request) == PHYRegister.address
        var data = MDIC().data.get(request)
        if MDIC().op.get(request) == 2 {
            data = answers ? phy.read(number) : 0xffff
        } else if answers {
            phy.write(number, data, now: now)
        }
        management.finish(data: data, failed: !answers)
        if MDIC().i.isSet(request) { interrupts.raise(Causes().mdac.mask) }
        updateLink()
    }
}

/// MDIC: one access to a PHY register at a time. 8254x §13.4.7
struct ManagementBus {
    /// 64 bits at 2.5 MHz. IEEE 802.3 §22.2.4.5
    static let nanoseconds: UInt64 = 25_600

    private(set) var value: UInt32 = 0
    private(set) var request: UInt32 = 0
    private(set) var readyAt: UInt64?

    func isDue(_ now: UInt64) -> Bool { readyAt.map { $0 <= now } ?? false }

    mutating func start(_ value: UInt32, now: UInt64) {
        request = value & ~(MDIC().r.mask | MDIC().e.mask)
        (self.value, readyAt) = (request, now + Self.nanoseconds)
    }

    mutating func finish(data: UInt32, failed: Bool) {
        value = MDIC().data.replacing(request, with: data) | MDIC().r.mask | MDIC().e.of(failed ? 1 : 0)
        readyAt = nil
    }
}

extension FieldSet {
    /// Ones where a field is.
    static var defined: UInt32 { withList { list in list.indices.reduce(UInt32(0)) { $0 | list[$1].mask } } }
}
