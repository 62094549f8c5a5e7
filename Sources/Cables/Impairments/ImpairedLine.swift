/// One direction of a cable with impairments: frames and time in, frames out. Deterministic for a seed.
///
/// Every frame takes the same number of random numbers whatever becomes of it, so changing one setting leaves the
/// others' decisions as they were.
public struct ImpairedLine: Sendable {
    /// Most frames and octets on their way at once.
    public static let mostFrames = 4096, mostOctets = 16 << 20

    public let settings: Impairments
    public private(set) var counters: ImpairmentCounters
    private var generator: SeededGenerator
    private var waiting: [Held] = []
    private var heldOctets = 0
    private var sequence: UInt64 = 0
    /// When the last bit accepted leaves the transmitter (`rate`).
    private var transmitterFree: UInt64 = 0
    /// Frames that are not reordered never arrive before this.
    private var lastArrival: UInt64 = 0

    private struct Held: Sendable {
        var due: UInt64, order: UInt64
        var octets: [UInt8]
        func precedes(_ other: Held) -> Bool { due != other.due ? due < other.due : order < other.order }
    }

    /// - Parameter counters: those of the line that this one takes the place of, so that a NIC's counters only grow.
    public init(_ settings: Impairments, seed: UInt64, counters: ImpairmentCounters = ImpairmentCounters()) {
        (self.settings, self.counters) = (settings, counters)
        generator = SeededGenerator(seed: seed)
    }

    /// When the next frame comes out; nil: none is on its way.
    public var nextDue: UInt64? { waiting.first?.due }

    /// Counts a frame that passed untouched; for a transparent line.
    public mutating func pass() {
        counters.entered &+= 1
        counters.left &+= 1
    }

    /// What became of a frame on entering.
    public enum Fate: Equatable, Sendable {
        case lost, overflowed
        /// It will arrive, in part or in whole, once or twice.
        case carried(corrupted: Bool, duplicated: Bool, reordered: Bool)

        var isLoss: Bool { self == .lost || self == .overflowed }

        /// For the capture; nil: nothing happened to it.
        var comment: String? {
            switch self {
            case .lost: return "lost on the cable (loss)"
            case .overflowed: return "lost on the cable (too many frames on their way)"
            case .carried(let corrupted, let duplicated, let reordered):
                let deeds = [(corrupted, "corrupted"), (duplicated, "duplicated"), (reordered, "reordered")].filter(\.0).map(\.1)
                return deeds.isEmpty ? nil : deeds.joined(separator: ", ") + " on the cable"
            }
        }
    }

    /// Puts a frame on the line.
    @discardableResult public mutating func enter(_ frame: RawSpan, now: UInt64) -> Fate {
        counters.entered &+= 1
        let lost = generator.happens(settings.loss), again = generator.happens(settings.duplicate)
        let corrupt = generator.happens(settings.corrupt), flipped = generator.next()
        let reorder = generator.happens(settings.reorder)
        let jitter = generator.below(settings.jitter &* 2 &+ 1)
        if lost {
            counters.lost &+= 1
            return .lost
        }

        var octets = frame.copied
        if corrupt, !octets.isEmpty {
            counters.corrupted &+= 1
            octets[Int(flipped >> 3) % octets.count] ^= 1 << UInt8(flipped & 7)
        }
        let due = arrival(octets: octets.count, now: now, jitter: jitter, reorder: reorder)
        guard hold(octets, due: due) else { return .overflowed }
        if again {
            counters.duplicated &+= 1
            _ = hold(octets, due: due)
        }
        return .carried(corrupted: corrupt, duplicated: again, reordered: reorder)
    }

    private mutating func arrival(octets: Int, now: UInt64, jitter: UInt64, reorder: Bool) -> UInt64 {
        var leaves = now
        if settings.rate > 0 {
            leaves = max(now, transmitterFree) &+ UInt64(octets) &* 8_000_000_000 / settings.rate
            transmitterFree = leaves
        }
        let mean = leaves &+ settings.delay &+ jitter
        let due = max(leaves, mean > settings.jitter ? mean &- settings.jitter : 0)
        if reorder {
            counters.reordered &+= 1
            return due &+ Impairments.holdBack
        }
        lastArrival = max(lastArrival, due)
        return lastArrival
    }

    private mutating func hold(_ octets: [UInt8], due: UInt64) -> Bool {
        guard waiting.count < Self.mostFrames, heldOctets + octets.count <= Self.mostOctets else {
            counters.overflowed &+= 1
            return false
        }
        heldOctets += octets.count
        sequence &+= 1
        counters.held &+= 1
        waiting.append(Held(due: due, order: sequence, octets: octets))
        rise(from: waiting.count - 1)
        return true
    }

    /// Takes the next frame that has arrived by `now`; nil: none.
    public mutating func leave(now: UInt64) -> [UInt8]? {
        guard let first = waiting.first, first.due <= now else { return nil }
        let last = waiting.removeLast()
        if !waiting.isEmpty {
            waiting[0] = last
            sink()
        }
        heldOctets -= first.octets.count
        counters.held &-= 1
        counters.left &+= 1
        return first.octets
    }

    /// Drops, and counts, what is on its way.
    public mutating func flush() {
        counters.flushed &+= UInt64(waiting.count)
        counters.held = 0
        waiting.removeAll()
        heldOctets = 0
    }

    private mutating func rise(from start: Int) {
        var child = start
        while child > 0, waiting[child].precedes(waiting[(child - 1) / 2]) {
            waiting.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < waiting.count else { return }
            if child + 1 < waiting.count, waiting[child + 1].precedes(waiting[child]) { child += 1 }
            guard waiting[child].precedes(waiting[parent]) else { return }
            waiting.swapAt(child, parent)
            parent = child
        }
    }
}
