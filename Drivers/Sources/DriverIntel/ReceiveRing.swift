import DriverKit
import E1000Registers

/// The receive descriptors and the buffers that they point to. 8254x §3.2
public struct ReceiveRing<Format: ReceiveFormat>: ~Copyable {
    /// A frame never has more buffers; a device that says so is wrong.
    static var longestFrame: Int { 16 }

    private let memory: DMABlock
    private let buffers: OwnedArray<Buffer>
    private var cursor: RingCursor
    /// What the device writes into one buffer at most; one of RCTL's sizes.
    private(set) var bufferOctets = 2048
    /// After a stop: what is left goes home empty.
    private var draining = false

    init(_ services: Services, size: Int) throws(DriverFailure) {
        memory = try DMABlock(services, octets: size * ReceiveDescriptor.size, alignment: 128, for: "the receive ring")
        buffers = OwnedArray(repeating: Buffer(), count: size)
        cursor = RingCursor(size: size)
    }

    var isEmpty: Bool { cursor.isEmpty }
    var isDraining: Bool { draining && !cursor.isEmpty }

    /// RCTL's buffer size bits. 8254x §13.4.22
    var sizeBits: UInt32 {
        let r = RCTL()
        switch bufferOctets {
        case 16384: return r.bsex.mask | r.bsize.of(1)
        case 8192: return r.bsex.mask | r.bsize.of(2)
        case 4096: return r.bsex.mask | r.bsize.of(3)
        case 1024: return r.bsize.of(1)
        default: return 0
        }
    }

    /// Descriptors in use.
    var used: Int { cursor.used }

    /// Fills descriptors with empty buffers; one smaller than what the device may write into it is not taken.
    @inline(__always)
    mutating func provide(_ list: Span<Buffer>) -> Int {
        if draining { guard cursor.isEmpty else { return 0 }; draining = false }
        let (taken, tail) = fill(list)
        cursor.fill(upTo: tail)
        return taken
    }

    /// Returns how many it takes, and the next free descriptor then.
    @inline(__always)
    private func fill(_ list: Span<Buffer>) -> (taken: Int, tail: Int) {
        let limit = min(list.count, cursor.free), size = cursor.size, least = bufferOctets
        guard limit > 0 else { return (0, cursor.tail) }
        let batch = OpenBatch(list, before: limit), descriptors = memory.descriptors(size), held = buffers.opened(size)
        var n = 0, at = cursor.tail
        while n < limit, batch[n].capacity >= least {
            held.keep(batch, n, at: at)
            descriptors.store(at, batch[n].deviceAddress, 0)
            at = at &+ 1 == size ? 0 : at &+ 1
            n &+= 1
        }
        return (n, at)
    }

    /// Decides how much the device may write into a buffer, by the first one; the ring is empty.
    @inline(never)
    mutating func choose(_ capacity: Int) {
        bufferOctets = capacity >= 16384 ? 16384 : capacity >= 8192 ? 8192 : capacity >= 4096 ? 4096 : capacity >= 2048 ? 2048 : 1024
    }

    /// What the device has written back: one half at its place, and the whole.
    @inline(__always)
    private static func place(_ half: UInt32, _ field: Int) -> UInt64 { UInt64(half) &<< UInt64(truncatingIfNeeded: (field &- 8) &* 8) }
    @inline(__always)
    private func word(_ at: Int) -> UInt64 { memory.load64(at &* ReceiveDescriptor.size &+ ReceiveDescriptor.length) }

    /// Whether the device is done with the oldest descriptor, which is in use: one access, no wider than what it writes.
    @inline(__always)
    private var oldestIsDone: Bool {
        let half = memory.load32(cursor.head &* ReceiveDescriptor.size &+ Format.statusHalf)
        return Format.status(Self.place(half, Format.statusHalf)).contains(.done)
    }

    /// How many descriptors from the oldest make a whole frame: 0 when none is complete.
    private func completeFrame() -> Int {
        let limit = min(cursor.used, Self.longestFrame)
        var n = 0, at = cursor.head
        while n < limit {
            let status = Format.status(word(at))
            guard status.contains(.done) else { return 0 }
            n &+= 1
            if status.contains(.endOfPacket) { return n }
            at = cursor.position(at, plus: 1)
        }
        // Only a device gone mad gets here; its octets go up as a bad frame, so that the ring moves on.
        return n == Self.longestFrame ? n : 0
    }

