internal import Recorder
internal import Messages

/// What a recorder holds of the time before a death: its last events by name, and what follows from all of them.
struct RecordedStory {
    /// The last ones.
    private(set) var records: [TraceRecord] = []
    private(set) var devices: [String: RecordedDevice] = [:]
    private(set) var registers: [Place: Seen] = [:]
    private(set) var rings: [Dossier.RingState] = []
    private(set) var frames: [(record: TraceRecord, frame: RecordedEvent.Frame)] = []
    private(set) var notes: [String] = []
    /// Of the death, in nanoseconds since 1970.
    let end: UInt64
    let start: UInt64

    /// Puts what the driver's own process recorded where it belongs by its time.
    private mutating func add(_ driver: DriverStory) {
        // Stable: events of one moment stay in their recorder's order.
        let all = records + driver.records
        records = all.enumerated().sorted { ($0.element.calendar, $0.offset) < ($1.element.calendar, $1.offset) }.map(\.element).suffix(Self.mostRecords)
        registers.merge(driver.registers) { _, later in later }
        devices[driver.interface]?.registers = driver.table
        notes += driver.notes
    }

    struct Place: Hashable {
        var interface: String, region: UInt8, offset: UInt32
    }
    struct Seen {
        var access: RecordedEvent.Access, calendar: UInt64
    }

    static let mostRecords = 1000, mostFrames = 256, mostSlots = 16

    /// - Parameter stone: of an isolated driver's process: what that recorded itself comes between what its stack did.
    init(_ folder: CrashFolder, died: UInt64?, _ stone: Tombstone? = nil) throws(Missing) {
        let octets = try folder.octets(Tombstone.recorderFile, limit: RecorderLayout.length(ring: RecorderLayout.rings.upperBound))
        guard let story = Self(octets, died: died, goesOn: stone?.isolated != nil) else { throw Missing("recorder is no flight recorder of this version") }
        self = story
        guard let stone, stone.isolated != nil else { return }
        do throws(Missing) { add(try DriverStory(folder, stone, until: end)) } catch { notes.append("of the driver's own process: \(error.why)") }
    }

    /// - Parameter goesOn: the writer went on after the death; what it wrote then is none of it.
    // SAFETY: the reader does not outlive the array's octets, which are copied to memory that is aligned as it wants.
    init?(_ octets: [UInt8], died: UInt64?, goesOn: Bool = false) {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(octets.count, 1), alignment: 4096)
        defer { unsafe room.deallocate() }
        unsafe room.copyBytes(from: octets)
        guard var reader = unsafe RecorderReader(UnsafeRawBufferPointer(rebasing: room[..<octets.count])) else { return nil }
        start = reader.clock.start
        var naming = TraceNaming(reader), collected = Collected()
        while let events = reader.next() {
            for event in events where !goesOn || event.calendar <= died ?? .max { collected.add(event, naming.name(event)) }
        }
        devices = naming.known
        end = died ?? collected.records.last?.calendar ?? 0
        records = collected.records.suffix(Self.mostRecords)
        (registers, frames) = (collected.registers, Array(collected.frames.suffix(Self.mostFrames)))
        rings = collected.rings.values.sorted { ($0.interface, $0.direction.rawValue) < ($1.interface, $1.direction.rawValue) }.map { ring in
            var ring = ring
            (ring.lastGiven, ring.lastReturned) = (ring.lastGiven.map { age($0) }, ring.lastReturned.map { age($0) })
            ring.slots = ring.slots.suffix(Self.mostSlots)
            return ring
        }
        if reader.isTorn { notes.append("the last event was not finished") }
        if reader.damaged > 0 { notes.append("\(reader.damaged) stretches hold no event: the memory was overwritten") }
        if reader.overwritten > 0 { notes.append("older events have been overwritten") }
    }

    /// Nanoseconds before the death.
    func age(_ calendar: UInt64) -> UInt64 { end > calendar ? end - calendar : 0 }

    /// What is recorded while all is read.
    private struct Collected {
        var records: [TraceRecord] = []
        var registers: [Place: Seen] = [:]
        var rings: [String: Dossier.RingState] = [:]
        var frames: [(record: TraceRecord, frame: RecordedEvent.Frame)] = []

        mutating func add(_ event: RecordedEvent, _ record: TraceRecord) {
            records.append(record)
            if records.count > 4 * mostRecords { records.removeFirst(records.count - mostRecords) }
            switch event.body {
            case .access(let access):
                guard let region = access.region else { return }
                registers[Place(interface: record.interface, region: region, offset: access.offset)] = Seen(access: access, calendar: event.calendar)
            case .frame(let frame):
                frames.append((record, frame))
                if frames.count > 4 * mostFrames { frames.removeFirst(frames.count - mostFrames) }
                let state = frame.direction == .received ? "came back with a frame of \(frame.length) octets" : "sent: \(frame.length) octets"
                note(record, frame.direction == .received ? .receive : .transmit, slot: frame.buffer, state)
            case .handOver(_, let count, _, let first, _): handOver(record, count, first)
            case .attached: rings = rings.filter { $0.value.interface != record.interface }
            default: return
            }
        }

        private mutating func handOver(_ record: TraceRecord, _ count: Int, _ first: UInt32) {
            guard count > 0, let callout = Callout.allCases.first(where: { $0.name == record.action }) else { return }
            switch callout {
            case .provideReceive, .provideTransmit:
                let direction: Dossier.RingState.Direction = callout == .provideReceive ? .receive : .transmit
                note(record, direction, slot: first, "given to the driver") { ($0.given, $0.lastGiven) = ($0.given + count, record.calendar) }
            case .returnReceive, .returnTransmit:
                let direction: Dossier.RingState.Direction = callout == .returnReceive ? .receive : .transmit
                note(record, direction, slot: first, "taken back from the driver") { ($0.returned, $0.lastReturned) = ($0.returned + count, record.calendar) }
            default: return
            }
        }

        private mutating func note(
            _ record: TraceRecord, _ direction: Dossier.RingState.Direction, slot: UInt32, _ state: String,
            _ change: (inout Dossier.RingState) -> Void = { _ in }
        ) {
            let key = "\(record.interface) \(direction)"
            var ring = rings[key] ?? Dossier.RingState(interface: record.interface, direction: direction, given: 0, returned: 0, slots: [], registers: [])
            ring.slots.removeAll { $0.slot == slot }
            ring.slots.append(.init(slot: slot, state: state, event: record.number))
            if ring.slots.count > 4 * mostSlots { ring.slots.removeFirst(ring.slots.count - mostSlots) }
            change(&ring)
            rings[key] = ring
        }
    }
}

