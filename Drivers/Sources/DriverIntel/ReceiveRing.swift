import DriverKit
import E1000Registers

/// The receive descriptors and the buffers that they point to. 8254x §3.2
public struct ReceiveRing<Format: ReceiveFormat>: ~Copyable {
    /// A frame never has more buffers; a device that says so is wrong.
    static var longestFrame: Int { 16 }

    private var descriptors: DescriptorRing<GigabitLayout>
    /// What the device writes into one buffer at most; one of RCTL's sizes.
    private(set) var bufferOctets = 2048
    /// After a stop: what is left goes home empty.
    private var draining = false

    init(_ services: Services, size: Int) throws(DriverFailure) {
        descriptors = try DescriptorRing(services, size: size, for: "the receive ring")
    }

    var isEmpty: Bool { descriptors.isEmpty }
    var isDraining: Bool { draining && !descriptors.isEmpty }

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
    var used: Int { descriptors.used }

    /// Hands empty buffers over; one smaller than what the device may write into it is not taken.
    @inline(__always)
    mutating func provide(_ list: Span<Buffer>) -> Int {
        if draining { guard descriptors.isEmpty else { return 0 }; draining = false }
        let n = offer(list, from: 0)
        return n == list.count ? n : provideRest(list, from: n)
    }

    /// Goes on at the ring's start, behind what was taken up to its end.
    @inline(never)
    private mutating func provideRest(_ list: Span<Buffer>, from start: Int) -> Int {
        var n = start
        while true {
            let end = offer(list, from: n)
            guard end > n else { return n }
            n = end
        }
    }

    /// Up to the ring's end. Returns the end of what was taken.
    @inline(__always)
    private mutating func offer(_ list: Span<Buffer>, from start: Int) -> Int {
        let least = bufferOctets
        return descriptors.handOver(list, from: start) { run in
            var n = 0
            while n < run.count, run[n].capacity >= least {
                run.move(n)
                run.store64(n, ReceiveDescriptor.address, run[n].deviceAddress)
                run.store64(n, ReceiveDescriptor.length, 0)
                n &+= 1
            }
            return n
        }
    }

    /// Decides how much the device may write into a buffer, by the first one; the ring is empty.
    @inline(never)
    mutating func choose(_ capacity: Int) {
        bufferOctets = capacity >= 16384 ? 16384 : capacity >= 8192 ? 8192 : capacity >= 4096 ? 4096 : capacity >= 2048 ? 2048 : 1024
    }

    /// What the device has written back: one half at its place, and the whole.
    @inline(__always)
    private static func place(_ half: UInt32, _ field: Int) -> UInt64 { UInt64(half) &<< UInt64(truncatingIfNeeded: (field &- 8) &* 8) }
    /// Of the descriptor `steps` behind the oldest.
    @inline(__always)
    private func word(_ steps: Int) -> UInt64 { descriptors.load64(descriptors.oldest(plus: steps) &+ ReceiveDescriptor.length) }

    /// Whether the device is done with the oldest descriptor, which is in use: one access, no wider than what it writes.
    @inline(__always)
    private var oldestIsDone: Bool {
        Format.status(Self.place(descriptors.load32(descriptors.oldest &+ Format.statusHalf), Format.statusHalf)).contains(.done)
    }

    /// How many descriptors from the oldest make a whole frame: 0 when none is complete.
    private func completeFrame() -> Int {
        let limit = min(descriptors.used, Self.longestFrame)
        for n in 0..<limit {
            let status = Format.status(word(n))
            guard status.contains(.done) else { return 0 }
            if status.contains(.endOfPacket) { return n &+ 1 }
        }
        // Only a device gone mad gets here; its octets go up as a bad frame, so that the ring moves on.
        return limit == Self.longestFrame ? limit : 0
    }

    /// Whether a frame waits.
    var hasFrame: Bool { completeFrame() > 0 }

    /// Moves whole frames into `out` from `start`. Returns the end of what is filled; `bad` grows by the bad frames.
    @inline(__always)
    mutating func take(_ out: inout MutableSpan<Buffer>, from start: Int, vlan: Bool, bad: inout UInt64) -> Int {
        let n = takePlain(&out, from: start, vlan: vlan)
        guard n < out.count, !descriptors.isEmpty, draining || oldestIsDone else { return n }
        return takeRest(&out, from: n, vlan: vlan, bad: &bad)
    }

