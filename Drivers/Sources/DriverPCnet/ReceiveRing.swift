import CDriver
import DriverKit
import PCnetRegisters

/// The receive descriptors and the buffers that they point to. Am79C970A, "Receive Descriptors"
struct ReceiveRing: ~Copyable {
    /// A frame never has more buffers; a device that says so is wrong.
    static var longestFrame: Int { 16 }
    /// What BCNT can say, in whole words; what a buffer must have for its address to be within reach.
    static var mostOctets: Int { 4092 }
    static var leastOctets: Int { 256 }
    static var fcsOctets: Int { 4 }

    private var ring: DescriptorRing<PCnetLayout>
    /// Room for all buffers while the ring starts again at 0.
    private let shelf: OwnedArray<Buffer>
    private var draining = false
    /// What is complete in the ring is lost, and counted: it goes home empty.
    private var isLost = false
    /// The device may stand at the last descriptor posted, having seen it before it was its own.
    private var isSeen = false

    init(_ services: Services, size: Int) throws(DriverFailure) {
        ring = try DescriptorRing(services, size: size, reach: UInt64(UInt32.max), for: "the receive ring")
        shelf = OwnedArray(repeating: Buffer(), count: size)
    }

    var isDraining: Bool { draining && !ring.isEmpty }
    var size: Int { ring.size }
    var deviceAddress: UInt32 { UInt32(truncatingIfNeeded: ring.deviceAddress) }
    var positions: (head: Int, tail: Int) { (ring.head, ring.tail) }

    /// Fills descriptors with empty buffers; one that is too small, or out of the device's reach, is not taken.
    ///
    /// The rule of it: a device that stands at a descriptor which it does not own may look for the next one that it does, and go on there
    /// (QEMU's looks through the whole ring); the frames from then on would be out of order, and the skipped buffer out of use until the
    /// device comes round. So it must never see a descriptor of its own behind one that was not yet. A register that is read in between
    /// (`ports`, nil while the device stands still) is answered after the frame that the device was at.
    mutating func provide(_ list: Span<Buffer>, _ ports: RegisterAccess<PCnetPort>?) -> Int {
        if draining { guard ring.isEmpty else { return 0 }; draining = false }
        let limit = min(list.count, ring.free)
        var n = 0
        while n < limit {
            let buffer = list[n]
            guard buffer.capacity >= ReceiveRing.leastOctets, buffer.deviceAddress <= UInt64(UInt32.max) - UInt64(ReceiveRing.mostOctets) else { break }
            if isSeen, let ports { _ = ports.read(.rap) }
            post(OwnedBuffer(taking: buffer))
            n &+= 1
        }
        return n
    }

    /// OWN last: everything else of the descriptor is written by then.
    private mutating func post(_ buffer: consuming OwnedBuffer) {
        let at = ring.next, before = (ring.tail &- 1) & (ring.size &- 1)
        ring.store32(at &+ PCnetDescriptor.address, UInt32(truncatingIfNeeded: buffer.deviceAddress))
        ring.store32(at &+ PCnetDescriptor.status, 0)
        let octets = min(buffer.capacity, ReceiveRing.mostOctets)
        ring.handOver(buffer)
        releaseToDevice()
        ring.store32(at &+ PCnetDescriptor.control, PCnetDescriptor.own | PCnetDescriptor.byteCount(octets))
        // While the one before is the device's still, it has not come to this one.
        orderStoresBeforeLoads()
        isSeen = ring.load32(before &* PCnetDescriptor.octets &+ PCnetDescriptor.control) & PCnetDescriptor.own == 0
    }

    /// How many descriptors from the oldest make a whole frame: 0 when none is complete. An error ends a frame too: the device gives the
    /// rest up.
    private func completeFrame() -> Int {
        let limit = min(ring.used, ReceiveRing.longestFrame)
        var n = 0
        while n < limit {
            let control = ring.load32(ring.oldest(plus: n) &+ PCnetDescriptor.control)
            guard control & PCnetDescriptor.own == 0 else { return 0 }
            n &+= 1
            if control & (PCnetDescriptor.end | PCnetDescriptor.error) != 0 { return n }
        }
        return n == ReceiveRing.longestFrame ? n : 0
    }

