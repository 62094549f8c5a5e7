import DriverKit
import E1000Registers

// From the driver's descriptors to frames. 8254x §3.3, §3.4
extension Gigabit8254x {
    /// Works on at most ``transmitBudget`` descriptors or segments.
    ///
    /// - Returns: true when more can be done at once.
    func transmit() -> Bool {
        var more = false
        for queue in transmitters.indices {
            transmitQueue = queue
            more = transmitOne() || more
        }
        transmitQueue = 0
        return more
    }

    private func transmitOne() -> Bool {
        for _ in 0..<Self.transmitBudget {
            guard mayTransmit, stepTransmit() else { return false }
        }
        return mayTransmit && Ring(.transmit(transmitQueue), registers).owned > 0
    }

    private var isLoopedBack: Bool { RCTL().lbm.get(registers[.rctl]) != 0 || phy.isLoopback }

    /// Without a link nothing leaves: descriptors wait.
    private var mayTransmit: Bool {
        guard TCTL().en.isSet(registers[.tctl]), !tx.halted, resetUntil == nil else { return false }
        return isLoopedBack || linkUp && now >= pausedUntil
    }

    /// One descriptor, or one segment of one.
    ///
    /// - Returns: false when there is nothing to do.
    private func stepTransmit() -> Bool {
        let ring = Ring(.transmit(transmitQueue), registers)
        guard ring.owned > 0 else { return false }
        guard isMaster else {
            if !tx.busMasterReported { reportBusMaster("TX") }
            tx.busMasterReported = true
            return false
        }
        let address = ring.address(ring.head)
        guard let low = memory.word(at: address), let high = memory.word(at: address &+ 8) else {
            halt(.transmit(transmitQueue), ring.head, address)
            return false
        }
        let word = TransmitWord(low, high)
        if tx.consumed == 0 { inspect(word, ring.head) }
        if work(word, ring.head) { complete(word, ring, address) }
        return true
    }

    /// Reports what is wrong with a descriptor as such.
    private func inspect(_ word: TransmitWord, _ index: Int) {
        checkOwned(tx.shadow, "TX", index, word.low, word.high)
        let reserved = word.reservedBits(reportsSent: variant.reportsSent)
        guard reserved != 0 else { return }
        violate(
            .descriptorReserved, "TX descriptor \(index)", word.high, "8254x §3.3",
            "reserved bits 0x\(String(reserved, radix: 16)) of its second half are set; they are to be zero")
    }

    /// Does what the descriptor says.
    ///
    /// - Returns: true when it is used up.
    private func work(_ word: TransmitWord, _ index: Int) -> Bool {
        if word.isContext {
            setContext(word, index)
            return true
        }
        // Types 2 to 15 are reserved: reported above, and skipped.
        if word.isExtended, word.kind != 1 { return true }
        if !tx.inFrame { beginFrame(word) }
        if tx.isSegmented { return workSegmented(word, index) }
        addPlain(word, index)
        if word.isLast { endPlain(word, index) }
        return true
    }

    private func setContext(_ word: TransmitWord, _ index: Int) {
        if tx.inFrame {
            violate(
                .descriptorReserved, "TX descriptor \(index)", word.high, "8254x §3.3.5",
                "a context descriptor between the data descriptors of one frame; it belongs before the first")
        }
        let context = TransmitContext(word.low, word.high)
        if word.command.contains(.segmentation) { tx.segmentation = context } else { tx.plain = context }
    }

    private func beginFrame(_ word: TransmitWord) {
        tx.abandonFrame()
        tx.inFrame = true
        guard word.isExtended else {
            tx.checksumStart = word.legacyChecksumStart
            return
        }
        tx.options = word.options
        tx.isSegmented = word.command.contains(.segmentation)
        guard tx.isSegmented else { return }
        tx.segment.tag = word.command.contains(.vlan) && CTRL().vme.isSet(registers[.ctrl]) ? word.special : nil
        tx.segment.insertsFrameCheck = word.command.contains(.insertFCS)
    }

    /// Appends a descriptor's data to a frame that is sent as it is.
    private func addPlain(_ word: TransmitWord, _ index: Int) {
        guard word.length > 0 else {
            // A null descriptor stands alone; within a frame it is a mistake. 8254x §3.3.3
            if tx.frame.count > 0 || !word.isLast { reportNull(word, index) }
            return
        }
        guard tx.failure == nil else { return }
        guard tx.frame.count + word.length <= Self.longestTransmit else {
            tx.failure = .transmitTooLong
            return violate(
                .frameTooLong, "TX descriptor \(index)", UInt64(tx.frame.count + word.length), "8254x §3.3.3",
                "the frame reaches \(tx.frame.count + word.length) octets; the most is \(Self.longestTransmit)")
        }
        fetch(word.low, word.length, index)
    }

