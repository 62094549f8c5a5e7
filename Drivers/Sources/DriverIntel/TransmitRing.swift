import DriverKit
import E1000Registers

/// What lies at one transmit descriptor besides it.
struct TransmitNote: BitwiseCopyable {
    /// At a frame's first descriptor: where its last one is, and how many buffers it has.
    var last: Int32 = 0
    var buffers: Int16 = 0
    /// False for a context descriptor.
    var hasBuffer = false
    /// No context, one buffer, no flag.
    var isPlain = false

    init() {}
    /// The frame that the descriptor at `at` is.
    @inline(__always)
    init(plain at: Int) {
        last = Int32(truncatingIfNeeded: at)
        (buffers, hasBuffer, isPlain) = (1, true, true)
    }
}

extension TransmitDescriptor.Status {
    /// The frame did not get out.
    static var lost: Self { [.excessCollisions, .lateCollision, .underrun] }
    /// All that is said of a frame's end.
    static var ending: Self { [.done, .excessCollisions, .lateCollision, .underrun] }
}

/// The transmit descriptors and the buffers that they point to. 8254x §3.3
public struct TransmitRing: ~Copyable {
    /// Buffers of one frame at most.
    static var longestFrame: Int { 16 }
    /// The shortest frame that the device pads without harm. 8254x §13.4.33 (TCTL.PSP)
    static var shortest: Int { 17 }

    private let memory: DMABlock
    private let buffers: OwnedArray<Buffer>
    private let notes: OwnedArray<TransmitNote>
    private var cursor: RingCursor
    /// Frames that are done without the ring: refused ones, and what a reset took off the ring.
    private let done: OwnedArray<Buffer>
    private var doneCursor: RingCursor
    /// The context that the device holds.
    private var context: TransmitContext?
    /// Frames taken off the ring so far: progress, for the watchdog.
    private(set) var cleaned: UInt32 = 0

    init(_ services: Services, size: Int) throws(DriverFailure) {
        memory = try DMABlock(services, octets: size * TransmitDescriptor.size, alignment: 128, for: "the transmit ring")
        buffers = OwnedArray(repeating: Buffer(), count: size)
        notes = OwnedArray(repeating: TransmitNote(), count: size)
        cursor = RingCursor(size: size)
        // Room for a whole ring of abandoned frames behind a ring's worth of refused ones.
        done = OwnedArray(repeating: Buffer(), count: 2 * size + 1)
        doneCursor = RingCursor(size: 2 * size + 1)
    }

    /// Nothing is held for anybody.
    var isEmpty: Bool { cursor.isEmpty && doneCursor.isEmpty }
    /// Frames wait for the device.
    var isBusy: Bool { !cursor.isEmpty }
    /// Whether there is an oldest frame, and the device has finished it.
    @inline(__always)
    var oldestIsDone: Bool { !cursor.isEmpty && status(notes[cursor.head].last).contains(.done) }
    public var positions: (head: Int, tail: Int) { (cursor.head, cursor.tail) }

    @inline(__always)
    private func status(_ at: Int32) -> TransmitDescriptor.Status {
        TransmitDescriptor.Status(rawValue: UInt8(truncatingIfNeeded: memory.load32(Int(at) &* 16 &+ TransmitDescriptor.status)))
    }

    @inline(__always)
    private static func state(_ word: UInt32) -> TransmitDescriptor.Status { .init(rawValue: UInt8(truncatingIfNeeded: word)) }

    /// Fills descriptors with whole frames. Frames that the device must not be given come back as failed, and `refused`
    /// grows; the first frame that finds no room ends the batch.
    @inline(__always)
    mutating func provide(_ list: Span<Buffer>, limits: FrameLimits, refused: inout UInt64) -> Int {
        let n = providePlain(list, from: 0, limits)
        return n == list.count ? n : provideRest(list, from: n, limits, refused: &refused)
    }

