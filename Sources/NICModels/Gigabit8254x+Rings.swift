import DriverKit
import E1000Registers

// Base, length, head, tail and the enable bits of both rings. 8254x §13.4.22–13.4.29, §13.4.33–13.4.40, §14.4, §14.5
extension Gigabit8254x {
    func writeRing(_ set: RingRegisters, _ rule: RegisterFile.Rule, _ value: UInt32) {
        let enabled = registers[set.control] & set.enable != 0
        switch rule.register {
        case set.low: writeBaseLow(set, rule, value, enabled)
        case set.high:
            refuseWhileEnabled(enabled, rule, value)
            registers[set.high, shift: set.shift] = value
            moved(set)
        case set.length: writeLength(set, rule, value, enabled)
        case set.head: writeHead(set, rule, value, enabled)
        default: writeTail(set, rule, value, enabled)
        }
    }

    private func refuseWhileEnabled(_ enabled: Bool, _ rule: RegisterFile.Rule, _ value: UInt32) {
        guard enabled else { return }
        violate(
            .enableOrder, rule.name, UInt64(value), rule.section,
            "written while the unit is enabled; clear the enable bit, change the ring, enable again")
    }

    private func writeBaseLow(_ set: RingRegisters, _ rule: RegisterFile.Rule, _ value: UInt32, _ enabled: Bool) {
        refuseWhileEnabled(enabled, rule, value)
        if value & 15 != 0 {
            violate(
                .ringAlignment, rule.name, UInt64(value), rule.section,
                "ring base \(hex(value)) is not a multiple of 16; the low bits are ignored")
        }
        registers[set.low, shift: set.shift] = value & ~15
        moved(set)
    }

    private func writeLength(_ set: RingRegisters, _ rule: RegisterFile.Rule, _ value: UInt32, _ enabled: Bool) {
        refuseWhileEnabled(enabled, rule, value)
        if value & ~RingLength().len.mask != 0 {
            violate(
                .ringLength, rule.name, UInt64(value), rule.section,
                "\(value) octets of ring; it must be a multiple of 128 below 1 MiB, the other bits are ignored")
        }
        registers[set.length, shift: set.shift] = value & RingLength().len.mask
        moved(set)
    }

    private func writeHead(_ set: RingRegisters, _ rule: RegisterFile.Rule, _ value: UInt32, _ enabled: Bool) {
        if enabled {
            violate(
                .headWhileEnabled, rule.name, UInt64(value), rule.section,
                "written while the unit is enabled; head belongs to the device until the enable bit is clear")
        }
        let count = Ring(set, registers).count
        if value != 0, value >= count {
            violate(
                .tailOutOfRange, rule.name, UInt64(value), rule.section, "head \(value) in a ring of \(count) descriptors")
        }
        registers[set.head, shift: set.shift] = value & 0xffff
        moved(set)
    }

    private func writeTail(_ set: RingRegisters, _ rule: RegisterFile.Rule, _ value: UInt32, _ enabled: Bool) {
        let before = Ring(set, registers)
        if value != 0, value >= before.count {
            violate(
                .tailOutOfRange, rule.name, UInt64(value), rule.section,
                "tail \(value) in a ring of \(before.count) descriptors; nothing is worked on until it is in range")
        }
        registers[set.tail, shift: set.shift] = value & 0xffff
        guard enabled else {
            // Descriptors may be handed to a receiver before it is enabled, to a transmitter not. 8254x §14.4, §14.5
            if set.direction == "TX", value != 0, Int(value) != before.head {
                violate(
                    .enableOrder, rule.name, UInt64(value), rule.section,
                    "descriptors handed over while TCTL.EN is clear; enable the transmitter first")
            }
            return
        }
        let after = Ring(set, registers)
        guard after.isSound, before.isSound else { return }
        checkOverrun(set, rule, before, after)
        recordOwned(set, from: before.tail, in: after)
        if set.direction == "RX" { drainReceive() }
    }