extension RecordedStory {
    /// The callout that ran at the end, by the events that were recorded since the last one ended.
    func running(_ callout: String, _ interface: String) -> Dossier.RunningCallout {
        let all = records.filter { $0.interface == interface }
        // Where the driver ran in a process of its own, what its stack asked of that is no callout of the driver's.
        let mine = all.contains { $0.process != nil } ? all.filter { $0.process != nil } : all
        let last = mine.lastIndex { [.callout, .buffers].contains($0.kind) }
        let within = last.map { mine[($0 + 1)...] } ?? mine[...]
        // Frames and the interrupt itself are written before the callout begins.
        let inside = within.filter { ![.frame, .irq].contains($0.kind) }
        return Dossier.RunningCallout(
            name: callout, interface: interface, atLeast: inside.first.map { age($0.calendar) }, events: inside.count)
    }

    /// What a driver last stored to or loaded from each register.
    func lastSeen() -> [Dossier.DeviceRegisters] {
        devices.values.sorted { $0.interface < $1.interface }.compactMap { device in
            let places = registers.filter { $0.key.interface == device.interface }.sorted { ($0.key.region, $0.key.offset) < ($1.key.region, $1.key.offset) }
            guard !places.isEmpty else { return nil }
            let list = places.map { place, seen in
                let fields = device.registers.find(region: place.region, offset: place.offset)?.register.fields ?? []
                return Dossier.DeviceRegisters.Register(
                    name: device.registers.name(region: place.region, offset: place.offset), offset: place.offset, value: seen.access.value,
                    fields: fields.map { .init(name: $0.name, value: $0.value(in: seen.access.value)) }.filter { $0.value != 0 },
                    age: age(seen.calendar), isStore: seen.access.isStore)
            }
            return Dossier.DeviceRegisters(
                interface: device.interface, nic: device.nic, source: "as the driver last stored or loaded them, by the flight recorder", registers: list)
        }
    }

    /// What the stack was busy with: the newest frame or interrupt of an interface.
    func occasion(_ interface: String?) -> String? {
        let mine = records.filter { interface == nil || $0.interface == interface }
        if let frame = mine.last(where: { $0.kind == .frame }), age(frame.calendar) < 1_000_000_000 {
            let what = (frame.text ?? "").split(separator: "|").last.map { $0.trimmed } ?? ""
            return "the last frame \(frame.action), \(Figure.span(age(frame.calendar))) before, was of \(frame.length ?? 0) octets" + (what.isEmpty ? "" : " (\(what))")
        }
        guard let interrupt = mine.last(where: { $0.kind == .irq }) else { return nil }
        return "its last interrupt came \(Figure.span(age(interrupt.calendar))) before"
    }
}

extension Substring {
    var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