    /// Goes on at a frame that is not plain.
    @inline(never)
    private mutating func provideRest(_ list: Span<Buffer>, from start: Int, _ limits: FrameLimits, refused: inout UInt64) -> Int {
        var n = start
        while n < list.count {
            let parts = provideOther(list, n, limits, refused: &refused)
            guard parts > 0 else { break }
            n = providePlain(list, from: n &+ parts, limits)
        }
        return n
    }

    /// Fills descriptors with frames of one buffer that ask nothing of the device, from `start` on. Ends before the first
    /// other one, and before the first that must be refused or finds no room. Returns the end of what was taken.
    @inline(__always)
    private mutating func providePlain(_ list: Span<Buffer>, from start: Int, _ limits: FrameLimits) -> Int {
        let (end, tail) = putPlain(list, from: start, limits)
        cursor.fill(upTo: tail)
        return end
    }

    /// Returns the end of what was taken, and the next free descriptor then.
    @inline(__always)
    private func putPlain(_ list: Span<Buffer>, from start: Int, _ limits: FrameLimits) -> (end: Int, tail: Int) {
        let end = start &+ min(list.count &- start, cursor.free), size = cursor.size
        guard start < end else { return (start, cursor.tail) }
        let batch = OpenBatch(list, before: end), descriptors = memory.descriptors(size), held = buffers.opened(size), noted = notes.opened(size)
        let command: TransmitDescriptor.Command = limits.delayed ? [.insertFCS, .endOfPacket, .reportStatus, .interruptDelay]
            : [.insertFCS, .endOfPacket, .reportStatus]
        let shortest = TransmitRing.shortest, longest = limits.longest
        var n = start, at = cursor.tail
        while n < end {
            let length = batch[n].length
            guard batch[n].flags.isEmpty, length >= shortest, length <= longest else { break }
            held.keep(batch, n, at: at)
            noted[at] = TransmitNote(plain: at)
            descriptors.store(at, batch[n].deviceAddress, UInt64(truncatingIfNeeded: length) | UInt64(command.rawValue))
            at = at &+ 1 == size ? 0 : at &+ 1
            n &+= 1
        }
        return (n, at)
    }

    /// One frame of any kind. Returns its buffers; 0: its end is not in the list, or there is no room.
    private mutating func provideOther(_ list: Span<Buffer>, _ n: Int, _ limits: FrameLimits, refused: inout UInt64) -> Int {
        let parts = TransmitRing.parts(list, n)
        guard parts > 0 else { return 0 }
        if FrameCheck.refuses(list, n, parts, limits) {
            guard doneCursor.used &+ parts <= cursor.size else { return 0 }
            for part in 0..<parts { finish(list[n &+ part], failed: true, first: part == 0, last: part == parts &- 1) }
            refused &+= 1
        } else {
            let wanted = FrameCheck.context(list, n, parts)
            // A segmentation's context speaks of one frame: it is never used again.
            let needsContext = wanted.map { $0 != context || $0.isSegmentation } ?? false
            guard cursor.free >= parts &+ (needsContext ? 1 : 0) else { return 0 }
            put(list, n, parts, wanted, needsContext, delay: limits.delayed)
        }
        return parts
    }

    /// Buffers of the frame at `start`; 0 when its end is not in the list.
    static func parts(_ list: Span<Buffer>, _ start: Int) -> Int {
        var n = start
        while n < list.count {
            let more = list[n].flags.contains(.more)
            n &+= 1
            if !more { return n &- start }
        }
        return 0
    }

