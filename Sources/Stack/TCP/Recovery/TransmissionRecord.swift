/// One run of octets that was transmitted at one time and whose fate is one: in flight, lost, or held by the receiver.
///
/// A run may be a burst of several segments. It is linked twice by position in the pool: with its neighbors in sequence,
/// and, while in flight, with those transmitted before and after it (RFC 8985 §6.1 asks for a time per segment).
struct TransmissionRecord: BitwiseCopyable {
    var start: SequenceNumber
    /// Behind its last octet.
    var end: SequenceNumber
    /// Microseconds above twelve bits of flags: 142 years.
    private var timeAndFlags: UInt64
    var next = RecordPool.none, previous = RecordPool.none
    var later = RecordPool.none, earlier = RecordPool.none

    init(_ start: SequenceNumber, _ end: SequenceNumber, sentAt time: UInt64) {
        (self.start, self.end, timeAndFlags) = (start, end, time &<< 12)
    }

    var octets: Int { end - start }

    /// When it was last transmitted, in microseconds of the stack's time.
    var sentAt: UInt64 {
        get { timeAndFlags &>> 12 }
        set { timeAndFlags = newValue &<< 12 | timeAndFlags & 0xfff }
    }

    /// The receiver has said that it holds it. RFC 2018 §8: it may still let go of it.
    var isSacked: Bool { get { has(1) } set { set(1, newValue) } }
    /// Taken for lost, and not transmitted since.
    var isLost: Bool { get { has(2) } set { set(2, newValue) } }
    /// Transmitted more than once.
    var isResent: Bool { get { has(4) } set { set(4, newValue) } }

    var isInFlight: Bool { timeAndFlags & 3 == 0 }
    var isFresh: Bool { timeAndFlags & 7 == 0 }

    private func has(_ flag: UInt64) -> Bool { timeAndFlags & flag != 0 }
    private mutating func set(_ flag: UInt64, _ isOn: Bool) { if isOn { timeAndFlags |= flag } else { timeAndFlags &= ~flag } }
}

/// The records of all connections of a stack: taken when something is transmitted, given back when it has arrived.
struct RecordPool: ~Copyable {
    private var slab: LazySlab<TransmissionRecord>
    /// How often there was none to take.
    private(set) var exhaustions: UInt64 = 0

    /// No record's position.
    @inline(__always) static var none: UInt32 { .max }

    init(records: Int) { slab = LazySlab(count: records) }

    var used: Int { slab.used }

    mutating func take(_ record: TransmissionRecord) -> UInt32? {
        let position = slab.take(record)
        if position == nil { exhaustions &+= 1 }
        return position
    }

    @inline(__always) mutating func give(_ position: UInt32) { slab.give(position) }

    subscript(position: UInt32) -> TransmissionRecord {
        @inline(__always) _read { yield slab[position] }
        @inline(__always) _modify { yield &slab[position] }
    }
}

extension Instant {
    /// Whole microseconds since the origin, the unit in which transmissions are remembered.
    @inline(__always) var microseconds: UInt64 { nanoseconds / 1000 }
    init(microseconds: UInt64) { self.init(nanoseconds: microseconds > .max / 1000 ? .max : microseconds &* 1000) }
}

extension Interval {
    /// Rounded down; nothing is negative.
    @inline(__always) var microseconds: UInt64 { UInt64(max(nanoseconds, 0)) / 1000 }
    init(microseconds: UInt64) { self = .microseconds(Int(clamping: microseconds)) }
}
