import CDriver
import DriverKit
import PCnetRegisters

/// What lies at the first descriptor of a frame besides it.
struct TransmitNote: BitwiseCopyable {
    var parts: Int32 = 0
    var octets: Int32 = 0
    var audience = Audience.station
}

/// The transmit descriptors and the buffers that they point to. Am79C970A, "Transmit Descriptors"
struct TransmitRing: ~Copyable {
    static var longestFrame: Int { 15 }
    static var shortest: Int { 14 }

    private var ring: DescriptorRing<PCnetLayout>
    private let notes: OwnedArray<TransmitNote>
    /// Frames finished so far: progress, for the watchdog.
    private(set) var finished: UInt32 = 0

    init(_ services: Services, size: Int) throws(DriverFailure) {
        ring = try DescriptorRing(services, size: size, reach: UInt64(UInt32.max), for: "the transmit ring")
        notes = OwnedArray(repeating: TransmitNote(), count: size)
    }

    var isBusy: Bool { !ring.isEmpty }
    var size: Int { ring.size }
    var deviceAddress: UInt32 { UInt32(truncatingIfNeeded: ring.deviceAddress) }
    var positions: (head: Int, tail: Int) { (ring.head, ring.tail) }
    /// Whether the device has finished the oldest frame: it gives the last descriptor back last.
    var oldestIsDone: Bool {
        guard !ring.isEmpty else { return false }
        return control(Int(notes[ring.head].parts) &- 1) & PCnetDescriptor.own == 0
    }

    private func control(_ part: Int) -> UInt32 { ring.load32(ring.oldest(plus: part) &+ PCnetDescriptor.control) }

    /// Fills descriptors with the frame of `parts` buffers at `start`.
    mutating func offer(_ list: Span<Buffer>, _ start: Int, _ parts: Int, longest: Int) -> Offer {
        let octets = FrameParts.octets(list, from: start, parts: parts) ?? 0
        if refuses(list, start, parts, octets, longest) { return .refused }
        guard ring.free >= parts else { return .full }
        put(list, start, parts, octets)
        return .taken
    }

    private func refuses(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ octets: Int, _ longest: Int) -> Bool {
        guard parts <= TransmitRing.longestFrame, octets >= TransmitRing.shortest, octets <= longest else { return true }
        // Work that the driver has not offered.
        if !list[start].flags.isDisjoint(with: [.vlan, .insertChecksum, .insertIP, .segment]) { return true }
        for part in 0..<parts where list[start &+ part].deviceAddress > UInt64(UInt32.max) - 4096 { return true }
        return false
    }

    /// OWN of the first descriptor is stored last: until then the device sees nothing of the frame. TMD1
    private mutating func put(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ octets: Int) {
        let first = ring.next
        notes[ring.tail] = TransmitNote(parts: Int32(truncatingIfNeeded: parts), octets: Int32(truncatingIfNeeded: octets),
                                        audience: list[start].audience)
        var opening: UInt32 = 0
        for part in 0..<parts {
            let buffer = OwnedBuffer(taking: list[start &+ part]), at = ring.next
            var word = PCnetDescriptor.byteCount(buffer.length) | PCnetDescriptor.own
            if part == 0 { word |= PCnetDescriptor.start | PCnetDescriptor.addFCS }
            if part == parts &- 1 { word |= PCnetDescriptor.end }
            ring.store32(at &+ PCnetDescriptor.address, UInt32(truncatingIfNeeded: buffer.deviceAddress))
            ring.store32(at &+ PCnetDescriptor.status, 0)
            if part == 0 { opening = word } else { ring.store32(at &+ PCnetDescriptor.control, word) }
            ring.handOver(buffer)
        }
        releaseToDevice()
        ring.store32(first &+ PCnetDescriptor.control, opening)
    }

    /// Moves the buffers of finished frames into `out` from `start`. Returns the end of what is filled.
    mutating func take(_ out: inout MutableSpan<Buffer>, from start: Int, _ counters: inout CounterSet) -> Int {
        var n = start
        while oldestIsDone {
            let note = notes[ring.head], parts = Int(note.parts)
            guard n &+ parts <= out.count else { break }
            acquireFromDevice()
            let sent = judge(parts, note, &counters)
            for part in 0..<parts {
                var buffer = ring.takeBack()
                buffer.flags = part == parts &- 1 ? [] : .more
                if part == 0 && !sent { buffer.flags.insert(.failed) }
                out[n] = buffer.surrender()
                n &+= 1
            }
            finished &+= 1
        }
        return n
    }

    /// Counts what became of the oldest frame. An error may be said in any of its descriptors. TMD1, TMD2
    private func judge(_ parts: Int, _ note: TransmitNote, _ counters: inout CounterSet) -> Bool {
        var words: UInt32 = 0, status: UInt32 = 0
        for part in 0..<parts {
            words |= control(part)
            status |= ring.load32(ring.oldest(plus: part) &+ PCnetDescriptor.status)
        }
        if words & PCnetDescriptor.one != 0 { counters.add(DRYDOCK_TX_SINGLE_COLLISIONS, 1) }
        if words & PCnetDescriptor.more != 0 { counters.add(DRYDOCK_TX_MULTIPLE_COLLISIONS, 1) }
        if words & PCnetDescriptor.deferred != 0 { counters.add(DRYDOCK_TX_DEFERRED, 1) }
        guard words & PCnetDescriptor.error != 0 else {
            counters.sent(Int(note.octets), to: note.audience)
            return true
        }
        counters.add(DRYDOCK_TX_ERRORS, 1)
        if status & PCnetDescriptor.lateCollision != 0 { counters.add(DRYDOCK_TX_LATE_COLLISIONS, 1) }
        if status & PCnetDescriptor.retries != 0 { counters.add(DRYDOCK_TX_EXCESSIVE_COLLISIONS, 1) }
        if status & (PCnetDescriptor.underflow | PCnetDescriptor.bufferError) != 0 { counters.add(DRYDOCK_TX_UNDERRUNS, 1) }
        if status & PCnetDescriptor.noCarrier != 0 { counters.add(DRYDOCK_TX_NO_CARRIER, 1) }
        return false
    }

    /// The device is reset: every frame on the ring is over, and the ring starts at 0. Those that were finished are counted as they ended,
    /// the others as failed.
    mutating func abandon(_ done: inout ReturnQueue, _ counters: inout CounterSet) {
        while !ring.isEmpty {
            let note = notes[ring.head], parts = Int(note.parts)
            var sent = false
            if oldestIsDone { sent = judge(parts, note, &counters) } else { counters.add(DRYDOCK_TX_ERRORS, 1) }
            for part in 0..<parts { done.add(ring.takeBack().surrender(), isFirst: part == 0, isLast: part == parts &- 1, failed: !sent) }
            finished &+= 1
        }
        ring.restart()
    }
}