    @inline(__always)
    private mutating func put(_ list: Span<Buffer>, _ start: Int, _ parts: Int,
                              _ wanted: TransmitContext?, _ needsContext: Bool, delay: Bool) {
        let first = cursor.tail
        if needsContext, let wanted { putContext(wanted) }
        let head = list[start]
        let tagged = head.flags.contains(.vlan)
        var command: TransmitDescriptor.Command = tagged ? [.insertFCS, .vlan] : [.insertFCS]
        var upper: UInt32 = tagged ? UInt32(head.vlan) << 16 : 0
        if let wanted {
            command.formUnion(wanted.isSegmentation ? [.extended, .data, .segmentation] : [.extended, .data])
            upper |= FrameCheck.options(head).rawValue
        }
        if delay { command.insert(.interruptDelay) }
        for part in 0..<parts {
            let buffer = list[start &+ part]
            let at = cursor.fill()
            let ending: TransmitDescriptor.Command = part == parts &- 1 ? [.endOfPacket, .reportStatus] : []
            buffers[at] = buffer
            (notes[at].hasBuffer, notes[at].isPlain) = (true, false)
            memory.store64(at &* 16, buffer.deviceAddress)
            memory.store32(at &* 16 &+ TransmitDescriptor.lower, UInt32(buffer.length) | command.union(ending).rawValue)
            memory.store32(at &* 16 &+ TransmitDescriptor.upper, upper)
        }
        let last = cursor.position(first, plus: parts &- 1 &+ (needsContext ? 1 : 0))
        notes[first].last = Int32(truncatingIfNeeded: last)
        notes[first].buffers = Int16(truncatingIfNeeded: parts)
    }

    /// A context descriptor: the offsets that the data descriptors behind it use. 8254x §3.3.6
    private mutating func putContext(_ wanted: TransmitContext) {
        let at = cursor.fill(), words = wanted.offsets.words
        (notes[at].hasBuffer, notes[at].isPlain) = (false, false)
        memory.store32(at &* 16, words.0)
        memory.store32(at &* 16 &+ 4, words.1)
        memory.store32(at &* 16 &+ TransmitDescriptor.lower, wanted.payload | wanted.bits.union(.extended).rawValue)
        memory.store32(at &* 16 &+ TransmitDescriptor.upper, wanted.upper)
        context = wanted
    }

    /// Moves the buffers of finished frames into `out`. `failed` grows by the frames that collided too often.
    @inline(__always)
    mutating func take(_ out: inout MutableSpan<Buffer>, failed: inout UInt64) -> Int {
        guard doneCursor.isEmpty else { return takeRest(&out, from: takeDone(&out), failed: &failed) }
        let n = takePlain(&out, from: 0)
        guard n < out.count, oldestIsDone else { return n }
        return takeRest(&out, from: n, failed: &failed)
    }

    /// Goes on at a frame of any kind.
    @inline(never)
    private mutating func takeRest(_ out: inout MutableSpan<Buffer>, from start: Int, failed: inout UInt64) -> Int {
        var n = start
        while n < out.count, oldestIsDone {
            let parts = takeOther(&out, from: n, failed: &failed)
            guard parts > 0 else { break }
            n = takePlain(&out, from: n &+ parts)
        }
        return n
    }

    /// Moves sent frames of one buffer without a context into `out` from `start`. Ends before the first other one.
    /// Returns the end of what is filled.
    @inline(__always)
    private mutating func takePlain(_ out: inout MutableSpan<Buffer>, from start: Int) -> Int {
        let (end, head) = movePlain(&out, from: start)
        cursor.clean(upTo: head)
        cleaned &+= UInt32(truncatingIfNeeded: end &- start)
        return end
    }

    /// Returns the end of what is filled, and the oldest descriptor in use then.
    @inline(__always)
    private func movePlain(_ out: inout MutableSpan<Buffer>, from start: Int) -> (end: Int, head: Int) {
        let end = start &+ min(out.count &- start, cursor.used), size = cursor.size
        let descriptors = memory.descriptors(size), held = buffers.opened(size), noted = notes.opened(size)
        var n = start, at = cursor.head
        while n < end {
            guard noted[at].isPlain, TransmitRing.state(descriptors.load32(at, TransmitDescriptor.status)).intersection(.ending) == .done else { break }
            held.give(at, to: &out, n)
            at = at &+ 1 == size ? 0 : at &+ 1
            n &+= 1
        }
        return (n, at)
    }

