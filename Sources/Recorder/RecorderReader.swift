internal import CDriver

/// A device that has a place in a recorder.
public struct RecordedDevice: Sendable, Equatable {
    public var slot: Int
    public var interface: String, driver: String, nic: String
    /// `sim`, `qemu`, `vfio`.
    public var bus: String
    /// Events of the slot below this number are an earlier device's.
    public var since: UInt64
    public var isAttached: Bool
    public var registers: RegisterTable
}

/// Reads a flight recorder, living or dead, without stopping its writer. What was overwritten while it was being read is
/// counted and left out; what cannot be an event is counted as damaged.
// SAFETY: the memory stays mapped while the reader is used. It is shared with a writer that may be wild: everything is copied
// out before it is looked at, and every length is checked.
@safe public struct RecorderReader {
    private let memory: UnsafeRawBufferPointer
    private let header: RecorderHeader
    /// The next cell to be read.
    public private(set) var position: UInt64 = 0
    /// Cells that were overwritten before they could be read.
    public private(set) var overwritten: UInt64 = 0
    /// Stretches that held no event.
    public private(set) var damaged: UInt64 = 0
    public var clock: RecorderClock
    /// The kinds of events that are wanted, those of devices that were attached beside them; nil: all. What is not wanted costs little.
    public var kinds: Set<RecordedKind>? { didSet { mask = Self.mask(kinds) } }
    private var mask = UInt32.max

    private static func mask(_ kinds: Set<RecordedKind>?) -> UInt32 {
        kinds.map { $0.union([.attached]).reduce(0) { $0 | 1 << UInt32($1.rawValue) } } ?? .max
    }

    /// - Returns: nil when the memory holds no recorder of this version.
    public init?(_ memory: UnsafeRawBufferPointer) {
        guard let header = unsafe RecorderHeader(memory) else { return nil }
        unsafe self.memory = memory
        (self.header, clock) = (header, header.clock)
    }

    private var shared: UnsafePointer<drydock_recorder_header> {
        unsafe memory.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: drydock_recorder_header.self)
    }
    private var committed: UInt64 { unsafe drydock_load_acquire64(word(\.committed)) }
    private var claimed: UInt64 { unsafe drydock_load_acquire64(word(\.claimed)) }

    private func word(_ part: KeyPath<drydock_recorder_header, UInt64>) -> UnsafePointer<UInt64> {
        let offset = MemoryLayout<drydock_recorder_header>.offset(of: part) ?? 0
        return unsafe (memory.baseAddress.unsafelyUnwrapped + offset).assumingMemoryBound(to: UInt64.self)
    }

    /// Whether the writer stands in the middle of an event: for a dead one, that its last event is torn.
    public var isTorn: Bool { claimed != committed }

    /// Cells written so far.
    public var end: UInt64 { committed }

    /// Goes to where at most `cells` cells, and not more than the ring holds, are left to read.
    public mutating func seek(back cells: UInt64) {
        let end = committed, kept = min(cells, header.cells)
        let start = end > kept ? end - kept : 0
        position = start == 0 ? 0 : (start | (RecorderLayout.block - 1)) &+ 1
        if position > end { position = end & ~(RecorderLayout.block - 1) }
    }

    /// The next events, at most a block of them.
    ///
    /// - Returns: nil when there is nothing more, for now.
    public mutating func next() -> [RecordedEvent]? {
        let end = committed
        // A header that went backwards was overwritten; its ring is read anew from wherever it points.
        if position > end { position = end & ~(RecorderLayout.block - 1) }
        catchUp(end)
        guard position < end else { return nil }
        let start = position, stop = min(end, (start | (RecorderLayout.block - 1)) &+ 1)
        let octets = copy(start, stop)
        drydock_full_fence()
        let claimed = self.claimed
        guard claimed <= start &+ header.cells || claimed < end else {
            catchUp(claimed)
            // A writer is never a ring ahead of itself: this header was overwritten, and leads nowhere.
            guard position <= committed else {
                position = committed
                damaged &+= 1
                return nil
            }
            return []
        }
        position = stop
        return parse(octets, from: start)
    }

    /// Skips what has been overwritten, up to the next block, with a block to spare.
    private mutating func catchUp(_ end: UInt64) {
        guard end > position, end - position > header.cells else { return }
        let next = ((end - header.cells) | (RecorderLayout.block - 1)) &+ 1 &+ RecorderLayout.block
        let target = min(next, end & ~(RecorderLayout.block - 1))
        overwritten &+= target > position ? target - position : 0
        position = target
    }

    private func copy(_ start: UInt64, _ stop: UInt64) -> [UInt8] {
        let place = header.ring + Int(start & (header.cells - 1)) * RecorderLayout.cell
        return unsafe Array(memory[place..<place + Int(stop - start) * RecorderLayout.cell])
    }

    private mutating func parse(_ octets: [UInt8], from start: UInt64) -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var at = 0
        while at + RecorderLayout.cell <= octets.count {
            let head = unsafe octets.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: at, as: drydock_event.self) }
            let length = Int(head.cells) * RecorderLayout.cell
            guard head.cells > 0, at + length <= octets.count else {
                damaged &+= 1
                return events
            }
            if head.kind != RecordedKind.padding.rawValue, head.kind > 31 || mask >> UInt32(head.kind) & 1 == 1 {
                events.append(event(head, octets[(at + RecorderLayout.cell)..<(at + length)], start &+ UInt64(at / RecorderLayout.cell)))
                if case .unknown = events[events.count - 1].body { damaged &+= 1 }
            }
            at += length
        }
        return events
    }
}