    var hasFrame: Bool { completeFrame() > 0 }

    /// Moves whole frames into `out`. Returns the number of buffers.
    mutating func take(_ out: inout MutableSpan<Buffer>, _ counters: inout CounterSet) -> Int {
        let room = out.count
        var n = 0
        while n < room, !isLost {
            let parts = completeFrame()
            guard parts > 0, n &+ parts <= room else { break }
            acquireFromDevice()
            emit(parts, &out, n, &counters)
            n &+= parts
        }
        while draining, n < room, !ring.isEmpty, isLost || completeFrame() == 0 {
            out[n] = ring.takeBack().surrenderUnused()
            n &+= 1
        }
        return n
    }

    /// One frame of `parts` descriptors into `out` from `start`.
    private mutating func emit(_ parts: Int, _ out: inout MutableSpan<Buffer>, _ start: Int, _ counters: inout CounterSet) {
        let first = ring.load32(ring.oldest &+ PCnetDescriptor.control)
        let at = ring.oldest(plus: parts &- 1)
        let last = ring.load32(at &+ PCnetDescriptor.control)
        let length = PCnetDescriptor.messageCount(ring.load32(at &+ PCnetDescriptor.status)) &- ReceiveRing.fcsOctets
        var isBad = first & PCnetDescriptor.start == 0 || last & PCnetDescriptor.end == 0 || last & PCnetDescriptor.error != 0
        var left = length
        for part in 0..<parts {
            var buffer = ring.takeBack()
            // The last octets may be FCS only, which a part before them then lacks.
            let octets = max(0, min(left, min(buffer.capacity, ReceiveRing.mostOctets)))
            left &-= octets
            buffer.length = octets
            buffer.flags = part == parts &- 1 ? [] : .more
            out[start &+ part] = buffer.surrender()
        }
        // What the device claims to have written must lie in the buffers that it was given.
        if length < 14 || left > 0 { isBad = true }
        guard isBad else { return counters.received(length, to: out[start].audience) }
        counters.add(DRYDOCK_RX_ERRORS, 1)
        if last & PCnetDescriptor.checksum != 0 { counters.add(DRYDOCK_RX_CRC_ERRORS, 1) }
        if last & PCnetDescriptor.framing != 0 { counters.add(DRYDOCK_RX_ALIGNMENT_ERRORS, 1) }
        for part in 0..<parts { out[start &+ part].flags.insert(.error) }
    }

    /// The device starts at descriptor 0: the buffers move there, in order, empty.
    mutating func repost() {
        let used = ring.used
        isLost = false
        for i in 0..<used { shelf[i] = ring.takeBack().surrender() }
        ring.restart()
        clear()
        for i in 0..<used { post(OwnedBuffer(taking: shelf[i])) }
    }

    /// No descriptor says that it is the device's; the ones of BCNT are there all the same. Without them QEMU's device takes the
    /// descriptor for damaged, and reads where it stood in an earlier life instead.
    private mutating func clear() {
        for i in 0..<ring.size { ring.store32(i &* PCnetDescriptor.octets &+ PCnetDescriptor.control, PCnetDescriptor.byteCount(0)) }
    }

    /// Frames that are complete still count as received; the rest goes home empty.
    mutating func drain() { draining = true }

    /// What is complete is lost. Returns how many frames that are.
    mutating func lose() -> UInt64 {
        var frames: UInt64 = 0
        for i in 0..<(isLost ? 0 : ring.used) {
            let control = ring.load32(ring.oldest(plus: i) &+ PCnetDescriptor.control)
            guard control & PCnetDescriptor.own == 0 else { break }
            if control & PCnetDescriptor.end != 0 { frames += 1 }
        }
        isLost = true
        return frames
    }
}
