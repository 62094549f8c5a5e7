import DriverKit
import E1000ERegisters
import E1000Registers

// From the FIFO to the driver's buffers. 8254x §3.2.2–3.2.7
extension Gigabit8254x {
    /// Fills descriptors for as long as there are frames and descriptors.
    func drainReceive() {
        while let entry = rx.fifo.first, RCTL().en.isSet(registers[.rctl]), !rx.halted[entry.queue] {
            let ring = Ring(.receive(entry.queue), registers)
            guard ring.owned > 0 else { return }
            guard isMaster else {
                if !rx.busMasterReported { reportBusMaster("RX") }
                rx.busMasterReported = true
                return
            }
            fill(entry, ring)
        }
    }

    /// Told once for each time that bus mastering is off.
    func reportBusMaster(_ direction: String) {
        violate(
            .busMasterOff, "\(direction) ring", UInt64(config.command.rawValue), "8254x §4.1",
            "descriptors wait but bus mastering is off; set bit 2 of the PCI command register")
    }

    /// Octets of one buffer. 8254x §13.4.22 (BSIZE, BSEX)
    var receiveBufferOctets: Int {
        let control = registers[.rctl]
        let size = 2048 >> Int(RCTL().bsize.get(control))
        // 16 times as large with BSEX; 00b is reserved then and taken as without.
        return RCTL().bsex.isSet(control) && size != 2048 ? size * 16 : size
    }

    /// One descriptor.
    private func fill(_ entry: ReceiveFIFO.Entry, _ ring: Ring) {
        let index = ring.head
        let address = ring.address(index)
        guard let buffer = memory.word(at: address), let old = memory.word(at: address &+ 8) else {
            return halt(.receive(entry.queue), index, address)
        }
        checkOwned(rx.shadow[entry.queue], "RX", index, buffer, old)
        let length = min(receiveBufferOctets, entry.length - rx.progress)
        let isLast = rx.progress + length == entry.length
        // SAFETY: place copies within the call.
        let placed = unsafe rx.fifo.withFirst(rx.progress, length) { unsafe memory.place($0, at: buffer &+ UInt64($1)) }
        if placed {
            guard writeBack(entry, length, isLast: isLast, at: address) else { return halt(.receive(entry.queue), index, address) }
        } else {
            abandonReceive(index, buffer, length)
            _ = memory.publish(usesExtended ? ExtendedDescriptor.failed : Self.failed, at: address &+ 8)
        }
        advanceReceive(entry.queue, ring, index)
        if isLast || !placed { finishReceive(entry, placed) } else { rx.progress += length }
    }

    /// In the layout that RFCTL chooses; the done bit last.
    private func writeBack(_ entry: ReceiveFIFO.Entry, _ length: Int, isLast: Bool, at address: UInt64) -> Bool {
        guard usesExtended else {
            return memory.publish(Self.written(entry, length, isFirst: rx.progress == 0, isLast: isLast), at: address &+ 8)
        }
        let (low, high) = ExtendedDescriptor.written(entry, length, isLast: isLast, hashes: hashesReceived)
        return memory.publish(low, at: address) && memory.publish(high, at: address &+ 8)
    }

    private func advanceReceive(_ queue: Int, _ ring: Ring, _ index: Int) {
        rx.shadow[queue].giveBack(index)
        registers[.rdh, shift: RingRegisters.receive(queue).shift] = UInt32(ring.next(index))
        // RDMTS: half, a quarter or an eighth of the ring is left. 8254x §3.2.7.3
        let threshold = ring.count >> Int(1 + min(2, RCTL().rdmts.get(registers[.rctl])))
        if ring.owned - 1 == threshold { interrupts.raise(Causes().rxdmt0.mask) }
    }

    private func finishReceive(_ entry: ReceiveFIFO.Entry, _ placed: Bool) {
        rx.fifo.pop()
        rx.progress = 0
        if placed { ledger.delivered += 1 } else { ledger.drop(.receiveDMA) }
        let delay = RDTR().delay.get(registers[.rdtr])
        let small = RSRPD().size.get(registers[.rsrpd])
        let isSmall = small > 0 && entry.length <= small
        if isSmall { interrupts.smallPacket() }
        if !isSmall || delay == 0 {
            interrupts.received(queue: pcie == nil ? 0 : InterruptUnit.receiveQueue << UInt32(entry.queue), delay: delay,
                                limit: Delay().delay.get(registers[.radv]), now: now)
        }
    }

    /// The second half of a descriptor as written back. The packet checksum is in a frame's first descriptor, everything
    /// else in its last. 8254x §3.2.3, §3.2.3.1
    private static func written(_ entry: ReceiveFIFO.Entry, _ length: Int, isFirst: Bool, isLast: Bool) -> UInt64 {
        var status = ReceiveDescriptor.Status.done.rawValue
        var word = UInt64(length)
        if isFirst { word |= UInt64(entry.checksum) << 16 }
        if isLast {
            status |= ReceiveDescriptor.Status.endOfPacket.rawValue | entry.status
            word |= UInt64(entry.errors) << 40 | UInt64(entry.special) << 48
        }
        return word | UInt64(status) << 32
    }

    /// Done, last, no octets, receive data error.
    private static var failed: UInt64 {
        let status = ReceiveDescriptor.Status([.done, .endOfPacket]).rawValue
        return UInt64(status) << 32 | UInt64(ReceiveDescriptor.Errors.data.rawValue) << 40
    }

    private func abandonReceive(_ index: Int, _ buffer: UInt64, _ length: Int) {
        config.masterAborted()
        violate(
            .strayDMA, "RX descriptor \(index)", buffer, "8254x §3.2.3",
            "\(length) octets to 0x\(String(buffer, radix: 16)), which lies in no DMA mapping (\(memory.account(of: buffer))); the frame is dropped")
    }

    /// Software may not touch a descriptor between handing it over and its write-back. 8254x §3.2.6, §3.4
    func checkOwned(_ shadow: OwnershipShadow, _ direction: String, _ index: Int, _ low: UInt64, _ high: UInt64) {
        guard !shadow.matches(index, low, high) else { return }
        violate(
            .descriptorOwnership, "\(direction) descriptor \(index)", low, direction == "RX" ? "8254x §3.2.6" : "8254x §3.4",
            "changed while the device owned it, between the write of the tail and its write-back")
    }
}
