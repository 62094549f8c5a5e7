import CDriver
import DriverKit
import RTL8139Registers

/// The four transmit descriptors, each a pair of registers, used in turn. TSD0-3, TSAD0-3 (0010h, 0020h)
///
/// A descriptor sends one piece of memory from an address below 4 GiB that is a multiple of 4. A frame that is not so, or shorter than
/// Ethernet's least, is copied into the driver's own memory.
struct TransmitSlots: ~Copyable {
    static var count: Int { 4 }
    /// Buffers of one frame at most; octets of the longest frame that TSD.SIZE takes. TSD0 (0010h)
    static var longestFrame: Int { 16 }
    static var slotOctets: Int { 2048 }
    /// Octets of the shortest frame without FCS: the device does not pad. IEEE 802.3 §4A.4.2
    static var shortest: Int { 60 }
    static var shortestAccepted: Int { 14 }

    /// A frame that the device has.
    struct Note: BitwiseCopyable {
        var parts: Int32 = 0
        var octets: Int32 = 0
        var audience = Audience.station
    }

    private let memory: DMABlock
    private let buffers: OwnedArray<Buffer>
    private let notes: OwnedArray<Note>
    /// The oldest descriptor in use, and how many are.
    private(set) var first = 0, used = 0
    private var done: ReturnQueue
    /// Frames finished so far: progress, for the watchdog.
    private(set) var finished: UInt32 = 0

    init(_ services: Services) throws(DriverFailure) {
        memory = try DMABlock(services, octets: TransmitSlots.count * TransmitSlots.slotOctets, alignment: 4,
                              reach: UInt64(UInt32.max), for: "the transmit buffers")
        buffers = OwnedArray(repeating: Buffer(), count: TransmitSlots.count * TransmitSlots.longestFrame)
        notes = OwnedArray(repeating: Note(), count: TransmitSlots.count)
        done = ReturnQueue(capacity: 3 * TransmitSlots.count * TransmitSlots.longestFrame)
    }

    var isEmpty: Bool { used == 0 && done.isEmpty }
    var isBusy: Bool { used > 0 }
    private func slot(_ n: Int) -> Int { (first &+ n) & (TransmitSlots.count &- 1) }

    /// Hands whole frames to the device. Those that it must not be given come back as failed, and `refused` grows; the first frame
    /// that finds no room ends the batch.
    mutating func provide(_ list: Span<Buffer>, _ io: Registers, longest: Int, threshold: UInt32,
                          refused: inout UInt64, copied: inout UInt64) -> Int {
        var n = 0
        while n < list.count {
            let parts = FrameParts.count(list, from: n)
            guard parts > 0 else { break }
            let octets = FrameParts.octets(list, from: n, parts: parts) ?? 0
            if parts > TransmitSlots.longestFrame || octets < TransmitSlots.shortestAccepted || octets > longest || list[n].flags.asksForWork {
                guard done.room >= parts &+ TransmitSlots.count &* TransmitSlots.longestFrame else { break }
                for part in 0..<parts { done.add(list[n &+ part], isFirst: part == 0, isLast: part == parts &- 1, failed: true) }
                refused &+= 1
            } else {
                guard used < TransmitSlots.count else { break }
                put(list, n, parts, octets, io, threshold, &copied)
            }
            n &+= parts
        }
        return n
    }

    private mutating func put(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ octets: Int, _ io: Registers, _ threshold: UInt32,
                              _ copied: inout UInt64) {
        let at = slot(used)
        for part in 0..<parts { buffers[at &* TransmitSlots.longestFrame &+ part] = list[start &+ part] }
        notes[at] = Note(parts: Int32(truncatingIfNeeded: parts), octets: Int32(truncatingIfNeeded: octets), audience: list[start].audience)
        let head = list[start]
        var address = head.deviceAddress, length = octets
        if parts > 1 || octets < TransmitSlots.shortest || address & 3 != 0 || address > UInt64(UInt32.max) - UInt64(octets) {
            length = gather(list, start, parts, at)
            address = memory.deviceAddress &+ UInt64(at &* TransmitSlots.slotOctets)
            copied &+= 1
        }
        used &+= 1
        releaseToDevice()
        let tsd = TSD(), index = UInt32(truncatingIfNeeded: at)
        io.write(.tsad0, at: index, UInt32(truncatingIfNeeded: address))
        // OWN goes to zero with this store: from here the device has the frame.
        io.write(.tsd0, at: index, tsd.size.of(UInt32(truncatingIfNeeded: length)) | tsd.ertxth.of(threshold))
    }

    /// Copies a frame together, padded with zeros. Returns its length.
    private func gather(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ at: Int) -> Int {
        let base = at &* TransmitSlots.slotOctets
        var length = 0
        for part in 0..<parts { length &+= list[start &+ part].copy(into: memory, at: base &+ length) }
        if length < TransmitSlots.shortest {
            memory.clear(base &+ length, octets: TransmitSlots.shortest &- length)
            length = TransmitSlots.shortest
        }
        return length
    }

    /// How the oldest frame stands in `status`, the value of TSAD (0060h).
    enum Outcome { case pending, sent, underrun, aborted }
    func oldest(_ status: UInt32) -> Outcome {
        guard used > 0 else { return .pending }
        let bit = UInt32(1) << UInt32(truncatingIfNeeded: first), t = TSAD()
        if t.tok.get(status) & bit != 0 { return .sent }
        // The device fetches a frame again after an underrun, and sends it. TSD.TUN (0010h)
        if t.tun.get(status) & bit != 0 { return .underrun }
        if t.tabt.get(status) & bit != 0 { return .aborted }
        return .pending
    }

    /// What the oldest frame's own register says. TSD0 (0010h)
    func oldestStatus(_ io: Registers) -> UInt32 { io.read(.tsd0, at: UInt32(truncatingIfNeeded: first)) }

    /// The oldest frame is over: its buffers go home.
    mutating func finish(sent: Bool) -> Note {
        let at = first, note = notes[at], parts = Int(note.parts)
        for part in 0..<parts {
            done.add(buffers[at &* TransmitSlots.longestFrame &+ part], isFirst: part == 0, isLast: part == parts &- 1, failed: !sent)
        }
        first = slot(1)
        used &-= 1
        finished &+= 1
        return note
    }

    /// Whether another frame can be finished before `done` is emptied.
    var canFinish: Bool { done.room >= TransmitSlots.longestFrame }

    mutating func take(_ out: inout MutableSpan<Buffer>) -> Int { done.take(&out) }

    /// The device is reset: frames that it had are not sent, and it starts at descriptor 0. Returns how many there were.
    @discardableResult
    mutating func abandon() -> UInt64 {
        let lost = UInt64(used)
        while used > 0 { _ = finish(sent: false) }
        first = 0
        return lost
    }
}

extension BufferFlags {
    /// Insertions and segmentation, which the device cannot do and which the driver has not offered.
    @inline(__always) var asksForWork: Bool { !isDisjoint(with: [.vlan, .insertChecksum, .insertIP, .segment]) }
}
