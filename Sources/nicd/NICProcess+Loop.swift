internal import Bus
internal import Cables
internal import Host
internal import Messages
internal import NICModels

/// The loop: what the stack asks first, then the hardware, then frames; a short look for more, then sleep.
extension NICProcess {
    /// Accesses served before anything else has its turn, and turns of the loop between two looks at the descriptors.
    static let accessBurst = 64
    private static let turnsBetweenLooks = 16

    /// Serves until the NIC is removed or told to end by a signal.
    func run(signals: borrowing SignalDescriptor) {
        var due: (backend: UInt64?, cable: UInt64?) = (0, 0)
        var turns = 0
        var waiting = WaitSet()
        while !isEnding {
            let served = serveAccesses(atMost: Self.accessBurst)
            let now = MonotonicClock.now()
            if served > 0 || due.backend.map({ $0 <= now }) ?? false { due.backend = serviceBackend(now: now) }
            if due.cable.map({ $0 <= now }) ?? false { due.cable = serviceCable(now: now) }
            // A frame that arrived may have set one of the hardware's timers: an interrupt that moderation holds back.
            if hardwareTouched { due.backend = serviceBackend(now: now) }
            if cableTouched || cableRestsUntil != 0 && backend.isListening { due.cable = 0 }
            if served > 0, turns < Self.turnsBetweenLooks { turns += 1; continue }
            turns = 0
            if due.cable == 0, served == 0 { continue }
            let soonest = [due.backend, due.cable].compactMap { $0 }.min()
            let patience = served > 0 ? 0 : soonest.map { $0 > now ? $0 - now : 0 }
            look(&waiting, signals, patience: patience, &due)
        }
    }

    /// Waits for a descriptor, an access, or the time; then does what came.
    private func look(
        _ waiting: inout WaitSet, _ signals: borrowing SignalDescriptor, patience: UInt64?, _ due: inout (backend: UInt64?, cable: UInt64?)
    ) {
        if patience != 0, let claim {
            if claim.access.spin() { return }
            guard claim.access.prepareToSleep() else { return }
        }
        waiting.clear()
        waiting.add(signals.raw)
        waiting.add(control.raw)
        if let claim { waiting.add(claim.bell) }
        let beforeBackend = waiting.count
        for descriptor in backend.descriptors { waiting.add(descriptor) }
        let beforeCable = waiting.count
        for watch in port.watched + (cableRestsUntil == 0 ? cable.watched : []) { waiting.add(watch.descriptor, forWriting: watch.forWriting) }
        let end = waiting.count
        waiting.wait(nanoseconds: patience)
        claim?.access.wake()

        if waiting.isReady(0..<1) { hearSignals(signals) }
        let hasRequest = waiting.isReady(1..<2)
        if claim != nil, waiting.isReady(2..<3) { claim?.hushBell() }
        if waiting.isReady(beforeBackend..<beforeCable) { due.backend = 0 }
        if waiting.isReady(beforeCable..<end) { due.cable = 0 }
        if hasRequest {
            hearRequests()
            // A request may change anything: the claim, the cable, the carrier.
            due = (0, 0)
        }
        children.reap()
    }

    private func hearSignals(_ signals: borrowing SignalDescriptor) {
        while let signal = signals.take() {
            log.line("ended by \(signal)")
            isEnding = true
        }
    }

    /// Frees what other processes could see. The folder is the caller's to remove, after this.
    func shutDown() {
        if claim != nil { endClaim("the NIC was removed") }
        backend.shutDown()
        cable.close()
        children.reap()
    }
}
