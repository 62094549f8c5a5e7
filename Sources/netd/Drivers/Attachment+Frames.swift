import CDriver
import Host
import Messages
import Recorder
import Rings
package import Stack

/// The frame path between a driver and the stack: bursts, no allocation, one callout a burst.
// SAFETY: `batch` and `waiting` hold `burst` buffers; every index is below a count that was cut to `burst`. What the driver
// returns is believed only through `PacketMemory.adopt` and `place`, which check slot and length.
extension Attachment {
    /// Gives the driver empty buffers until it holds what it asked for.
    mutating func refill() {
        guard running else { return }
        let wanted = Int(interface.receive_slots)
        while receiveHeld < wanted {
            let accepted = provide(min(wanted &- receiveHeld, Self.burst))
            guard accepted > 0 else { return }
        }
    }

    private mutating func provide(_ count: Int) -> Int {
        var made = 0
        while made < count, let packet = memory.take(headroom: 0) {
            unsafe batch[made] = emptyBuffer(packet.surrender(to: .device))
            made &+= 1
        }
        guard made > 0 else { return 0 }
        let entry = current.enter(.provideReceive)
        let accepted = unsafe min(Int(table.provide_receive(instance, batch, UInt32(made))), made)
        _ = unsafe current.leave(entry, .provideReceive, moved: accepted, of: made, first: batch[0].slot)
        for k in accepted..<made { recycle(unsafe batch[k].slot) }
        receiveHeld &+= accepted
        return accepted
    }

    private func emptyBuffer(_ slot: UInt32) -> drydock_buffer {
        let offset = memory.memoryOffset(slot: slot)
        return unsafe drydock_buffer(
            device_address: context.deviceAddress(at: offset), data: (memory.base + offset).assumingMemoryBound(to: UInt8.self),
            slot: slot, capacity: UInt16(PacketMemoryLayout.smallOctets), length: 0, flags: 0, vlan: 0,
            checksum_start: 0, checksum_offset: 0, checksum_ip_start: 0, checksum_ip_end: 0, segment_octets: 0, header_octets: 0)
    }

    /// Whether a driver that returned so many buffers has no more. Frames are returned whole: one that did not fit behind
    /// the others stays with the driver, and no interrupt will tell of it again.
    @inline(__always) static func wasAll(_ count: Int) -> Bool { count <= burst &- longestFrame }

    /// Moves received frames into the stack, at most `budget` buffers.
    ///
    /// - Returns: buffers moved; `budget` means that there may be more.
    package mutating func receive(into stack: inout Stack, on index: InterfaceIndex, now: Instant, budget: Int = 256) -> Int {
        var moved = 0
        while moved < budget {
            let entry = current.enter(.returnReceive)
            let count = unsafe min(Int(table.return_receive(instance, batch, UInt32(Self.burst))), Self.burst)
            let time = unsafe current.leave(entry, .returnReceive, moved: count, first: count > 0 ? batch[0].slot : 0)
            guard count > 0 else { break }
            receiveHeld = max(0, receiveHeld &- count)
            var position = 0
            while position < count {
                let used = framePacket(at: position, count: count, stack: &stack, index: index, now: now, time: time)
                position &+= used
            }
            moved &+= count
            if Self.wasAll(count) { break }
        }
        traffic &+= moved
        if moved > 0 { refill() }
        return moved
    }

    /// One frame from the batch at `position`, chained or not.
    private mutating func framePacket(
        at position: Int, count: Int, stack: inout Stack, index: InterfaceIndex, now: Instant, time: UInt64
    ) -> Int {
        let first = unsafe batch[position]
        if unsafe first.flags & UInt16(DRYDOCK_BUFFER_MORE) != 0 {
            return chained(at: position, count: count, stack: &stack, index: index, now: now, time: time)
        }
        guard let packet = unsafe adopted(first) else {
            unsafe current.trace.lost(first, .malformed, time)
            return 1
        }
        if unsafe first.flags & UInt16(DRYDOCK_BUFFER_UNUSED) != 0 { return 1 }
        unsafe current.trace.received(first, length: first.length, memory, time)
        guard unsafe first.flags & UInt16(DRYDOCK_BUFFER_ERROR) == 0 else {
            drops.driverError &+= 1
            return 1
        }
        stack.receive(packet, on: index, now: now)
        return 1
    }

