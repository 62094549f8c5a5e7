internal import NICModels

/// What QEMU says of the driver: mistakes become violations, trace events become notes.
extension QEMUNIC {
    /// Tells the host all that QEMU has said; costs round trips only when an access of the device was refused.
    func tellLog(_ machine: QEMUMachine, now: UInt64) {
        machine.log.collect()
        let fault = machine.log.hasStray ? machine.dma.takeFault() : nil
        var isExplained = fault == nil
        machine.log.drain { entry in
            switch entry {
            case .stray(let access):
                // The unit records pages, and the first refused access only.
                let record = fault.flatMap { $0.address == access.address & ~0xfff && $0.isRead == access.isRead ? " (\($0.text))" : nil }
                if record != nil { isExplained = true }
                host?.report(access.violation(because: machine.dma.account(of: access.address, now: now) + (record ?? "")))
            case .complaint(let words): host?.report(Self.violation(words))
            case .trace(let line): host?.note("QEMU: \(line)")
            }
        }
        if let fault, !isExplained { tell(fault, machine, now) }
    }

    /// A refused access that QEMU's log says nothing of: at the end of a claim, where nobody comes back to look.
    func tellLastFault(_ machine: QEMUMachine, now: UInt64) {
        tellLog(machine, now: now)
        if machine.bus.failure == nil, let fault = machine.dma.takeFault() { tell(fault, machine, now) }
    }

    private func tell(_ fault: TranslationFault, _ machine: QEMUMachine, _ now: UInt64) {
        let why = machine.dma.account(of: fault.address, now: now)
        host?.report(Violation(
            rule: .strayDMA, subject: fault.isRead ? "DMA read" : "DMA write", value: fault.address, section: "VT-d §10.4.14",
            text: "the device was refused the page at 0x\(String(fault.address, radix: 16)): \(why) (\(fault.text))"))
    }

    /// One subject a complaint: its words up to the first number.
    private static func violation(_ words: String) -> Violation {
        let subject = words.split(separator: " ").prefix { !$0.contains { $0.isNumber } }.prefix(6).joined(separator: " ")
        return Violation(
            rule: .guestError, subject: subject.isEmpty ? "QEMU" : subject, value: 0, section: "QEMU's guest errors", text: words)
    }
}