    /// Goes on at a frame that is not plain, or at the ring's start.
    @inline(never)
    private mutating func takeRest(_ out: inout MutableSpan<Buffer>, from start: Int, vlan: Bool, bad: inout UInt64) -> Int {
        var n = start
        while n < out.count, !descriptors.isEmpty {
            let end = takePlain(&out, from: n, vlan: vlan)
            if end > n { n = end; continue }
            let parts = takeOther(&out, n, vlan: vlan, bad: &bad)
            guard parts > 0 else { break }
            n &+= parts
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
        guard draining, start < out.count, !descriptors.isEmpty else { return 0 }
        out[start] = descriptors.takeBack().surrenderUnused()
        return 1
    }

    /// Moves frames of one buffer each, without errors, into `out` from `start`: almost all that come. Ends before the first
    /// other one, before the first that is not done, and at the ring's end. Returns the end of what is filled.
    @inline(__always)
    private mutating func takePlain(_ out: inout MutableSpan<Buffer>, from start: Int, vlan: Bool) -> Int {
        let most = bufferOctets
        return descriptors.takeBack(&out, from: start) { run in
            var n = 0
            while n < run.count {
                let half = Self.place(run.load32(n, Format.statusHalf), Format.statusHalf), status = Format.status(half)
                guard Format.isPlain(half) else { break }
                acquireFromDevice()
                let word = half | Self.place(run.load32(n, Format.statusHalf ^ 4), Format.statusHalf ^ 4)
                let length = Format.length(word)
                guard length > 0, length <= most else { break }
                run.move(n, length: length)
                if !status.isDisjoint(with: [.ipChecked, .tcpChecked, .vlan]) {
                    run[n].flags = Self.verdict(status, Format.errors(word))
                    if vlan && status.contains(.vlan) {
                        run[n].flags.insert(.vlan)
                        run[n].vlan = Format.tag(word)
                    }
                }
                n &+= 1
            }
            return n
        }
    }

    /// One frame of `parts` descriptors into `out` from `start`.
    @inline(__always)
    private mutating func emit(_ parts: Int, _ out: inout MutableSpan<Buffer>, _ start: Int, vlan: Bool, bad: inout UInt64) {
        let last = word(parts &- 1)
        let status = Format.status(last), errors = Format.errors(last)
        var isBad = !status.contains(.endOfPacket) || !errors.isDisjoint(with: .frame)
        for part in 0..<parts {
            let length = Format.length(word(0))
            // What the device claims to have written must lie in the buffer it was given.
            let fits = length > 0 && length <= bufferOctets
            if !fits { isBad = true }
            var buffer = descriptors.takeBack()
            buffer.length = fits ? length : 0
            buffer.flags = part == parts &- 1 ? [] : .more
            out[start &+ part] = buffer.surrender()
        }
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
        io.write(.rdbal, at: queue, UInt32(truncatingIfNeeded: descriptors.deviceAddress))
        io.write(.rdbah, at: queue, UInt32(truncatingIfNeeded: descriptors.deviceAddress >> 32))
        io.write(.rdlen, at: queue, UInt32(descriptors.octets))
        io.write(.rdh, at: queue, 0)
        io.write(.rdt, at: queue, 0)
    }

    /// Tells the device how far it may go. 8254x §3.2.6
    @inline(__always)
    func ring<Map: GigabitRegister>(_ io: RegisterAccess<Map>, _ queue: UInt32) {
        releaseToDevice()
        io.write(.rdt, at: queue, UInt32(truncatingIfNeeded: descriptors.tail))
    }

    /// After a reset the device starts at 0: the buffers that it held move there, in order, empty.
    private mutating func repost() {
        descriptors.restart()
        for i in 0..<descriptors.used { descriptors.store64(i &* GigabitLayout.octets, descriptors.look(i).deviceAddress) }
    }

    /// Frames that are complete still count as received; the rest goes home empty.
    mutating func drain() { draining = true }

    /// Frames in the ring that a reset is about to lose.
    func completeFrames() -> UInt64 {
        var frames: UInt64 = 0
        for i in 0..<descriptors.used {
            let status = Format.status(word(i))
            guard status.contains(.done) else { break }
            if status.contains(.endOfPacket) { frames += 1 }
        }
        return frames
    }

    /// Head and tail, as software counts.
    public var positions: (head: Int, tail: Int) { (descriptors.head, descriptors.tail) }
}