    /// The packet that a returned buffer is, with the driver's word about it; nil (and counted) when it cannot be.
    private mutating func adopted(_ buffer: drydock_buffer) -> Packet? {
        guard let packet = unsafe memory.adopt(slot: buffer.slot) else {
            drops.malformed &+= 1
            return nil
        }
        guard unsafe memory.place(packet, offset: offset(of: buffer), length: Int(buffer.length)) else {
            drops.malformed &+= 1
            return nil
        }
        var flags = PacketFlags()
        if unsafe buffer.flags & UInt16(DRYDOCK_BUFFER_IP_CHECKED) != 0 { flags.insert(.ipChecked) }
        if unsafe buffer.flags & UInt16(DRYDOCK_BUFFER_L4_CHECKED) != 0 { flags.insert(.transportChecked) }
        if unsafe buffer.flags & UInt16(DRYDOCK_BUFFER_VLAN) != 0 { flags.insert(.vlan) }
        if unsafe buffer.flags & UInt16(DRYDOCK_BUFFER_SEGMENT) != 0 {
            flags.insert(.segment)
            packet.segmentation = unsafe (Int(buffer.segment_octets), 0)
        }
        packet.flags = flags
        packet.vlan = unsafe buffer.vlan
        return packet
    }

    /// Octets from the slot's start to where the driver says that the frame begins; -1 when that is not in any slot.
    @inline(__always) private func offset(of buffer: drydock_buffer) -> Int {
        let start = unsafe Int(bitPattern: memory.base) &+ memory.memoryOffset(slot: buffer.slot)
        let distance = unsafe Int(bitPattern: buffer.data) &- start
        return distance >= 0 && distance <= PacketMemoryLayout.largeOctets ? distance : -1
    }

    /// Where a frame over several buffers goes: a large slot, or one that holds whatever an IP packet can be.
    @inline(__always) private func room(for octets: Int, _ stack: inout Stack) -> Packet? {
        octets <= PacketMemoryLayout.largeOctets ? memory.take(octets: octets, headroom: 0) : stack.takeJoined(octets: octets)
    }

    /// A frame over several buffers: copied into one slot.
    ///
    /// - Returns: buffers used. A chain that the batch's end cuts is a driver's error: frames are returned whole.
    private mutating func chained(
        at position: Int, count: Int, stack: inout Stack, index: InterfaceIndex, now: Instant, time: UInt64
    ) -> Int {
        var end = position
        var octets = 0
        while end < count {
            octets &+= unsafe Int(batch[end].length)
            end &+= 1
            if unsafe batch[end &- 1].flags & UInt16(DRYDOCK_BUFFER_MORE) == 0 { break }
        }
        let last = unsafe batch[end &- 1]
        let whole = unsafe last.flags & UInt16(DRYDOCK_BUFFER_MORE) == 0
        var joined = whole ? room(for: octets, &stack) : nil
        if !whole { drops.malformed &+= 1 } else if joined == nil { drops.noMemory &+= 1 }
        var good = joined != nil
        for k in position..<end {
            guard let part = unsafe adopted(unsafe batch[k]), good else { good = false; continue }
            if k == position { unsafe current.trace.received(batch[k], length: UInt16(truncatingIfNeeded: octets), memory, time) }
            good = joined?.append(copying: part.octets) ?? false
            if k == position, good { joined?.take(markOf: part) }
        }
        guard good, let packet = joined.take() else {
            unsafe current.trace.lost(batch[position], whole && octets > 0 && joined == nil ? .noMemory : .malformed, time)
            return end &- position
        }
        if unsafe last.flags & UInt16(DRYDOCK_BUFFER_ERROR) != 0 {
            drops.driverError &+= 1
        } else {
            stack.receive(packet, on: index, now: now)
        }
        return end &- position
    }

    /// Hands the driver what the stack wants sent, as much as it takes.
    package mutating func transmit(from stack: inout Stack, on index: InterfaceIndex) {
        guard running else { return }
        while true {
            let room = min(Self.burst, Int(interface.transmit_slots) &- transmitHeld)
            guard room > 0 else { return }
            var count = 0
            while count < min(waitingCount, room) { unsafe batch[count] = waiting[count]; count &+= 1 }
            let retried = count
            if retried == waitingCount {
                while count < room, let packet = stack.nextTransmit(on: index) {
                    unsafe batch[count] = fullBuffer(packet)
                    count &+= 1
                }
            }
            guard count > 0 else { return }
            if hand(count, retried: retried) < count { return }
        }
    }

