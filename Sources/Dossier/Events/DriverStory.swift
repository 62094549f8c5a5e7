internal import Recorder
internal import Messages

/// What the process of an isolated driver recorded itself, in memory that it could write anything into.
///
/// Believed is what harms nobody when it is a lie: what the driver did to its device, before its death. The interface, the clock and the
/// process are those that the stack knew.
struct DriverStory {
    let interface: String
    private(set) var records: [TraceRecord] = []
    private(set) var registers: [RecordedStory.Place: RecordedStory.Seen] = [:]
    private(set) var table = RegisterTable()
    private(set) var notes: [String] = []

    /// - Parameter end: of the death, in nanoseconds since 1970.
    init(_ folder: CrashFolder, _ stone: Tombstone, until end: UInt64) throws(Missing) {
        let octets = try folder.octets(Tombstone.driverRecorderFile, limit: RecorderLayout.length(ring: RecorderLayout.standardRing))
        let main = try folder.octets(Tombstone.recorderFile, limit: RecorderLayout.length(ring: RecorderLayout.rings.upperBound))
        guard let clock = RecorderClock(of: main), let story = Self(octets, clock, stone.interface ?? "", stone.pid, until: end) else {
            throw Missing("\(Tombstone.driverRecorderFile) is no flight recorder of this version, or was overwritten")
        }
        self = story
    }

    // SAFETY: the reader does not outlive the array's octets, which are copied to memory that is aligned as it wants.
    init?(_ octets: [UInt8], _ clock: RecorderClock, _ interface: String, _ pid: Int32, until end: UInt64) {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(octets.count, 1), alignment: 4096)
        defer { unsafe room.deallocate() }
        unsafe room.copyBytes(from: octets)
        guard var reader = unsafe RecorderReader(UnsafeRawBufferPointer(rebasing: room[..<octets.count])) else { return nil }
        self.interface = CrashFolder.printable(interface)
        reader.clock = clock
        var naming = TraceNaming(reader)
        while let events = reader.next() {
            for event in events where event.calendar <= end { add(event, naming.name(event), pid) }
        }
        records = records.suffix(RecordedStory.mostRecords)
        table = naming.known.values.first?.registers ?? RegisterTable()
        if reader.isTorn { notes.append("the last event of the driver's own process was not finished") }
        if reader.damaged > 0 { notes.append("\(reader.damaged) stretches of what the driver's process recorded hold no event: it wrote over them") }
    }

    private mutating func add(_ event: RecordedEvent, _ named: TraceRecord, _ pid: Int32) {
        guard let record = named.told(by: pid, of: interface) else { return }
        records.append(record)
        if records.count > 4 * RecordedStory.mostRecords { records.removeFirst(records.count - RecordedStory.mostRecords) }
        guard case .access(let access) = event.body, let region = access.region else { return }
        registers[.init(interface: interface, region: region, offset: access.offset)] = .init(access: access, calendar: event.calendar)
    }
}

extension TraceRecord {
    /// As an event from the recorder of a driver's process; nil: such a process has nothing to say of it. Frames, the link and the attaching
    /// are the stack's to tell; text could be anything.
    package func told(by process: Int32, of interface: String) -> TraceRecord? {
        let isOfDevice = kind == .device && (action == "reset" || action.hasPrefix("interrupts "))
        guard isOfDevice || [.register, .config, .dma, .buffers, .irq, .callout, .delay].contains(kind) else { return nil }
        var record = self
        (record.interface, record.process) = (interface, process)
        return record
    }
}
