internal import CDriver

/// A recorder's header, checked: nothing in it is believed beyond the memory it stands in.
struct RecorderHeader {
    let slots: Int, maps: Int, ring: Int
    let cells: UInt64
    let clock: RecorderClock

    // SAFETY: reads within `memory`'s count only.
    init?(_ memory: UnsafeRawBufferPointer) {
        guard memory.count >= RecorderLayout.ringOffset, let base = memory.baseAddress else { return nil }
        let header = unsafe base.load(as: drydock_recorder_header.self)
        guard header.magic == DRYDOCK_RECORDER_MAGIC, header.version == DRYDOCK_RECORDER_VERSION else { return nil }
        (slots, maps, ring) = (Int(header.slots_offset), Int(header.maps_offset), Int(header.ring_offset))
        cells = UInt64(header.ring_cells)
        guard slots == RecorderLayout.slotsOffset, maps == RecorderLayout.mapsOffset, ring == RecorderLayout.ringOffset,
            cells >= RecorderLayout.block, cells & (cells - 1) == 0, cells <= 1 << 24,
            ring + Int(cells) * RecorderLayout.cell <= memory.count
        else { return nil }
        clock = RecorderClock(
            isCounting: header.clock == 1, ticks: (header.ticks0, header.ticks1), monotonic: (header.monotonic0, header.monotonic1),
            calendar: header.calendar0)
    }
}

/// Makes times of stamps.
public struct RecorderClock: Sendable {
    let isCounting: Bool
    let ticks: (UInt64, UInt64), monotonic: (UInt64, UInt64)
    let calendar: UInt64

    /// The first moment, in nanoseconds of the monotonic clock.
    public var start: UInt64 { monotonic.0 }

    /// The same with a later second moment: now. Right on the machine that records, and only there.
    public func extended() -> RecorderClock {
        let moment = ClockMoment.now(isCounting: isCounting)
        return RecorderClock(
            isCounting: isCounting, ticks: (ticks.0, moment.stamp), monotonic: (monotonic.0, moment.monotonic), calendar: calendar)
    }

    /// Nanoseconds of the monotonic clock.
    public func monotonic(_ stamp: UInt64) -> UInt64 {
        guard isCounting else { return stamp }
        guard stamp >= ticks.0 else { return monotonic.0 }
        return monotonic.0 &+ nanoseconds(stamp &- ticks.0)
    }

    /// Nanoseconds since 1970.
    public func calendar(_ stamp: UInt64) -> UInt64 { calendar &+ (monotonic(stamp) &- monotonic.0) }

    /// A span of the clock in nanoseconds.
    public func nanoseconds(_ span: UInt64) -> UInt64 {
        guard isCounting else { return span }
        let (passed, measured) = (ticks.1 &- ticks.0, monotonic.1 &- monotonic.0)
        guard ticks.1 > ticks.0, monotonic.1 > monotonic.0 else { return span }
        let product = span.multipliedFullWidth(by: measured)
        guard product.high < passed else { return .max }
        return passed.dividingFullWidth(product).quotient
    }
}

extension RecorderClock {
    /// The clock of a recorder that was copied whole; nil: it is none of this version.
    public init?(of octets: [UInt8]) {
        let header = unsafe octets.withUnsafeBytes { unsafe RecorderHeader($0) }
        guard let clock = header?.clock else { return nil }
        self = clock
    }
}
