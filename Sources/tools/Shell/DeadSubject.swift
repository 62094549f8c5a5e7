internal import Dossier
internal import FoundationEssentials
internal import Host
internal import Messages
internal import Recorder
internal import Shell

/// What a stack has left: a crash's folder, or a core alone.
final class DeadSubject: ShellSubject {
    private let folder: CrashFolder
    private let core: CoreImage
    private let path: String

    /// - Parameter path: a core; what else is known lies beside it.
    init(_ path: String) throws(ToolFailure) {
        self.path = path
        folder = CrashFolder(Paths.folder(of: path))
        do throws(Missing) { core = try CoreImage(path) } catch {
            let isPacked = FileSystem.exists(path + ".gz")
            throw ToolFailure(path, isPacked ? "the core is packed" : error.why, isPacked ? "unpack it: gzip -d \(path).gz" : "see the crashes: drydock postmortem --list")
        }
    }

    var title: String { path }
    var end: String? { nil }

    func target(isReadOnly: Bool) -> InspectedTarget {
        let memory = CoreMemory(core)
        let images = LoadedImages(memory, folder: folder, texts: folder.texts)
        memory.files = { [weak images] path, address in images?.file(of: path, at: address) }
        return InspectedTarget(memory, images, isReadOnly: isReadOnly)
    }

    func threads() throws(ShellError) -> CoreImage { core }

    func stacks(_ core: CoreImage) -> [Dossier.ThreadStack] {
        var names = Symboliser(core, folder, texts: folder.texts, time: .seconds(20))
        return names.stacks(core, faulting: nil)
    }

    func devices() throws(ShellError) -> [String: RecordedDevice] {
        try past().devices
    }

    /// What is dead stays as it is.
    var places: [UInt8]? { [] }

    private var known: RecordedPast?
    func past() throws(ShellError) -> RecordedPast {
        if let known { return known }
        guard let past = RecordedPast(file: folder.file(Tombstone.recorderFile)) else { throw .refused("no flight recorder lies beside the core") }
        known = past
        return past
    }

    func look(_ interface: String, _ part: NICLook.Part) throws(ShellError) -> NICLook {
        let devices = try devices()
        guard let device = devices[interface] else { throw ShellError.noDevice(interface, devices.keys.sorted()) }
        let file = folder.file("\(CrashFolder.nics)/\(device.nic).json")
        guard let octets = try? FileDescriptor.open(file, FileFlags.read).readAll(limit: 4 << 20) else {
            throw .refused("nothing was kept of NIC \(device.nic): \(file) is not there")
        }
        guard let report = try? JSONDecoder().decode(QuietReport.self, from: Data(octets)) else { throw .refused("\(file) is damaged, or of another build") }
        if let failure = report.failure { throw .refused("NIC \(device.nic) could not be asked at the time: \(failure)") }
        return NICLook(
            nic: report.nic, registers: report.registers, notRead: report.notRead, rings: report.rings, holder: report.holder, pid: report.pid, mappings: [],
            interrupts: 0, accesses: 0, configuration: [])
    }

    func value(of path: RegisterPath) throws(ShellError) -> UInt64 {
        guard let value = path.value(in: try look(path.interface, .all)) else { throw .refused("\(path.register) cannot be seen from outside") }
        return value
    }

    func status(_ interface: String) throws(ShellError) -> NICStatus { throw .refused("of \(interface)'s NIC only the registers were kept") }

    private(set) lazy var dossier: Dossier? = FileSystem.exists(folder.file(Tombstone.file)) ? DossierBuilder(folder).build() : nil

    func storeRegister(_ name: String, _ octets: [UInt8]) throws(ShellError) { throw .refused("\(name) is what it was: the device's stack is dead") }
    var type: String { "io-pkt" }
    private var isDead: ShellError { .refused("what is dead neither runs nor stops; that is for a stack that lives") }
    func processes() throws(ShellError) -> [(name: String, pid: Int32)] { throw isDead }
    func signal(_ signal: Signal) throws(ShellError) { throw isDead }
    func breakpoint(_ wanted: Breakpoint) throws(ShellError) -> BreakpointFeed { throw isDead }
    func order(_ request: NICRequest, _ interface: String) throws(ShellError) { throw isDead }
    func runTool(_ name: String, _ words: [String], output: @escaping (String) -> Void, complaint: @escaping (String) -> Void) -> Int32? { nil }

    /// Told by a copy of the process when it was dead already, or stood for its core.
    private lazy var testimony: Testimony? = core.testimony.flatMap { Testimony(octets: $0) }

    func ask(_ request: StackRequest) throws(ShellError) -> (reply: StackReply, instead: String?) {
        guard let reply = testimony?.reply(to: request) else {
            throw .refused("the stack is dead, and its core does not say; its settings are in plan.json beside the core")
        }
        return (reply, nil)
    }
}

/// A recorder of a file, or of memory that was handed over: its events with their names, as often as they are asked for.
final class RecordedPast {
    private let view: ReadOnlyView
    private var known: (places: [UInt8], devices: [String: RecordedDevice])?

    convenience init?(file: String) {
        guard let view = try? ReadOnlyView(file: file, limit: RecorderLayout.length(ring: RecorderLayout.rings.upperBound)) else { return nil }
        self.init(view)
    }

    /// - Returns: nil when the memory holds no recorder of this version.
    init?(_ view: ReadOnlyView) {
        self.view = view
        guard reader != nil else { return nil }
    }

    // SAFETY: the reader uses the view's octets, and ends with the call that made it.
    private var reader: RecorderReader? { unsafe RecorderReader(view.octets) }

    /// Changes with every device that comes or goes.
    var places: [UInt8]? { reader?.places }

    /// The devices that have or had a place, by interface.
    var devices: [String: RecordedDevice] {
        guard let reader else { return [:] }
        let places = reader.places
        if let known, known.places == places { return known.devices }
        let devices = TraceNaming(reader).known
        known = (places, devices)
        return devices
    }

    /// The events of these kinds, the newest last.
    ///
    /// - Parameters:
    ///   - cells: look into the newest so many only, of 32 octets each.
    ///   - wanted: which of them are named: a name costs more than all the rest.
    func records(of kinds: Set<RecordedKind>, newest cells: UInt64? = nil, where wanted: (RecordedEvent) -> Bool = { _ in true }) -> [TraceRecord] {
        guard var reader else { return [] }
        var naming = TraceNaming(reader), records: [TraceRecord] = []
        reader.kinds = kinds
        if let cells { reader.seek(back: cells) }
        while let events = reader.next() {
            for event in events {
                if case .attached = event.body { _ = naming.name(event) }
                if wanted(event) { records.append(naming.name(event)) }
            }
        }
        return records
    }
}
