import DriverKit
import E1000Registers

/// What lies at one transmit descriptor besides it.
struct TransmitNote: BitwiseCopyable {
    /// At a frame's first descriptor: how many it has, how many of them have a buffer, and whether it is plain: one buffer, no flag.
    var descriptors: UInt16 = 0
    var buffers: UInt8 = 0
    var isPlain = false

    @inline(__always)
    static var plain: Self { Self(descriptors: 1, buffers: 1, isPlain: true) }
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

    private var descriptors: DescriptorRing<GigabitLayout>
    private let notes: OwnedArray<TransmitNote>
    /// Frames that are done without the ring: refused ones, and what a reset took off the ring.
    private var done: ReturnQueue
    /// The context that the device holds.
    private var context: TransmitContext?
    /// Frames taken off the ring so far: progress, for the watchdog.
    private(set) var cleaned: UInt32 = 0

    init(_ services: Services, size: Int) throws(DriverFailure) {
        descriptors = try DescriptorRing(services, size: size, for: "the transmit ring")
        notes = OwnedArray(repeating: TransmitNote(), count: size)
        // Room for a whole ring of abandoned frames behind a ring's worth of refused ones.
        done = ReturnQueue(capacity: 2 * size)
    }

    /// Nothing is held for anybody.
    var isEmpty: Bool { descriptors.isEmpty && done.isEmpty }
    /// Frames wait for the device.
    var isBusy: Bool { !descriptors.isEmpty }
    /// Whether there is an oldest frame, and the device has finished it.
    @inline(__always)
    var oldestIsDone: Bool { !descriptors.isEmpty && status(notes[descriptors.head]).contains(.done) }
    public var positions: (head: Int, tail: Int) { (descriptors.head, descriptors.tail) }