    /// The tail may not come round to the head: such a ring looks empty, and what it passes the device already owns.
    private func checkOverrun(_ set: RingRegisters, _ rule: RegisterFile.Rule, _ before: Ring, _ after: Ring) {
        let added = (after.tail - before.tail + after.count) % after.count
        let free = after.count - 1 - before.owned
        guard added > free else { return }
        violate(
            .descriptorOwnership, rule.name, UInt64(after.tail), rule.section,
            "tail moved from \(before.tail) to \(after.tail), past descriptors that the device owns (head \(after.head)); "
                + "at most \(free) could be added")
    }

    /// Remembers what is handed over, from descriptor `first` up to the tail.
    private func recordOwned(_ set: RingRegisters, from first: Int, in ring: Ring) {
        var index = first
        while index != ring.tail {
            let address = ring.address(index)
            guard isMaster, let low = memory.word(at: address), let high = memory.word(at: address &+ 8) else { return }
            if set.direction == "RX" { rx.shadow[set.queue].record(index, low, high) } else { transmitters[set.queue].shadow.record(index, low, high) }
            index = ring.next(index)
        }
    }

    /// The ring is another one now.
    private func moved(_ set: RingRegisters) {
        let count = Ring(set, registers).count
        if set.direction == "RX" {
            rx.shadow[set.queue].resize(count)
            rx.halted[set.queue] = false
            // A frame that was partly in the old ring starts over in the new one.
            if rx.fifo.first?.queue ?? 0 == set.queue { rx.progress = 0 }
        } else {
            transmitters[set.queue].shadow.resize(count)
            transmitters[set.queue].halted = false
            if transmitters[set.queue].inFrame { ledger.drop(.transmitAborted) }
            transmitters[set.queue].abandonFrame()
        }
    }

    /// RCTL and TCTL: what must be true before the unit is enabled. What a unit holds when it is switched off stays in its
    /// FIFO until it is switched on again or the device is reset. 8254x §13.4.22, §13.4.33
    func writeUnitControl(_ rule: RegisterFile.Rule, _ value: UInt32) {
        let set = rule.register == .rctl ? RingRegisters.receive : .transmit
        let was = registers[set.control] & set.enable != 0
        let will = value & set.enable != 0
        registers[set.control] = value & rule.defined
        guard will, !was else { return }
        enabling(set, rule, value)
        if pcie != nil { checkPCIe(enabling: set.direction, rule, value) }
    }

    private func enabling(_ set: RingRegisters, _ rule: RegisterFile.Rule, _ value: UInt32) {
        let ring = Ring(set, registers)
        let section = set.direction == "RX" ? "8254x §14.4" : "8254x §14.5"
        if ring.count == 0 {
            violate(.ringLength, rule.name, UInt64(value), section, "enabled while \(set.direction) ring length is 0")
        }
        if ring.base == 0 {
            violate(.enableOrder, rule.name, UInt64(value), section, "enabled before the \(set.direction) ring base was set")
        }
        if ring.count > 0, !ring.isSound {
            violate(
                .tailOutOfRange, rule.name, UInt64(value), section,
                "enabled with head \(ring.head) and tail \(ring.tail) in a ring of \(ring.count) descriptors")
        }
        guard ring.isSound else { return }
        recordOwned(set, from: ring.head, in: ring)
        if set.direction == "RX" { rx.halted = [false, false] } else { for queue in transmitters.indices { transmitters[queue].halted = false } }
        guard pcie != nil, set.queue == 0 else { return }
        let other = set.direction == "RX" ? RingRegisters.receive(1) : .transmit(1), second = Ring(other, registers)
        if second.isSound { recordOwned(other, from: second.head, in: second) }
    }

    /// A ring cannot be read or written: the unit stops until the ring or the enable bit is written anew.
    func halt(_ set: RingRegisters, _ index: Int, _ address: UInt64) {
        config.masterAborted()
        if set.direction == "RX" { rx.halted[set.queue] = true } else { transmitters[set.queue].halted = true }
        violate(
            .strayDMA, "\(set.direction) descriptor \(index)", address, "8254x §4.1",
            "the descriptor at 0x\(String(address, radix: 16)) lies in no DMA mapping (\(memory.account(of: address))); the unit stops until it is set up anew")
    }
}
