import CDriver
import Host
import Messages
import Rings

// SAFETY: as for DriverRig; slots are looked up in the sets of what the driver holds before they are believed.
extension DriverRig {
    /// Gives the driver empty buffers until it holds what it asked for, or takes no more.
    package func refill() {
        while isRunning, receiveHeld.count < Int(interface.receive_slots) {
            var made = 0
            while made < min(Self.burst, Int(interface.receive_slots) - receiveHeld.count), let packet = memory.take(headroom: 0) {
                unsafe batch[made] = buffer(packet.surrender(to: .device), offset: 0, length: 0)
                made += 1
            }
            guard made > 0 else { return }
            let accepted = timed(.provideReceive) { unsafe Int(image.table.pointee.provide_receive(instance, batch, UInt32(made))) }
            let taken = bounded(accepted, made, "provide_receive")
            for k in 0..<taken { receiveHeld.insert(unsafe batch[k].slot) }
            for k in taken..<made { unsafe free(batch[k].slot) }
            if taken < made { return }
        }
    }

    /// Offers frames to the driver. - Returns: how many it took, from the first.
    package func transmit(_ frames: [RigRequest]) -> Int {
        var made = 0
        for frame in frames.prefix(Self.burst) {
            guard var packet = memory.take(octets: max(frame.octets.count, 60), headroom: 0), unsafe packet.append(copying: frame.octets.span.bytes) else { break }
            // As a stack does: never shorter than Ethernet's shortest. IEEE 802.3 §3.2.8
            let length = max(frame.octets.count, 60), slot = packet.surrender(to: .device)
            unsafe (memory.base + memory.memoryOffset(slot: slot) + frame.octets.count)
                .initializeMemory(as: UInt8.self, repeating: 0, count: length - frame.octets.count)
            unsafe batch[made] = buffer(slot, offset: 0, length: length)
            unsafe batch[made].flags = frame.flags
            unsafe batch[made].vlan = frame.vlan
            unsafe (batch[made].checksum_start, batch[made].checksum_offset) = (frame.checksumStart, frame.checksumOffset)
            unsafe (batch[made].checksum_ip_start, batch[made].checksum_ip_end) = (14, 33)
            unsafe (batch[made].segment_octets, batch[made].header_octets) = (frame.segment, frame.headers)
            made += 1
        }
        let accepted = made == 0 ? 0 : timed(.provideTransmit) { unsafe Int(image.table.pointee.provide_transmit(instance, batch, UInt32(made))) }
        let taken = bounded(accepted, made, "provide_transmit")
        for k in 0..<taken { transmitHeld.insert(unsafe batch[k].slot) }
        for k in taken..<made { unsafe free(batch[k].slot) }
        return taken
    }

    package var transmitting: Int { transmitHeld.count }

    /// - Returns: buffers that came back.
    func takeReceived() -> Int {
        let answer = timed(.returnReceive) { unsafe Int(image.table.pointee.return_receive(instance, batch, UInt32(Self.burst))) }
        let count = bounded(answer, Self.burst, "return_receive")
        var open: RigFrame?
        for k in 0..<count {
            let one = unsafe batch[k]
            guard let slot = unsafe own(one.slot, &receiveHeld, "return_receive") else { continue }
            defer { free(slot) }
            if unsafe one.flags & UInt16(DRYDOCK_BUFFER_UNUSED) != 0 { continue }
            guard unsafe Int(one.length) <= Int(one.capacity), unsafe one.length > 0 else {
                unsafe breaches.append("return_receive gave a frame of \(one.length) octets in a buffer of \(one.capacity)")
                continue
            }
            let octets = unsafe Array(UnsafeBufferPointer(start: one.data, count: Int(one.length)))
            if open == nil { open = unsafe RigFrame(octets: octets, flags: one.flags, vlan: one.vlan) } else { open?.octets += octets }
            if unsafe one.flags & UInt16(DRYDOCK_BUFFER_MORE) != 0 { continue }
            if let frame = open, unsafe one.flags & UInt16(DRYDOCK_BUFFER_ERROR) == 0 { received.append(frame) }
            open = nil
        }
        if open != nil { breaches.append("return_receive split a frame over two calls") }
        return count
    }

    /// - Returns: buffers that came back.
    func takeSent() -> Int {
        let answer = timed(.returnTransmit) { unsafe Int(image.table.pointee.return_transmit(instance, batch, UInt32(Self.burst))) }
        let count = bounded(answer, Self.burst, "return_transmit")
        for k in 0..<count {
            guard let slot = unsafe own(batch[k].slot, &transmitHeld, "return_transmit") else { continue }
            if unsafe batch[k].flags & UInt16(DRYDOCK_BUFFER_FAILED) != 0 { unsent += 1 }
            free(slot)
        }
        return count
    }

    private func bounded(_ answer: Int, _ limit: Int, _ callout: String) -> Int {
        if answer > limit { breaches.append("\(callout) answered \(answer), and was asked for at most \(limit)") }
        return min(answer, limit)
    }

    private func own(_ slot: UInt32, _ held: inout Set<UInt32>, _ callout: String) -> UInt32? {
        if held.remove(slot) != nil { return slot }
        breaches.append("\(callout) returned slot \(slot), which the driver does not hold")
        return nil
    }

    private func free(_ slot: UInt32) { _ = memory.adopt(slot: slot) }

    private func buffer(_ slot: UInt32, offset: Int, length: Int) -> drydock_buffer {
        let start = memory.memoryOffset(slot: slot) + offset
        let room = Int(slot) < memory.layout.smallSlots ? PacketMemoryLayout.smallOctets : PacketMemoryLayout.largeOctets
        return unsafe drydock_buffer(
            device_address: context.deviceAddress(slot: slot) + UInt64(offset), data: (memory.base + start).assumingMemoryBound(to: UInt8.self),
            slot: slot, capacity: UInt16(room - offset), length: UInt16(length), flags: 0, vlan: 0, checksum_start: 0, checksum_offset: 0,
            checksum_ip_start: 0, checksum_ip_end: 0, segment_octets: 0, header_octets: 0)
    }

    /// Writes `octet` over every receive buffer that the driver holds.
    package func paintReceiveBuffers(_ octet: UInt8) {
        // All of each: some devices leave room in front of a frame.
        for slot in receiveHeld {
            unsafe (memory.base + memory.memoryOffset(slot: slot)).initializeMemory(as: UInt8.self, repeating: octet, count: PacketMemoryLayout.smallOctets)
        }
    }

    /// In how many receive buffers there is something else than `octet`.
    package func unpaintedReceiveBuffers(_ octet: UInt8) -> Int {
        receiveHeld.count { slot in
            unsafe UnsafeRawBufferPointer(start: memory.base + memory.memoryOffset(slot: slot), count: PacketMemoryLayout.smallOctets).contains { $0 != octet }
        }
    }
}