    /// What the device says of the oldest frame, in its last descriptor.
    @inline(__always)
    private func status(_ note: TransmitNote) -> TransmitDescriptor.Status {
        Self.state(descriptors.load32(descriptors.oldest(plus: Int(note.descriptors) &- 1) &+ TransmitDescriptor.status))
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

    /// Goes on at a frame that is not plain, or at the ring's start.
    @inline(never)
    private mutating func provideRest(_ list: Span<Buffer>, from start: Int, _ limits: FrameLimits, refused: inout UInt64) -> Int {
        var n = start
        while n < list.count {
            let end = providePlain(list, from: n, limits)
            if end > n { n = end; continue }
            let parts = provideOther(list, n, limits, refused: &refused)
            guard parts > 0 else { break }
            n &+= parts
        }
        return n
    }

    /// Hands over frames of one buffer that ask nothing of the device, from `start` on. Ends before the first other one, and before
    /// the first that must be refused or finds no room, and at the ring's end. Returns the end of what was taken.
    @inline(__always)
    private mutating func providePlain(_ list: Span<Buffer>, from start: Int, _ limits: FrameLimits) -> Int {
        let command: TransmitDescriptor.Command = limits.delayed ? [.insertFCS, .endOfPacket, .reportStatus, .interruptDelay]
            : [.insertFCS, .endOfPacket, .reportStatus]
        let shortest = TransmitRing.shortest, longest = limits.longest
        return descriptors.handOver(list, from: start, beside: notes) { run, noted in
            var n = 0
            while n < run.count {
                let length = run[n].length
                guard run[n].flags.isEmpty, length >= shortest, length <= longest else { break }
                run.move(n)
                noted[n] = .plain
                run.store64(n, 0, run[n].deviceAddress)
                run.store64(n, TransmitDescriptor.lower, UInt64(truncatingIfNeeded: length) | UInt64(command.rawValue))
                n &+= 1
            }
            return n
        }
    }

    /// One frame of any kind. Returns its buffers; 0: its end is not in the list, or there is no room.
    private mutating func provideOther(_ list: Span<Buffer>, _ n: Int, _ limits: FrameLimits, refused: inout UInt64) -> Int {
        let parts = TransmitRing.parts(list, n)
        guard parts > 0 else { return 0 }
        if FrameCheck.refuses(list, n, parts, limits) {
            guard done.room >= parts &+ descriptors.size else { return 0 }
            for part in 0..<parts { done.add(list[n &+ part], isFirst: part == 0, isLast: part == parts &- 1, failed: true) }
            refused &+= 1
        } else {
            let wanted = FrameCheck.context(list, n, parts)
            // A segmentation's context speaks of one frame: it is never used again.
            let needsContext = wanted.map { $0 != context || $0.isSegmentation } ?? false
            guard descriptors.free >= parts &+ (needsContext ? 1 : 0) else { return 0 }
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
        let first = descriptors.tail
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
            let buffer = OwnedBuffer(taking: list[start &+ part]), at = descriptors.next
            let ending: TransmitDescriptor.Command = part == parts &- 1 ? [.endOfPacket, .reportStatus] : []
            descriptors.store64(at, buffer.deviceAddress)
            descriptors.store32(at &+ TransmitDescriptor.lower, UInt32(buffer.length) | command.union(ending).rawValue)
            descriptors.store32(at &+ TransmitDescriptor.upper, upper)
            descriptors.handOver(buffer)
        }
        notes[first] = TransmitNote(descriptors: UInt16(truncatingIfNeeded: parts &+ (needsContext ? 1 : 0)), buffers: UInt8(truncatingIfNeeded: parts))
    }

    /// A context descriptor: the offsets that the data descriptors behind it use. 8254x §3.3.6
    private mutating func putContext(_ wanted: TransmitContext) {
        let at = descriptors.next, words = wanted.offsets.words
        descriptors.store32(at, words.0)
        descriptors.store32(at &+ 4, words.1)
        descriptors.store32(at &+ TransmitDescriptor.lower, wanted.payload | wanted.bits.union(.extended).rawValue)
        descriptors.store32(at &+ TransmitDescriptor.upper, wanted.upper)
        descriptors.handOver()
        context = wanted
    }

    /// Moves the buffers of finished frames into `out`. `failed` grows by the frames that collided too often.
    @inline(__always)
    mutating func take(_ out: inout MutableSpan<Buffer>, failed: inout UInt64) -> Int {
        guard done.isEmpty else { return takeRest(&out, from: done.take(&out), failed: &failed) }
        let n = takePlain(&out, from: 0)
        guard n < out.count, oldestIsDone else { return n }
        return takeRest(&out, from: n, failed: &failed)
    }

    /// Goes on at a frame of any kind, or at the ring's start.
    @inline(never)
    private mutating func takeRest(_ out: inout MutableSpan<Buffer>, from start: Int, failed: inout UInt64) -> Int {
        var n = start
        while n < out.count, oldestIsDone {
            let end = takePlain(&out, from: n)
            if end > n { n = end; continue }
            let parts = takeOther(&out, from: n, failed: &failed)
            guard parts > 0 else { break }
            n &+= parts
        }
        return n
    }

    /// Moves sent frames of one buffer without a context into `out` from `start`. Ends before the first other one,
    /// and at the ring's end. Returns the end of what is filled.
    @inline(__always)
    private mutating func takePlain(_ out: inout MutableSpan<Buffer>, from start: Int) -> Int {
        let end = descriptors.takeBack(&out, from: start, beside: notes) { run, noted in
            var n = 0
            while n < run.count, noted[n].isPlain, Self.state(run.load32(n, TransmitDescriptor.status)).intersection(.ending) == .done {
                run.move(n)
                n &+= 1
            }
            return n
        }
        cleaned &+= UInt32(truncatingIfNeeded: end &- start)
        return end
    }

    /// The oldest frame, of any kind. Returns its buffers; 0: it is not done, or there is no room in `out`.
    private mutating func takeOther(_ out: inout MutableSpan<Buffer>, from start: Int, failed: inout UInt64) -> Int {
        let note = notes[descriptors.head], state = status(note), parts = Int(note.buffers)
        guard state.contains(.done), start &+ parts <= out.count else { return 0 }
        let lost = !state.isDisjoint(with: .lost)
        if lost { failed &+= 1 }
        takeContext(note)
        for part in 0..<parts {
            var buffer = descriptors.takeBack()
            buffer.flags = part == parts &- 1 ? [] : .more
            if lost && part == 0 { buffer.flags.insert(.failed) }
            out[start &+ part] = buffer.surrender()
        }
        return parts
    }

    /// Takes the descriptor in front of the oldest frame's buffers off the ring, if there is one. The buffers are to follow.
    private mutating func takeContext(_ note: TransmitNote) {
        if note.descriptors > UInt16(note.buffers) { descriptors.takeBackNone() }
        cleaned &+= 1
    }

    /// The device is reset: every frame on the ring is over, sent or not. Returns how many were not.
    @discardableResult
    mutating func abandon() -> UInt64 {
        var lostFrames: UInt64 = 0
        while !descriptors.isEmpty {
            let note = notes[descriptors.head], sent = status(note).contains(.done), last = note.buffers &- 1
            if !sent { lostFrames += 1 }
            takeContext(note)
            for part in 0...last { done.add(descriptors.takeBack().surrender(), isFirst: part == 0, isLast: part == last, failed: !sent) }
        }
        descriptors.restart()
        context = nil
        return lostFrames
    }

    /// Base, length, head and tail: an empty ring. The transmitter is off. 8254x §14.5
    mutating func program<Map: GigabitRegister>(_ io: RegisterAccess<Map>) {
        abandon()
        io.write(.tdbal, UInt32(truncatingIfNeeded: descriptors.deviceAddress))
        io.write(.tdbah, UInt32(truncatingIfNeeded: descriptors.deviceAddress >> 32))
        io.write(.tdlen, UInt32(descriptors.octets))
        io.write(.tdh, 0)
        io.write(.tdt, 0)
    }

    /// Tells the device how far it may go. 8254x §3.4
    @inline(__always)
    func ring<Map: GigabitRegister>(_ io: RegisterAccess<Map>) {
        releaseToDevice()
        io.write(.tdt, UInt32(truncatingIfNeeded: descriptors.tail))
    }
}
