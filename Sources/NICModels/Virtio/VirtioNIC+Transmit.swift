import DriverKit
import VirtioNetRegisters
import VirtioRegisters

// From the driver's chains to frames. virtio 1.2 §5.1.6.1, §5.1.6.2
extension VirtioNIC {
    /// The longest packet without its header: a segmentation of 64 KiB.
    static let longestPacket = 65_535 + 18

    /// Works on at most `budget` chains. Returns how many.
    func transmit(_ index: Int, budget: Int) -> Int {
        guard works(index) else { return 0 }
        var done = 0
        sight(index)
        while done < budget, !queues[index].broken {
            guard let head = take(index) else {
                guard sleep(index) else { break }
                continue
            }
            send(index, queues[index].chains[head])
            use(index, head, octets: 0)
            publish(index, 1)
            done += 1
        }
        return done
    }

    private func send(_ index: Int, _ chain: [VirtioDescriptor]) {
        guard gather(index, chain) else { return ledger.drop(.transmitDMA) }
        let octets = packet.count - PacketHeader.octets
        guard octets >= 14 else {
            violate(.frameTooShort, name(index), UInt64(packet.count), "5.1.6.2", "a packet of \(packet.count) octets; header and Ethernet header have 26")
            return ledger.drop(.transmitTooShort)
        }
        let header = PacketHeader(number(0, 8), UInt32(truncatingIfNeeded: number(8, 4)))
        guard judge(index, header, octets) else { return ledger.drop(.transmitAborted) }
        learn(index)
        if header.segmentation != 0 { return segment(index, header) }
        guard octets <= Int(Self.mtu) + 18 else {
            violate(.frameTooLong, name(index), UInt64(octets), "5.1.4.2", "a frame of \(octets) octets; the MTU is \(Self.mtu)")
            return ledger.drop(.transmitTooLong)
        }
        outbound.clear()
        append(PacketHeader.octets..<packet.count)
        if header.flags & PacketHeader.needsChecksum != 0 { insertSum(Int(header.checksumStart), Int(header.checksumOffset)) }
        emit()
    }

    /// Copies what a chain has to be read.
    func gather(_ index: Int, _ chain: [VirtioDescriptor]) -> Bool {
        packet.removeAll(keepingCapacity: true)
        for descriptor in chain {
            let subject = "\(name(index)) descriptor \(descriptor.index)"
            guard !descriptor.isWritable else {
                violate(.descriptorDirection, subject, UInt64(descriptor.flags), "5.1.6.2", "to be written by the device, in a packet to send")
                return false
            }
            guard packet.count + Int(descriptor.length) <= Self.longestPacket + PacketHeader.octets else {
                violate(.frameTooLong, subject, UInt64(descriptor.length), "5.1.6.2", "the packet exceeds \(Self.longestPacket) octets")
                return false
            }
            guard descriptor.length == 0 || memory.fetch(descriptor.address, Int(descriptor.length), into: &packet) else {
                violate(.strayDMA, subject, descriptor.address, "2.7.5", "\(descriptor.length) octets from 0x\(String(descriptor.address, radix: 16)), which lie in no DMA mapping")
                return false
            }
        }
        return true
    }

    func number(_ at: Int, _ octets: Int) -> UInt64 {
        (0..<octets).reduce(0) { $0 | UInt64(packet[at + $1]) << UInt64(8 * $1) }
    }

    /// The header may ask only for what was negotiated, and for what the packet has. §5.1.6.2.1
    private func judge(_ index: Int, _ header: PacketHeader, _ octets: Int) -> Bool {
        func refuse(_ value: UInt64, _ text: String) -> Bool {
            violate(.packetHeader, name(index), value, "5.1.6.2.1", text)
            return false
        }
        if header.buffers != 0 { return refuse(UInt64(header.buffers), "num_buffers is \(header.buffers); it is zero in what is sent") }
        if header.flags & ~PacketHeader.needsChecksum != 0 { return refuse(UInt64(header.flags), "flags beside NEEDS_CSUM") }
        let sums = header.flags & PacketHeader.needsChecksum != 0
        if sums {
            guard features.contains(.checksum) else { return refuse(1, "NEEDS_CSUM without the feature CSUM") }
            guard Int(header.checksumStart) + Int(header.checksumOffset) + 2 <= octets else {
                return refuse(UInt64(header.checksumStart), "the checksum at \(header.checksumStart) + \(header.checksumOffset) lies outside of the packet")
            }
        }
        guard header.segmentation != 0 else { return true }
        let feature: VirtioFeatures = header.segmentation == PacketHeader.tcp4 ? .hostTSO4 : .hostTSO6
        guard header.segmentation == PacketHeader.tcp4 || header.segmentation == PacketHeader.tcp6, features.contains(feature) else {
            return refuse(UInt64(header.segmentation), "gso_type \(header.segmentation), which was not negotiated")
        }
        guard sums, header.segmentOctets > 0 else { return refuse(UInt64(header.segmentOctets), "a segmentation needs NEEDS_CSUM and a gso_size") }
        let type = UInt16(packet[24]) << 8 | UInt16(packet[25]), wanted: UInt16 = header.segmentation == PacketHeader.tcp4 ? 0x0800 : 0x86DD
        guard type == wanted, header.checksumOffset == 16, header.checksumStart >= 34 else {
            return refuse(UInt64(type), "gso_type \(header.segmentation) for a packet that is no such TCP")
        }
        let transport = PacketHeader.octets + Int(header.checksumStart)
        guard transport + 20 <= packet.count else { return refuse(UInt64(octets), "no TCP header to segment") }
        let headers = Int(header.checksumStart) + Int(packet[transport + 12] >> 4) * 4
        guard headers == Int(header.headerOctets), headers < octets else {
            return refuse(UInt64(header.headerOctets), "hdr_len is \(header.headerOctets), but the headers have \(headers) of \(octets) octets")
        }
        let field = UInt16(packet[transport + 16]) << 8 | UInt16(packet[transport + 17]), sum = pseudoSum(transport, isIPv4: wanted == 0x0800)
        // Zero and all ones are the same sum.
        guard (field == 0 ? 0xFFFF : field) == sum else {
            return refuse(UInt64(field), "the checksum field holds \(field), but the pseudo header's sum, of the whole packet's length, is \(sum)")
        }
        return true
    }