    /// The oldest frame, of any kind. Returns its buffers; 0: it is not done, or there is no room in `out`.
    private mutating func takeOther(_ out: inout MutableSpan<Buffer>, from start: Int, failed: inout UInt64) -> Int {
        let note = notes[cursor.head], state = status(note.last)
        guard state.contains(.done), start &+ Int(note.buffers) <= out.count else { return 0 }
        let lost = !state.isDisjoint(with: .lost)
        if lost { failed &+= 1 }
        var n = start
        takeFrame(note, lost: lost) { (buffer: Buffer) in
            out[n] = buffer
            n &+= 1
        }
        return n &- start
    }

    /// Takes the oldest frame off the ring and hands over its buffers in order.
    @inline(__always)
    private mutating func takeFrame(_ note: TransmitNote, lost: Bool, _ body: (Buffer) -> Void) {
        let steps = cursor.position(Int(note.last), plus: cursor.size &+ 1 &- cursor.head) // inclusive distance
        let count = steps > cursor.size ? steps &- cursor.size : steps
        var isFirst = true
        for step in 0..<count {
            let at = cursor.position(cursor.head, plus: step)
            guard notes[at].hasBuffer else { continue }
            var buffer = buffers[at]
            buffer.flags.formIntersection(.more)
            if lost && isFirst { buffer.flags.insert(.failed) }
            isFirst = false
            body(buffer)
        }
        cursor.clean(count)
        cleaned &+= 1
    }

    private mutating func takeDone(_ out: inout MutableSpan<Buffer>) -> Int {
        var n = 0
        while n < out.count, !doneCursor.isEmpty {
            // A refused frame may be longer than what is left of `out`: it waits for the next call, unless it never fits.
            let parts = doneParts()
            guard n &+ parts <= out.count || n == 0 else { break }
            for _ in 0..<min(parts, out.count &- n) {
                out[n] = done[doneCursor.head]
                doneCursor.clean(1)
                n &+= 1
            }
        }
        return n
    }

    private func doneParts() -> Int {
        var n = 0
        while n < doneCursor.used {
            let at = doneCursor.position(doneCursor.head, plus: n)
            n += 1
            if done[at].flags.contains(.more) == false { break }
        }
        return n
    }

    private mutating func finish(_ buffer: Buffer, failed: Bool, first: Bool, last: Bool) {
        let at = doneCursor.fill()
        done[at] = buffer
        done[at].flags = last ? [] : .more
        if failed && first { done[at].flags.insert(.failed) }
    }

    /// The device is reset: every frame on the ring is over, sent or not. Returns how many were not.
    @discardableResult
    mutating func abandon() -> UInt64 {
        var lostFrames: UInt64 = 0
        while !cursor.isEmpty {
            let note = notes[cursor.head]
            let sent = status(note.last).contains(.done)
            if !sent { lostFrames += 1 }
            var at = cursor.head, left = Int(note.buffers), isFirst = true
            while left > 0 {
                if notes[at].hasBuffer {
                    left -= 1
                    finish(buffers[at], failed: !sent, first: isFirst, last: left == 0)
                    isFirst = false
                }
                at = cursor.position(at, plus: 1)
            }
            takeFrame(note, lost: false) { _ in }
        }
        cursor.reset()
        context = nil
        return lostFrames
    }

    /// Base, length, head and tail: an empty ring. The transmitter is off. 8254x §14.5
    mutating func program<Map: GigabitRegister>(_ io: RegisterAccess<Map>) {
        abandon()
        io.write(.tdbal, UInt32(truncatingIfNeeded: memory.deviceAddress))
        io.write(.tdbah, UInt32(truncatingIfNeeded: memory.deviceAddress >> 32))
        io.write(.tdlen, UInt32(cursor.size * TransmitDescriptor.size))
        io.write(.tdh, 0)
        io.write(.tdt, 0)
    }

    /// Tells the device how far it may go. 8254x §3.4
    @inline(__always)
    func ring<Map: GigabitRegister>(_ io: RegisterAccess<Map>) {
        releaseToDevice()
        io.write(.tdt, UInt32(truncatingIfNeeded: cursor.tail))
    }
}