extension RecorderReader {
    private func event(_ head: drydock_event, _ octets: ArraySlice<UInt8>, _ number: UInt64) -> RecordedEvent {
        let slot = head.slot < RecorderLayout.slots ? Int(head.slot) : nil
        var body = RecordedEvent.Body(
            kind: head.kind, detail: head.detail, count: head.count, first: head.first, second: head.second, octets: octets, clock: clock)
        if head.kind == RecordedKind.attached.rawValue, let slot, let device = attached(slot, head, octets, number) { body = .attached(device) }
        return RecordedEvent(number: number, time: clock.monotonic(head.time), calendar: clock.calendar(head.time), slot: slot, body: body)
    }

    private func attached(_ slot: Int, _ head: drydock_event, _ octets: ArraySlice<UInt8>, _ number: UInt64) -> RecordedDevice? {
        let text = octets.prefix(Int(head.count))
        guard text.allSatisfy({ (0x20..<0x7f).contains($0) || $0 == 9 }) else { return nil }
        let words = String(decoding: text, as: UTF8.self).split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4 else { return nil }
        return RecordedDevice(
            slot: slot, interface: words[0], driver: words[1], nic: words[2], bus: words[3], since: number, isAttached: true,
            registers: map(Int(head.first & 0xffff_ffff), Int(head.first >> 32)))
    }

    /// What the recorder says of its devices' places, as it lies there: while it is the same, so are ``devices``. A fraction of their cost.
    public var places: [UInt8] {
        unsafe Array(memory[header.slots..<header.slots + RecorderLayout.slots * MemoryLayout<drydock_recorder_slot>.size])
    }

    /// The devices that have or had a place.
    public var devices: [RecordedDevice] {
        (0..<RecorderLayout.slots).compactMap { slot in
            let place = header.slots + slot * MemoryLayout<drydock_recorder_slot>.size
            let entry = unsafe memory.loadUnaligned(fromByteOffset: place, as: drydock_recorder_slot.self)
            guard entry.state == 1 || entry.state == 2 else { return nil }
            return RecordedDevice(
                slot: slot, interface: text(place + 24, 16), driver: text(place + 40, 48), nic: text(place + 88, 48), bus: text(place + 136, 16),
                since: entry.since, isAttached: entry.state == 1, registers: map(Int(entry.map_offset), Int(entry.map_length)))
        }
    }

    /// What callout `number` is called.
    public func callout(_ number: UInt8) -> String {
        guard Int(number) < Int(DRYDOCK_RECORDER_CALLOUTS) else { return "callout \(number)" }
        let start = MemoryLayout<drydock_recorder_header>.offset(of: \.callouts)!
        let name = text(start + Int(number) * RecorderLayout.calloutOctets, RecorderLayout.calloutOctets)
        return name.isEmpty ? "callout \(number)" : name
    }

    private func map(_ offset: Int, _ length: Int) -> RegisterTable {
        let most = Int(DRYDOCK_RECORDER_MAPS)
        guard length > 0, offset >= 0, offset <= most, length <= most - offset else { return RegisterTable() }
        return unsafe RegisterTable(octets: Array(memory[(header.maps + offset)..<(header.maps + offset + length)]))
    }

    /// Text that ends at a zero; empty when it holds what cannot be printed.
    private func text(_ offset: Int, _ room: Int) -> String {
        let octets = unsafe Array(memory[offset..<offset + room].prefix { $0 != 0 })
        return octets.allSatisfy { (0x20..<0x7f).contains($0) } ? String(decoding: octets, as: UTF8.self) : ""
    }
}