    /// Of the packet's addresses, protocol and TCP length; never zero. RFC 9293 §3.1, RFC 8200 §8.1
    private func pseudoSum(_ transport: Int, isIPv4: Bool) -> UInt16 {
        let network = PacketHeader.octets + 14, addresses = isIPv4 ? network + 12..<network + 20 : network + 8..<network + 40
        let words = stride(from: addresses.lowerBound, to: addresses.upperBound, by: 2).map { UInt64(packet[$0]) << 8 | UInt64(packet[$0 + 1]) }
        let total = words.reduce(6 + UInt64(packet.count - transport), +)
        return UInt16((total - 1) % 0xFFFF + 1)
    }

    /// The field holds the pseudo header's sum, and is summed with the rest. UDP sends all ones for zero. RFC 768
    private func insertSum(_ start: Int, _ offset: Int) {
        let sum = ~outbound.sum(from: start, to: outbound.count)
        outbound.store16(sum == 0 && offset == 6 ? 0xFFFF : sum, start + offset)
    }

    /// One large packet, many on the wire. §5.1.6.2.2
    private func segment(_ index: Int, _ header: PacketHeader) {
        let headers = Int(header.headerOctets), size = Int(header.segmentOctets), first = PacketHeader.octets + headers
        guard headers + size <= Int(Self.mtu) + 18 else {
            violate(.frameTooLong, name(index), UInt64(size), "5.1.6.2.1", "segments of \(headers + size) octets; the MTU is \(Self.mtu)")
            return ledger.drop(.transmitTooLong)
        }
        var at = first, number = 0
        while at < packet.count {
            let end = min(at + size, packet.count)
            outbound.clear()
            append(PacketHeader.octets..<first)
            append(at..<end)
            let place = SegmentPlace(transport: Int(header.checksumStart), number: number, payloadBefore: at - first, isLast: end == packet.count)
            outbound.makeSegment(place, isIPv4: header.segmentation == PacketHeader.tcp4)
            emit()
            (at, number) = (end, number + 1)
        }
    }

    /// Adds a part of the packet to the frame; the longest that gets here fits.
    private func append(_ range: Range<Int>) {
        // SAFETY: the range is bounds-checked, and copied within the call.
        unsafe packet.withUnsafeBytes { all in _ = unsafe outbound.append(UnsafeRawBufferPointer(rebasing: all[range])) }
    }

    private func emit() {
        guard carrier else { return ledger.drop(.linkDown) }
        // What leaves is a frame of Ethernet. IEEE 802.3 §4.2.3.3
        outbound.pad(to: 60)
        ledger.sent += 1
        guard let host else { return }
        let frame = outbound
        // SAFETY: the octets are lent for the call only, as NICHost says.
        unsafe frame.withOctets(0, frame.count) { unsafe host.transmit($0) }
    }

    /// Answers to a flow go to the pair that its packets come from. §5.1.6.5.6
    private func learn(_ index: Int) {
        guard activePairs > 1 else { return }
        outbound.clear()
        append(PacketHeader.octets..<min(packet.count, 80))
        flows[Self.flow(outbound)] = UInt8(index / 2)
    }

    /// The same in both directions.
    static func flow(_ frame: FrameBuffer) -> Int {
        let low = frame.load32(26), high = frame.load32(30), ports = frame.load16(34) ^ frame.load16(36)
        let mixed = (low ^ high) &* 0x9E37_79B1 ^ UInt32(ports)
        return Int((mixed ^ mixed >> 16 ^ mixed >> 8) & 0xFF)
    }
}
