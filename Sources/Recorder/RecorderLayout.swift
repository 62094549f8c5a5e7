internal import CDriver

/// The memory of a flight recorder: how it is made, and where its parts are. The layout is in `drydock_recorder.h`.
public enum RecorderLayout {
    /// Octets of a cell.
    public static let cell = Int(DRYDOCK_RECORDER_CELL)
    /// Cells that no event crosses the end of.
    public static let block = UInt64(DRYDOCK_RECORDER_BLOCK)
    /// Devices that have a place.
    public static let slots = Int(DRYDOCK_RECORDER_SLOTS)
    /// Octets of a frame that are kept.
    public static let snap = Int(DRYDOCK_RECORDER_SNAP)
    /// What a recorder holds when nothing else is said: 1 MiB of events.
    public static let standardRing = 1 << 20
    /// Rings may be from 64 KiB to 256 MiB, a power of two.
    public static let rings = (64 << 10)...(256 << 20)

    static let slotsOffset = MemoryLayout<drydock_recorder_header>.size
    static let mapsOffset = slotsOffset + slots * MemoryLayout<drydock_recorder_slot>.size
    static let ringOffset = (mapsOffset + Int(DRYDOCK_RECORDER_MAPS) + 4095) & ~4095
    static let calloutOctets = 32

    /// Octets of memory for a ring of that many octets.
    public static func length(ring: Int) -> Int { ringOffset + ring }

    /// Makes a recorder of zeroed memory. Done once, by whoever owns the memory; after it, `RecorderWriter` finds its way.
    ///
    /// - Parameter ring: octets of the ring; a power of two within `rings`.
    // SAFETY: the caller gives `length(ring:)` octets, aligned to a page.
    public static func format(_ memory: UnsafeMutableRawPointer, ring: Int) {
        precondition(rings.contains(ring) && ring & (ring - 1) == 0, "a ring is a power of two")
        let header = unsafe memory.bindMemory(to: drydock_recorder_header.self, capacity: 1)
        unsafe header.pointee.version = DRYDOCK_RECORDER_VERSION
        unsafe header.pointee.length = UInt32(length(ring: ring))
        unsafe header.pointee.slots_offset = UInt32(slotsOffset)
        unsafe header.pointee.maps_offset = UInt32(mapsOffset)
        unsafe header.pointee.ring_offset = UInt32(ringOffset)
        unsafe header.pointee.ring_cells = UInt32(ring / cell)
        let steady = drydock_ticks_are_steady() == 1
        unsafe header.pointee.clock = steady ? 1 : 0
        let moment = ClockMoment.now(isCounting: steady)
        unsafe header.pointee.ticks0 = moment.stamp
        unsafe header.pointee.monotonic0 = moment.monotonic
        unsafe header.pointee.calendar0 = drydock_calendar()
        unsafe header.pointee.magic = DRYDOCK_RECORDER_MAGIC
    }

    /// Notes how far the clock has come: what makes the stamps of a recorder readable whose writer is gone.
    // SAFETY: `memory` was formatted.
    public static func calibrate(_ memory: UnsafeMutableRawPointer) {
        let header = unsafe memory.assumingMemoryBound(to: drydock_recorder_header.self)
        let moment = unsafe ClockMoment.now(isCounting: header.pointee.clock == 1)
        unsafe header.pointee.ticks1 = moment.stamp
        unsafe header.pointee.monotonic1 = moment.monotonic
    }
}

/// Which frames' way an event tells of.
public enum RecordedDirection: UInt8, Sendable, Codable { case received, sent }

/// Why a frame got no further than driver or stack.
public enum RecordedLoss: UInt8, Sendable, CaseIterable {
    case none, driverError, malformed, noMemory, unsent, stopped

    /// Empty when it was not lost.
    public var text: String {
        switch self {
        case .none: ""
        case .driverError: "the driver says it is bad"
        case .malformed: "its length, slot or chain cannot be"
        case .noMemory: "no slot for it"
        case .unsent: "given back unsent"
        case .stopped: "the interface was stopped"
        }
    }
}

/// The kinds of events, as their first cell has them.
public enum RecordedKind: UInt8, Sendable, CaseIterable {
    /// Nothing: the rest of a block.
    case padding
    case load, store, configLoad, configStore
    case map, unmap, allocate, free
    /// A callout that moves buffers: its number, how many, the first one's slot.
    case handOver
    case interrupt, callout, frame, link
    /// Text: of the driver, of the bus, of a model that saw a rule broken, of a driver that gives its device up.
    case log, note, violation, failed
    case delay, interruptMode, reset, attached, detached
}