    /// Whether a frame waits.
    var hasFrame: Bool { completeFrame() > 0 }

    /// Moves whole frames into `out` from `start`. Returns the end of what is filled; `bad` grows by the bad frames.
    @inline(__always)
    mutating func take(_ out: inout MutableSpan<Buffer>, from start: Int, vlan: Bool, bad: inout UInt64) -> Int {
        let n = takePlain(&out, from: start, vlan: vlan)
        guard n < out.count, !cursor.isEmpty, draining || oldestIsDone else { return n }
        return takeRest(&out, from: n, vlan: vlan, bad: &bad)
    }

    /// Goes on at a frame that is not plain.
    @inline(never)
    private mutating func takeRest(_ out: inout MutableSpan<Buffer>, from start: Int, vlan: Bool, bad: inout UInt64) -> Int {
        var n = start
        while n < out.count, !cursor.isEmpty {
            let parts = takeOther(&out, n, vlan: vlan, bad: &bad)
            guard parts > 0 else { break }
            n = takePlain(&out, from: n &+ parts, vlan: vlan)
        }
        return n
    }

    /// The oldest frame, of any kind, or in a ring that drains an empty buffer. Returns how many buffers; 0: no frame is
    /// complete, or it finds no room.
    private mutating func takeOther(_ out: inout MutableSpan<Buffer>, _ start: Int, vlan: Bool, bad: inout UInt64) -> Int {
        let parts = completeFrame()
        if parts > 0 {
            guard start &+ parts <= out.count else { return 0 }
            acquireFromDevice()
            emit(parts, &out, start, vlan: vlan, bad: &bad)
            return parts
        }
        guard draining, start < out.count, !cursor.isEmpty else { return 0 }
        out[start] = buffers[cursor.head]
        out[start].length = 0
        out[start].flags = .unused
        cursor.clean(1)
        return 1
    }

    /// Moves frames of one buffer each, without errors, into `out` from `start`: almost all that come. Ends before the first
    /// other one and before the first that is not done. Returns the end of what is filled.
    @inline(__always)
    private mutating func takePlain(_ out: inout MutableSpan<Buffer>, from start: Int, vlan: Bool) -> Int {
        let (end, head) = movePlain(&out, from: start, vlan: vlan)
        cursor.clean(upTo: head)
        return end
    }

    /// Returns the end of what is filled, and the oldest descriptor in use then.
    @inline(__always)
    private func movePlain(_ out: inout MutableSpan<Buffer>, from start: Int, vlan: Bool) -> (end: Int, head: Int) {
        let end = start &+ min(out.count &- start, cursor.used), size = cursor.size, most = bufferOctets
        let descriptors = memory.descriptors(size), held = buffers.opened(size)
        var n = start, at = cursor.head
        while n < end {
            let half = Self.place(descriptors.load32(at, Format.statusHalf), Format.statusHalf), status = Format.status(half)
            guard Format.isPlain(half) else { break }
            acquireFromDevice()
            let word = half | Self.place(descriptors.load32(at, Format.statusHalf ^ 4), Format.statusHalf ^ 4)
            let length = Format.length(word)
            guard length > 0, length <= most else { break }
            held.give(at, to: &out, n, length: length)
            if !status.isDisjoint(with: [.ipChecked, .tcpChecked, .vlan]) {
                out[n].flags = Self.verdict(status, Format.errors(word))
                if vlan && status.contains(.vlan) {
                    out[n].flags.insert(.vlan)
                    out[n].vlan = Format.tag(word)
                }
            }
            at = at &+ 1 == size ? 0 : at &+ 1
            n &+= 1
        }
        return (n, at)
    }