    func reportNull(_ word: TransmitWord, _ index: Int) {
        violate(
            .zeroLengthDescriptor, "TX descriptor \(index)", word.high, "8254x §3.3.3",
            "no data in a descriptor of a frame that has others; give it a length and an address, or leave it out")
    }

    /// Fetches data into the frame; what is not mapped makes the frame fail.
    func fetch(_ address: UInt64, _ length: Int, _ index: Int) {
        guard !memory.fetch(address, length, into: &tx.frame) else { return }
        tx.failure = .transmitDMA
        config.masterAborted()
        violate(
            .strayDMA, "TX descriptor \(index)", address, "8254x §3.3.3",
            "\(length) octets from 0x\(String(address, radix: 16)), which lie in no DMA mapping (\(memory.account(of: address))); the frame is not sent")
    }

    /// Writes back, moves the head, raises what follows. 8254x §3.4.2, §3.4.3
    private func complete(_ word: TransmitWord, _ ring: Ring, _ address: UInt64) {
        tx.consumed = 0
        tx.shadow.giveBack(ring.head)
        let reports = word.command.contains(.reportStatus) || variant.reportsSent && word.command.contains(.reportSent)
        if reports {
            checkDelay(word, ring.head)
            guard memory.publish(word.high | UInt64(TransmitDescriptor.Status.done.rawValue) << 32, at: address &+ 8) else {
                return halt(.transmit(transmitQueue), ring.head, address)
            }
            interrupts.transmitted(
                queue: pcie == nil ? 0 : InterruptUnit.transmitQueue << UInt32(transmitQueue), delayed: word.command.contains(.interruptDelay), delay: Delay().delay.get(registers[.tidv]),
                limit: Delay().delay.get(registers[.tadv]), now: now)
        }
        registers[.tdh, shift: RingRegisters.transmit(transmitQueue).shift] = UInt32(ring.next(ring.head))
        let left = ring.owned - 1
        if left == 0 { interrupts.raise(Causes().txqe.mask) }
        let threshold = Int(TXDCTL().lwthresh.get(registers[.txdctl])) * 8
        if threshold > 0, left == threshold { interrupts.raise(Causes().txdLow.mask) }
    }

    /// A delayed interrupt needs a delay. 8254x §13.4.41
    private func checkDelay(_ word: TransmitWord, _ index: Int) {
        guard word.command.contains(.interruptDelay), Delay().delay.get(registers[.tidv]) == 0 else { return }
        violate(
            .descriptorReserved, "TX descriptor \(index)", word.high, "8254x §13.4.41",
            "IDE while TIDV is 0, which is not allowed; the interrupt comes at once")
    }

    /// The last descriptor of a plain frame: checksums, checks, and out.
    private func endPlain(_ word: TransmitWord, _ index: Int) {
        defer { tx.abandonFrame() }
        if let failure = tx.failure { return ledger.drop(failure) }
        guard tx.frame.count > 0 else { return }
        guard tx.frame.count >= Self.shortestTransmit else {
            violate(
                .frameTooShort, "TX descriptor \(index)", UInt64(tx.frame.count), "8254x §3.3.3",
                "a frame of \(tx.frame.count) octets; it must have at least \(Self.shortestTransmit) before padding")
            if tx.frame.count < 14 { return ledger.drop(.transmitTooShort) }
            return send(word, index)
        }
        send(word, index)
    }

    private func send(_ word: TransmitWord, _ index: Int) {
        let inserts = word.command.contains(.insertFCS)
        if word.isExtended {
            insertChecksums(tx.plain, tx.options, index)
        } else if word.command.contains(.insertChecksum) {
            let (start, offset) = (tx.checksumStart, word.legacyChecksumOffset)
            // Out of range: not inserted. 8254x §3.3.3.1
            if start < tx.frame.count, offset + 1 < tx.frame.count {
                tx.frame.store16(~tx.frame.sum(from: start, to: tx.frame.count), offset)
            }
        }
        let tagged = word.command.contains(.vlan) && CTRL().vme.isSet(registers[.ctrl])
        if tagged, !inserts {
            violate(
                .descriptorReserved, "TX descriptor \(index)", word.high, "8254x §3.3.3.1",
                "VLE without IFCS: a tag changes the frame check sequence, so the device must insert it")
        }
        finish(tag: tagged ? word.special : nil, insertsFrameCheck: inserts)
    }
}