    /// - Returns: how many the driver took; the others wait.
    private mutating func hand(_ count: Int, retried: Int) -> Int {
        let entry = current.enter(.provideTransmit)
        let accepted = unsafe min(Int(table.provide_transmit(instance, batch, UInt32(count))), count)
        let time = unsafe current.leave(entry, .provideTransmit, moved: accepted, of: count, first: batch[0].slot)
        if current.trace.hasFrames { for k in 0..<accepted { unsafe current.trace.sent(batch[k], time) } }
        transmitHeld &+= accepted
        traffic &+= accepted
        // Those that waited and were not tried this time keep their place behind the refused ones.
        var left = 0
        let untried = waitingCount &- retried
        for k in 0..<untried { unsafe batch[count &+ k] = waiting[retried &+ k] }
        for k in accepted..<(count &+ untried) { unsafe waiting[left] = batch[k]; left &+= 1 }
        waitingCount = left
        return accepted
    }

    /// Octets of the shortest Ethernet frame without its check sequence. IEEE 802.3 §3.2.8.
    private static let shortestFrame = 60

    func fullBuffer(_ packet: consuming Packet) -> drydock_buffer {
        pad(&packet)
        let flags = packet.flags, sums = packet.checksum, vlan = packet.vlan
        let cut = flags.contains(.segment) ? packet.segmentation : (0, 0)
        let room = packet.room, length = packet.length, capacity = length &+ packet.tailRoom
        let slot = packet.surrender(to: .device)
        var bits: UInt32 = 0
        if flags.contains(.vlan) { bits |= DRYDOCK_BUFFER_VLAN }
        if flags.contains(.insertTransportChecksum) { bits |= DRYDOCK_BUFFER_INSERT_CHECKSUM }
        if flags.contains(.insertIPChecksum) { bits |= DRYDOCK_BUFFER_INSERT_IP }
        if flags.contains(.segment) { bits |= DRYDOCK_BUFFER_SEGMENT }
        // No header with options is left to the hardware.
        let ip = flags.contains(.segment) ? sums.start &- (flags.contains(.insertIPChecksum) ? 20 : 40) : 14
        let offset = memory.memoryOffset(slot: slot) &+ room
        return unsafe drydock_buffer(
            device_address: context.deviceAddress(at: offset), data: (memory.base + offset).assumingMemoryBound(to: UInt8.self),
            slot: slot, capacity: UInt16(truncatingIfNeeded: capacity), length: UInt16(truncatingIfNeeded: length),
            flags: UInt16(truncatingIfNeeded: bits), vlan: vlan, checksum_start: UInt16(truncatingIfNeeded: sums.start),
            checksum_offset: UInt16(truncatingIfNeeded: sums.offset), checksum_ip_start: UInt16(truncatingIfNeeded: ip),
            checksum_ip_end: UInt16(truncatingIfNeeded: ip &+ 19), segment_octets: UInt16(truncatingIfNeeded: cut.0),
            header_octets: UInt16(truncatingIfNeeded: cut.1))
    }

    /// Short frames get zeros behind them: never what the slot held before. RFC 894.
    @inline(__always) private func pad(_ packet: inout Packet) {
        let length = packet.length
        guard length < Self.shortestFrame else { return }
        if packet.flags.contains(.insertTransportChecksum) { ShortFrame.sum(&packet) }
        guard packet.append(Self.shortestFrame &- length) else { return }
        var octets = packet.mutableOctets
        for k in length..<Self.shortestFrame { octets.storeBytes(of: 0, toByteOffset: k, as: UInt8.self) }
    }

    /// Buffers moved since this was last asked.
    package mutating func takeTraffic() -> Int {
        defer { traffic = 0 }
        return traffic
    }

    /// Takes sent buffers back.
    ///
    /// - Returns: whether there were any, so that waiting frames can move.
    package mutating func reclaim() -> Bool {
        var any = false
        while true {
            let entry = current.enter(.returnTransmit)
            let count = unsafe min(Int(table.return_transmit(instance, batch, UInt32(Self.burst))), Self.burst)
            let time = unsafe current.leave(entry, .returnTransmit, moved: count, first: count > 0 ? batch[0].slot : 0)
            guard count > 0 else { return any }
            any = true
            transmitHeld = max(0, transmitHeld &- count)
            transmitReturned &+= UInt64(count)
            for k in 0..<count {
                if unsafe batch[k].flags & UInt16(DRYDOCK_BUFFER_FAILED) != 0 {
                    drops.unsent &+= 1
                    transmitReturned &-= 1
                    unsafe current.trace.lost(batch[k], .unsent, time)
                }
                recycle(unsafe batch[k].slot)
            }
            if Self.wasAll(count) { return any }
        }
    }
}
