internal import ArgumentParser

/// Puts the pcapng streams of several NICs into one: one section, an interface for each. Octets in as they come, whole
/// blocks out. draft-ietf-opsawg-pcapng §4.
struct CaptureMerger {
    /// The stream is not what a NIC of this build writes.
    struct Nonsense: Error {}

    /// What a NIC told at its end.
    struct Counts: Equatable {
        /// Frames that passed, and those of them for which there was no room.
        var seen: UInt64 = 0, lost: UInt64 = 0
    }

    /// Which way frames go that are put out, as NICs see it.
    enum Direction: String, ExpressibleByArgument { case received = "in", sent = "out", both = "inout" }

    /// Which frames are put out.
    struct Wish {
        /// At most so many; nil: all.
        var most: UInt64?
        var direction = Direction.both
        var filter: FrameFilter?
    }

    private enum Block { static let section: UInt32 = 0x0A0D_0D0A, interface: UInt32 = 1, statistics: UInt32 = 5, packet: UInt32 = 6 }
    private static let longest = 1 << 20

    private struct Stream {
        var octets: [UInt8] = []
        var interface: UInt32?
        var counts: Counts?
    }
    private var streams: [Stream]
    private var interfaces: UInt32 = 0
    private var hasSection = false
    private let wish: Wish
    /// Frames put out.
    private(set) var frames: UInt64 = 0
    /// Put out and not yet taken: blocks of frames with their times, until `take` puts them into order.
    private var ready: [(time: UInt64, octets: ArraySlice<UInt8>)] = []

    init(streams count: Int, _ wish: Wish = Wish()) {
        streams = .init(repeating: Stream(), count: count)
        self.wish = wish
    }

    /// As many frames as were wanted have been put out.
    var isEnough: Bool { wish.most.map { frames >= $0 } ?? false }
    /// What NIC `stream` told at its end; nil: it has not ended, or without a word.
    func counts(of stream: Int) -> Counts? { streams[stream].counts }

    /// Takes the next octets of stream `stream`.
    mutating func feed(_ stream: Int, _ octets: some Sequence<UInt8>) throws(Nonsense) {
        streams[stream].octets.append(contentsOf: octets)
        var start = 0
        while streams[stream].octets.count - start >= 12 {
            let length = Int(word(stream, start + 4))
            guard length >= 12, length % 4 == 0, length <= Self.longest else { throw Nonsense() }
            guard streams[stream].octets.count - start >= length else { break }
            try take(stream, start..<start + length)
            start += length
        }
        streams[stream].octets.removeFirst(start)
    }

    /// What has been put out since the last time, frames of different NICs in the order of their times.
    mutating func take() -> [UInt8] {
        let isMixed = streams.count > 1 && ready.count > 1
        if isMixed { ready = ready.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element) }
        defer { ready.removeAll(keepingCapacity: true) }
        return ready.flatMap(\.octets)
    }

    private mutating func take(_ stream: Int, _ range: Range<Int>) throws(Nonsense) {
        var block = Array(streams[stream].octets[range])
        switch word(stream, range.lowerBound) {
        case Block.section:
            if !hasSection { put(block, at: 0) }
            hasSection = true
        case Block.interface:
            streams[stream].interface = interfaces
            interfaces += 1
            put(block, at: 0)
        case Block.packet:
            guard let interface = streams[stream].interface, block.count >= 32 else { throw Nonsense() }
            guard !isEnough, isWanted(block) else { return }
            frames += 1
            Self.set(interface, in: &block)
            put(block, at: UInt64(word(stream, range.lowerBound + 12)) << 32 | UInt64(word(stream, range.lowerBound + 16)))
        case Block.statistics:
            guard let interface = streams[stream].interface, block.count >= 24 else { throw Nonsense() }
            streams[stream].counts = Self.counts(block)
            Self.set(interface, in: &block)
            put(block, at: .max)
        default: put(block, at: .max)
        }
    }

    private mutating func put(_ block: [UInt8], at time: UInt64) { ready.append((time, block[...])) }

    private func word(_ stream: Int, _ offset: Int) -> UInt32 { Self.word(streams[stream].octets, offset) }

    // The NIC is of this machine, and writes in its order.

    private static func word(_ octets: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(octets[offset + $1]) << UInt32(8 * (1.littleEndian == 1 ? $1 : 3 - $1)) }
    }

    private static func half(_ octets: [UInt8], _ offset: Int) -> Int {
        let (first, second) = (Int(octets[offset]), Int(octets[offset + 1]))
        return 1.littleEndian == 1 ? second << 8 | first : first << 8 | second
    }

    private static func set(_ interface: UInt32, in block: inout [UInt8]) {
        for k in 0..<4 { block[8 + k] = UInt8(truncatingIfNeeded: interface >> UInt32(8 * (1.littleEndian == 1 ? k : 3 - k))) }
    }

    /// By epb_flags, whose lowest two bits say: 1 received, 2 sent (§4.3), and by the filter.
    private func isWanted(_ packet: [UInt8]) -> Bool {
        guard wish.direction != .both || wish.filter != nil else { return true }
        let kept = Int(Self.word(packet, 20))
        guard kept <= packet.count - 32 else { return false }
        var way: UInt32 = 0
        Self.options(packet, from: 28 + (kept + 3) / 4 * 4) { code, at, length in
            if code == 2, length == 4 { way = Self.word(packet, at) & 3 }
        }
        if wish.direction != .both, way != (wish.direction == .received ? 1 : 2) { return false }
        guard let filter = wish.filter else { return true }
        return filter.admits(FrameFilter.Frame(octets: packet[28..<28 + kept], length: Int(Self.word(packet, 24)), wasSent: way == 2))
    }

    /// §4.6: isb_ifrecv and isb_ifdrop.
    private static func counts(_ block: [UInt8]) -> Counts {
        var counts = Counts()
        options(block, from: 20) { code, at, length in
            guard length == 8 else { return }
            let (first, second) = (UInt64(word(block, at)), UInt64(word(block, at + 4)))
            let value = 1.littleEndian == 1 ? second << 32 | first : first << 32 | second
            if code == 4 { counts.seen = value }
            if code == 5 { counts.lost = value }
        }
        return counts
    }

    /// §3.5: each option's code, and where its value lies.
    private static func options(_ block: [UInt8], from start: Int, _ each: (Int, Int, Int) -> Void) {
        var at = start
        while at + 4 <= block.count - 4 {
            let code = half(block, at), length = half(block, at + 2)
            guard code != 0, at + 4 + length <= block.count - 4 else { return }
            each(code, at + 4, length)
            at += 4 + (length + 3) / 4 * 4
        }
    }
}
