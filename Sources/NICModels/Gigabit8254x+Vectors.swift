import DriverKit
import E1000ERegisters
import E1000Registers

// The 82574's interrupts: causes of queues, MSI-X messages that clear and mask by themselves. 82574 §7.4
extension Gigabit8254x {
    /// What ICR holds: OTHER stands for its causes, and bit 31 for an interrupt that is asserted.
    var causes82574: UInt32 {
        let other = interrupts.cause & VectorCause.others & interrupts.mask != 0 ? I82574.Causes().other.mask : 0
        return interrupts.cause | other | (interrupts.pending != 0 ? I82574.Causes().asserted.mask : 0)
    }

    /// Reading clears when nothing is masked in, or when an interrupt is asserted and there is no MSI-X; with IAME it masks what
    /// IAM says. 82574 §7.4.3
    func readCauses() -> UInt32 {
        let value = causes82574
        let isAsserted = interrupts.pending != 0
        if interrupts.mask == 0 || isAsserted && !config.vectorsEnabled { interrupts.clear(value) }
        if isAsserted, I82574.CTRL_EXT().iame.isSet(registers[.ctrlExt]) { interrupts.disable(registers[own: .iam]) }
        messageSent = false
        updateLine()
        return value
    }

    /// Sends the messages that are due, one a cause. 82574 §7.4.2
    func sendVectors() {
        guard var unit = pcie, isMaster else { return }
        let present = causes82574 & interrupts.mask
        unit.sent &= present
        var due: [Int] = []
        for cause in VectorCause.all where present & cause.mask & ~unit.sent != 0 {
            let allocation = cause.allocation.get(registers[own: .ivar]), vector = Int(allocation & 7)
            guard allocation & 8 != 0, vector < unit.granted else { continue }
            guard now >= unit.quietUntil[vector] else { continue }
            let interval = UInt64(ITR().interval.get(registers[own: .eitr, UInt32(vector)]))
            unit.quietUntil[vector] = now + interval * InterruptUnit.throttleNanoseconds
            unit.sent |= cause.mask
            autoClear(cause.mask, &unit)
            due.append(vector)
        }
        pcie = unit
        for vector in due {
            ledger.interrupts += 1
            statistics.bump(own: .iac)
            host?.interrupt(vector: vector, asserted: true)
        }
    }

    /// EIAC clears the cause, and its mask too unless IAME is set; EIAME masks what IAM says. 82574 §7.4.3
    private func autoClear(_ mask: UInt32, _ unit: inout PCIeUnit) {
        let control = registers[.ctrlExt], cleared = registers[own: .eiac] & mask
        interrupts.clear(cleared)
        unit.sent &= ~cleared
        if !I82574.CTRL_EXT().iame.isSet(control) { interrupts.disable(cleared) }
        if I82574.CTRL_EXT().eiame.isSet(control) { interrupts.disable(registers[own: .iam]) }
    }

    /// When the interrupt unit wants to be called again.
    var interruptDeadline: UInt64? {
        guard let unit = pcie, config.vectorsEnabled else { return interrupts.deadline }
        let waiting = causes82574 & interrupts.mask & ~unit.sent
        let held = VectorCause.all.compactMap { cause -> UInt64? in
            let allocation = cause.allocation.get(registers[own: .ivar]), vector = Int(allocation & 7)
            guard waiting & cause.mask != 0, allocation & 8 != 0, vector < unit.granted, unit.quietUntil[vector] > now else { return nil }
            return unit.quietUntil[vector]
        }
        return (held + [interrupts.timerDeadline].compactMap(\.self)).min()
    }

    /// What is masked in must have somewhere to go. 82574 §10.2.4 (IVAR)
    func checkVectors(_ value: UInt32) {
        guard let unit = pcie, config.vectorsEnabled else { return }
        for cause in VectorCause.all where value & cause.mask != 0 {
            let allocation = cause.allocation.get(registers[own: .ivar])
            guard allocation & 8 == 0 || Int(allocation & 7) >= unit.granted else { continue }
            violate(
                .enableOrder, "IMS", UInt64(value), "82574 §10.2.4",
                "\(cause.allocation.name) of IVAR is \(allocation), and \(unit.granted) vectors are granted; a cause must have a "
                    + "valid vector before it is unmasked")
        }
    }
}
