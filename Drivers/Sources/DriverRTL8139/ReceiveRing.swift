import CDriver
import DriverKit
import RTL8139Registers

/// The receive ring, which is octets and not descriptors, and the buffers that its frames are copied into.
///
/// The device appends header, frame and FCS behind each other (``ReceivedFrame``); where the ring ends it goes on behind the end until the
/// frame is whole (RCR.WRAP), and then starts again at 0. CBR says how far it has written; CAPR says how far we have read, less
/// 16. RTL8139C(L) RBSTART, CAPR, CBR (0030h, 0038h, 003Ah)
struct ReceiveRing: ~Copyable {
    /// CAPR is that much behind the next octet to read.
    static var capture: Int { 16 }
    /// Octets behind the ring that a frame begun inside may run into; no frame is longer (TSD.SIZE's limit, 1792, and 4).
    static var slack: Int { 2048 }
    static var longest: Int { 1792 + ReceivedFrame.fcsOctets }
    static var shortest: Int { 14 + ReceivedFrame.fcsOctets }

    /// What a look at the ring found.
    enum Verdict { case fine, broken, gone }

    private let memory: DMABlock
    /// Octets of the ring.
    let octets: Int
    private let buffers: OwnedArray<Buffer>
    private var cursor: RingCursor
    /// Of the buffers held, from the oldest, those that hold a frame.
    private var filled = 0
    /// Where the next header is.
    private(set) var position = 0
    private var draining = false
    /// The frame at `position` was still being written at the last look.
    private(set) var waitsForEnd = false
    /// The header at `position` as it was when the ring was last found empty: what has changed is news.
    private var seen: UInt32 = 0
    /// An interrupt or the timer said that there may be frames.
    var signalled = false
    /// The device ran out of room: RXOVW and FOVW are cleared again when there is some. ISR (003Eh)
    var overflowed = false

    init(_ services: Services, kibibytes: UInt32, buffers count: UInt32) throws(DriverFailure) {
        octets = Int(kibibytes) << 10
        memory = try DMABlock(services, octets: octets + ReceiveRing.capture + ReceiveRing.slack, alignment: 256,
                              reach: UInt64(UInt32.max), for: "the receive ring")
        buffers = OwnedArray(repeating: Buffer(), count: Int(count) + 1)
        cursor = RingCursor(size: Int(count) + 1)
    }

    /// RCR.RBLEN. RCR (0044h)
    var sizeBits: UInt32 { RCR().rblen.of(octets == 8192 ? 0 : octets == 16384 ? 1 : 2) }
    var isDraining: Bool { draining && !cursor.isEmpty }
    var held: (filled: Int, empty: Int) { (filled, cursor.used &- filled) }

    /// Takes empty buffers.
    mutating func provide(_ list: Span<Buffer>) -> Int {
        if draining { guard cursor.isEmpty else { return 0 }; draining = false }
        let taken = min(list.count, cursor.free)
        for n in 0..<taken { buffers[cursor.fill()] = list[n] }
        return taken
    }

    /// Moves filled buffers into `out`; after a stop the empty ones too.
    mutating func take(_ out: inout MutableSpan<Buffer>) -> Int {
        let room = out.count
        var n = 0
        while n < room, filled > 0 {
            out[n] = buffers[cursor.head]
            out[n].flags = []
            cursor.clean(1)
            filled &-= 1
            n &+= 1
        }
        while draining, n < room, !cursor.isEmpty {
            out[n] = buffers[cursor.head]
            out[n].length = 0
            out[n].flags = .unused
            cursor.clean(1)
            n &+= 1
        }
        return n
    }

    /// Whether it is worth asking the device.
    var mayHaveFrames: Bool { signalled || overflowed || memory.load32(position) != seen }

    /// Copies complete frames into buffers, and tells the device once how far it may go again.
    ///
    /// With `mayDiscard`, frames without a buffer are passed over and counted; else they wait in the ring.
    mutating func harvest(_ io: Registers, mayDiscard: Bool, _ counters: inout CounterSet) -> Verdict {
        let end = Int(io.read(.cbr))
        if end == 0xFFFF { return .gone }
        guard end < octets else { return .broken }
        acquireFromDevice()
        let start = position
        var verdict = Verdict.fine
        // Each step is at least 20 octets, so that a ring full of anything ends.
        var left = (end &- position &+ octets) % octets
        while left > 0 {
            let frame = ReceivedFrame(memory.load32(position))
            waitsForEnd = frame.isUnfinished
            if waitsForEnd { break }
            guard frame.isGood, frame.length >= ReceiveRing.shortest, frame.length <= ReceiveRing.longest, frame.step <= left else {
                verdict = .broken
                break
            }
            guard accept(frame, mayDiscard, &counters) else { break }
            position = (position &+ frame.step) % octets
            left &-= frame.step
        }
        if position != start { io.write(.capr, UInt32(truncatingIfNeeded: position &- ReceiveRing.capture) & 0xFFFF) }
        signalled = left > 0
        if left == 0 { seen = memory.load32(position) }
        return verdict
    }

    /// One good frame. False: it has to wait for a buffer.
    private mutating func accept(_ frame: ReceivedFrame, _ mayDiscard: Bool, _ counters: inout CounterSet) -> Bool {
        guard filled < cursor.used, !draining else {
            if mayDiscard { counters.add(DRYDOCK_RX_NO_MEMORY, 1) }
            return mayDiscard
        }
        let at = cursor.position(cursor.head, plus: filled), length = frame.length &- ReceivedFrame.fcsOctets
        var buffer = buffers[at]
        guard buffer.fill(from: memory, at: position &+ ReceivedFrame.headerOctets, octets: length) else {
            counters.add(DRYDOCK_RX_OVERSIZED, 1)
            return true
        }
        buffers[at] = buffer
        filled &+= 1
        counters.received(length, to: buffer.audience)
        return true
    }

    /// An empty ring at 0. The receiver is off. RBSTART (0030h)
    mutating func program(_ io: Registers) {
        position = 0
        (signalled, overflowed, waitsForEnd) = (false, false, false)
        // What an earlier lap left there must not look like news, nor be taken for a frame.
        memory.store32(0, 0)
        seen = 0
        releaseToDevice()
        io.write(.rbstart, UInt32(truncatingIfNeeded: memory.deviceAddress))
    }

    /// Nothing read yet: 0 less 16. CAPR (0038h)
    func rewind(_ io: Registers) { io.write(.capr, UInt32(truncatingIfNeeded: 0 &- ReceiveRing.capture) & 0xFFFF) }

    /// Frames that were copied still count as received; the rest goes home empty.
    mutating func drain() { draining = true }
}
