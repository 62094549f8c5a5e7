import DriverKit
import E1000Registers
import VirtioNetRegisters
import VirtioRegisters

// From the wire to the driver's chains. virtio 1.2 §5.1.6.3, §5.1.6.4
extension VirtioNIC {
    public var isListening: Bool { memory.isClaimed && isRunning }

    public func deliver(_ frame: UnsafeRawBufferPointer) {
        ledger.arrived += 1
        guard memory.isClaimed else { return ledger.drop(.unclaimed) }
        guard carrier else { return ledger.drop(.linkDown) }
        guard isRunning else { return ledger.drop(.receiverDisabled) }
        guard frame.count >= 14 else { return ledger.drop(.tooShort) }
        inbound.clear()
        guard frame.count <= Int(Self.mtu) + 18, unsafe inbound.append(frame) else { return ledger.drop(.tooLong) }
        if let reason = filter.accepts(inbound, filtersVLANs: features.contains(.controlVLAN)) { return ledger.drop(reason) }
        let pair = activePairs > 1 ? Int(flows[Self.flow(inbound)]) % activePairs : 0
        place(2 * pair)
    }

    public func takeLoss() -> String? { ledger.takeLoss() }

    /// Into as many chains as it takes; all of them become visible at once. §5.1.6.4
    private func place(_ index: Int) {
        guard works(index) else { return ledger.drop(.receiverDisabled) }
        sight(index)
        if queues[index].heads.isEmpty || !fits(index) { _ = sleep(index) }
        guard fits(index) else { return ledger.drop(queues[index].heads.isEmpty ? .missed : .tooLong) }
        var at = 0, chains: UInt16 = 0, first: UInt64 = 0
        while at < inbound.count || chains == 0 {
            guard let head = take(index) else { return ledger.drop(.receiveDMA) }
            let chain = queues[index].chains[head]
            if chains == 0 { first = chain[0].address }
            let before = at
            guard let written = fill(index, chain, &at, header: chains == 0) else {
                // The chain is lost with the frame: the driver gave memory that the device cannot reach.
                use(index, head, octets: 0, ahead: chains)
                publish(index, chains + 1)
                return ledger.drop(.receiveDMA)
            }
            use(index, head, octets: written, ahead: chains)
            chains += 1
            guard at > before || at == inbound.count else { break }
        }
        if features.contains(.mergeable) { _ = memory.store(chains, at: first &+ 10) }
        publish(index, chains)
        ledger.delivered += 1
    }

    private func room(_ chain: [VirtioDescriptor]) -> Int { chain.reduce(0) { $0 + Int($1.length) } }

    /// Whether header and frame find room: in one chain, or in several that are merged.
    private func fits(_ index: Int) -> Bool {
        let wanted = inbound.count + PacketHeader.octets, queue = queues[index]
        guard features.contains(.mergeable) else { return queue.heads.first.map { room(queue.chains[$0]) >= wanted } ?? false }
        var found = 0
        for head in queue.heads {
            found += room(queue.chains[head])
            if found >= wanted { return true }
        }
        return false
    }

    /// Writes the header (before the first part only) and what fits of the frame. Returns octets written.
    private func fill(_ index: Int, _ chain: [VirtioDescriptor], _ at: inout Int, header: Bool) -> Int? {
        var pending = header ? headerOctets() : [], written = 0
        for descriptor in chain {
            let subject = "\(name(index)) descriptor \(descriptor.index)"
            guard descriptor.isWritable else {
                violate(.descriptorDirection, subject, UInt64(descriptor.flags), "5.1.6.3", "to be read by the device, in a buffer to receive in")
                return nil
            }
            var address = descriptor.address, room = Int(descriptor.length), fine = true
            if !pending.isEmpty {
                let part = min(room, pending.count)
                if part > 0 { fine = unsafe pending.withUnsafeBytes { unsafe memory.place(UnsafeRawBufferPointer(rebasing: $0[..<part]), at: address) } }
                pending.removeFirst(part)
                (address, room, written) = (address &+ UInt64(part), room - part, written + part)
            }
            let part = min(room, inbound.count - at)
            if fine, part > 0 { fine = unsafe inbound.withOctets(at, part) { unsafe memory.place($0, at: address) } }
            guard fine else {
                violate(.strayDMA, subject, descriptor.address, "2.7.5", "\(descriptor.length) octets at 0x\(String(descriptor.address, radix: 16)), which lie in no DMA mapping")
                return nil
            }
            (at, written) = (at + part, written + part)
        }
        return written
    }

    /// What is said of the frame: whether its checksum was verified. §5.1.6.4.1
    private func headerOctets() -> [UInt8] {
        var header = PacketHeader()
        if features.contains(.guestChecksum) {
            let sums = ReceiveChecksum(inbound, control: RXCSUM().tuofl.mask, vlanType: 0x8100)
            if sums.status.contains(.tcpChecked), !sums.errors.contains(.tcpChecksum) { header.flags = PacketHeader.dataValid }
        }
        header.buffers = 1
        let words = header.words
        return (0..<8).map { UInt8(truncatingIfNeeded: words.0 >> UInt64(8 * $0)) } + (0..<4).map { UInt8(truncatingIfNeeded: words.1 >> UInt32(8 * $0)) }
    }
}