    /// One frame of `parts` descriptors into `out` from `start`.
    @inline(__always)
    private mutating func emit(_ parts: Int, _ out: inout MutableSpan<Buffer>, _ start: Int, vlan: Bool, bad: inout UInt64) {
        let last = word(cursor.position(cursor.head, plus: parts &- 1))
        let status = Format.status(last), errors = Format.errors(last)
        var isBad = !status.contains(.endOfPacket) || !errors.isDisjoint(with: .frame)
        for part in 0..<parts {
            let at = cursor.position(cursor.head, plus: part)
            let length = Format.length(word(at))
            // What the device claims to have written must lie in the buffer it was given.
            let fits = length > 0 && length <= bufferOctets
            if !fits { isBad = true }
            out[start &+ part] = buffers[at]
            out[start &+ part].length = fits ? length : 0
            out[start &+ part].flags = part == parts &- 1 ? [] : .more
        }
        cursor.clean(parts)
        if isBad {
            bad &+= 1
            for part in 0..<parts { out[start &+ part].flags.insert(.error) }
            return
        }
        out[start].flags.formUnion(Self.verdict(status, errors))
        if vlan && status.contains(.vlan) {
            out[start].flags.insert(.vlan)
            out[start].vlan = Format.tag(last)
        }
    }

    /// What hardware says of the checksums; a sum that it found wrong is left to the stack to count. 8254x §3.2.9
    static func verdict(_ status: ReceiveDescriptor.Status, _ errors: ReceiveDescriptor.Errors) -> BufferFlags {
        guard !status.contains(.ignoreChecksum) else { return [] }
        var flags: BufferFlags = []
        if status.contains(.ipChecked) && !errors.contains(.ipChecksum) { flags.insert(.ipChecked) }
        if status.contains(.tcpChecked) && !errors.contains(.tcpChecksum) { flags.insert(.l4Checked) }
        return flags
    }

    /// Base, length, head and tail of queue `queue`: an empty ring. The receiver is off. 8254x §14.4
    mutating func program<Map: GigabitRegister>(_ io: RegisterAccess<Map>, _ queue: UInt32) {
        repost()
        io.write(.rdbal, at: queue, UInt32(truncatingIfNeeded: memory.deviceAddress))
        io.write(.rdbah, at: queue, UInt32(truncatingIfNeeded: memory.deviceAddress >> 32))
        io.write(.rdlen, at: queue, UInt32(cursor.size * ReceiveDescriptor.size))
        io.write(.rdh, at: queue, 0)
        io.write(.rdt, at: queue, 0)
    }

    /// Tells the device how far it may go. 8254x §3.2.6
    @inline(__always)
    func ring<Map: GigabitRegister>(_ io: RegisterAccess<Map>, _ queue: UInt32) {
        releaseToDevice()
        io.write(.rdt, at: queue, UInt32(truncatingIfNeeded: cursor.tail))
    }

    /// After a reset the device starts at 0: the buffers that it held move there, in order, empty.
    private mutating func repost() {
        let used = cursor.used, head = cursor.head
        guard head != 0 || used != 0 else { return }
        rotate(by: head)
        cursor.reset()
        for _ in 0..<used {
            let at = cursor.fill()
            memory.store64(at &* 16, buffers[at].deviceAddress)
            memory.store64(at &* 16 &+ 8, 0)
        }
    }

    /// Moves the buffer at `shift` to 0 by three reversals, which need no second table.
    private func rotate(by shift: Int) {
        guard shift != 0 else { return }
        reverse(0, shift)
        reverse(shift, cursor.size)
        reverse(0, cursor.size)
    }
    private func reverse(_ start: Int, _ end: Int) {
        var low = start, high = end - 1
        while low < high {
            let saved = buffers[low]
            buffers[low] = buffers[high]
            buffers[high] = saved
            low += 1
            high -= 1
        }
    }

    /// Frames that are complete still count as received; the rest goes home empty.
    mutating func drain() { draining = true }

    /// Frames in the ring that a reset is about to lose.
    func completeFrames() -> UInt64 {
        var frames: UInt64 = 0, at = cursor.head
        for _ in 0..<cursor.used {
            let status = Format.status(word(at))
            guard status.contains(.done) else { break }
            if status.contains(.endOfPacket) { frames += 1 }
            at = cursor.position(at, plus: 1)
        }
        return frames
    }

    /// Head and tail, as software counts.
    public var positions: (head: Int, tail: Int) { (cursor.head, cursor.tail) }
}
