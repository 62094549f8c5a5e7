internal import Dossier
internal import Host
internal import Messages
internal import Recorder

/// The flight recorders that tell of one stack: its own, and those of the NICs that its drivers drive.
struct TraceSource {
    /// One recorder's memory, and how far it has been read.
    private final class Stream {
        let view: ReadOnlyView
        var reader: RecorderReader
        var naming: TraceNaming
        /// Of hardware; nil: the stack's own.
        let nic: String?

        // SAFETY: the reader uses the view's octets, and goes with it.
        init?(_ view: ReadOnlyView, nic: String?) {
            guard let reader = unsafe RecorderReader(view.octets) else { return nil }
            (self.view, self.reader, self.nic) = (view, reader, nic)
            naming = TraceNaming(reader)
        }

        func read(isLive: Bool) -> [TraceRecord] {
            // The clock's second moment: now, while its machine and its writer are there.
            if isLive { reader.clock = reader.clock.extended() }
            var records: [TraceRecord] = []
            while let events = reader.next() { records += events.map { naming.name($0) } }
            return records
        }
    }

    /// What it is called: `/sock2`, a crash's folder, a file.
    let title: String
    /// nil: of a file, which is what it is whoever lives.
    private let name: FolderName?
    /// The supervisor of a living stack.
    let pid: Int32?
    /// Why it died; nil: it lives.
    let tombstone: Tombstone?
    private let runtime: RuntimeDirectory?
    private let patience: Duration
    private let stack: Stream
    private var hardware: [Stream] = []
    /// Of isolated drivers' processes: the one that died, or those that were found to live.
    private var drivers: [(birth: HostBirth, stream: Stream)] = []
    /// When living ones are looked for again.
    private var nextLook: UInt64 = 0

    /// The recorder of the stack of that name, living or dead.
    init(_ runtime: RuntimeDirectory, _ name: FolderName, patience: Duration) throws(ToolFailure) {
        (self.runtime, self.name, self.patience, title) = (runtime, name, patience, StackClient.title(name))
        if let live = runtime.live(.stack, name) {
            (pid, tombstone) = (live.pid, nil)
            stack = try Self.stream(Self.live(live.path, name, patience), title)
        } else {
            guard let stone = Tombstone.read(runtime.folder(.stack, name)) else {
                // Its sentence says which stacks there are.
                _ = try StackClient(runtime, name, patience: patience)
                throw ToolFailure(StackClient.title(name), "it has just been started", "try again")
            }
            (pid, tombstone) = (nil, stone)
            let path = "\(runtime.folder(.stack, name))/\(Tombstone.recorderFile)"
            guard let view = try? ReadOnlyView(file: path, limit: RecorderLayout.length(ring: RecorderLayout.rings.upperBound)) else {
                throw ToolFailure(StackClient.title(name), "it died and left no flight recorder", "see why it died: drydock instances")
            }
            stack = try Self.stream(view, title)
        }
        for device in stack.reader.devices { add(nic: device.nic) }
        findDrivers()
    }

    /// What a crash left in its folder, or a copy of a recorder: from anywhere, so that no NIC of ours has to do with it.
    ///
    /// - Parameter file: a folder that holds a recorder, or the recorder.
    init(file: String) throws(ToolFailure) {
        let isFolder = FileSystem.exists("\(file)/\(Tombstone.recorderFile)")
        let path = isFolder ? "\(file)/\(Tombstone.recorderFile)" : file
        (runtime, name, patience, pid) = (nil, nil, .zero, nil)
        tombstone = isFolder ? Tombstone.read(file) : nil
        title = Paths.name(of: file)
        let view: ReadOnlyView
        do { view = try ReadOnlyView(file: path, limit: RecorderLayout.length(ring: RecorderLayout.rings.upperBound)) } catch {
            throw ToolFailure(path, "it cannot be read: \(error.number)", "give a crash's folder or a file that is a flight recorder")
        }
        stack = try Self.stream(view, title)
        if let stone = tombstone, stone.isolated != nil, let stream = driverStream(file) {
            drivers = [(HostBirth(pid: stone.pid, interface: stone.interface ?? ""), stream)]
        }
    }

    /// Another process may drive a device by now; what the one before had done is told to its end.
    private mutating func findDrivers() {
        let now = MonotonicClock.now()
        guard pid != nil, let folder, now >= nextLook else { return }
        nextLook = now + 1_000_000_000
        for (birth, view) in DriverRecorders.ask(folder, patience: patience) where !drivers.contains(where: { $0.birth == birth }) {
            if drivers.count >= Self.mostDrivers { drivers.removeFirst() }
            if let stream = Stream(view, nic: nil) { drivers.append((birth, stream)) }
        }
    }

    private static let mostDrivers = 32

    /// What the process itself recorded lies beside. Its clock is the stack's, whatever it says.
    private func driverStream(_ folder: String) -> Stream? {
        let length = RecorderLayout.length(ring: RecorderLayout.standardRing)
        guard let view = try? ReadOnlyView(file: "\(folder)/\(Tombstone.driverRecorderFile)", limit: length) else { return nil }
        let stream = Stream(view, nic: nil)
        stream?.reader.clock = stack.reader.clock
        return stream
    }

    private static func live(_ folder: String, _ name: FolderName, _ patience: Duration) throws(ToolFailure) -> ReadOnlyView {
        let title = StackClient.title(name)
        do {
            let connection = try Connection(path: "\(folder)/supervisor", timeout: patience)
            var answer = try connection.send(SupervisorRequest.recorder, expecting: SupervisorReply.self, timeout: patience)
            guard case .recorder(let octets) = answer.reply, let descriptor = answer.descriptors.take() else {
                throw ToolFailure(title, "the supervisor's answer does not fit the question", "restart the stack with the same build as this tool")
            }
            do { return try ReadOnlyView(received: descriptor, length: octets) } catch {
                throw ToolFailure(title, "its flight recorder cannot be mapped: \(error)", "")
            }
        } catch let error as ToolFailure { throw error } catch let error as MessageFailure {
            throw ToolFailure(error.failure("the flight recorder", of: title))
        } catch { throw ToolFailure(title, "\(error)", "") }
    }

    private static func stream(_ view: ReadOnlyView, _ title: String) throws(ToolFailure) -> Stream {
        guard let stream = Stream(view, nic: nil) else {
            throw ToolFailure(title, "what it left is no flight recorder of this version", "use tools of the same build")
        }
        return stream
    }

    /// A NIC's own recorder, where the NIC is there and answers: what is missing is not the stack's fault.
    private mutating func add(nic: String) {
        guard !nic.isEmpty, !hardware.contains(where: { $0.nic == nic }), let runtime, let client = try? NicClient(nic, runtime, patience),
            let view = try? client.recorder(), let stream = Stream(view, nic: nic)
        else { return }
        hardware.append(stream)
    }

    /// Devices by interface, those that were there included.
    var devices: [String: RecordedDevice] {
        var known = stack.naming.known
        // The registers' names of an isolated driver are in its process alone.
        for driver in drivers { if let own = driver.stream.reader.devices.first { known[driver.birth.interface]?.registers = own.registers } }
        return known
    }
    /// The recorder's first moment.
    var start: UInt64 { stack.reader.clock.start }
    /// Whether the last event was not finished.
    var isTorn: Bool { stack.reader.isTorn }
    /// Cells lost to the reader, and stretches that held no event, so far.
    var overwritten: UInt64 { stack.reader.overwritten }
    var damaged: UInt64 { stack.reader.damaged }

    /// What has happened since the last time, in the order of its times.
    mutating func read() -> [TraceRecord] {
        var records = stack.read(isLive: pid != nil)
        for device in stack.naming.known.values { add(nic: device.nic) }
        for stream in hardware {
            let interface = stack.naming.known.values.first { $0.nic == stream.nic }?.interface ?? ""
            // A NIC that is there is on this machine, also when the stack is dead.
            for var record in stream.read(isLive: true) where record.time >= start && record.kind != .device {
                (record.interface, record.nic) = (interface, stream.nic)
                records.append(record)
            }
        }
        findDrivers()
        for driver in drivers {
            // Its clock is the stack's, whatever it says.
            driver.stream.reader.clock = stack.reader.clock
            records += driver.stream.read(isLive: false).compactMap { $0.told(by: driver.birth.pid, of: driver.birth.interface) }
        }
        guard !hardware.isEmpty || !drivers.isEmpty else { return records }
        // Stable: events of one moment stay in their recorder's order.
        return records.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    /// Whether the stack still lives.
    var isAlive: Bool { pid != nil && living?.pid == pid }
    /// What is known of its end, now.
    var obituary: Tombstone? { tombstone ?? folder.flatMap(Tombstone.read) }

    private var living: RuntimeDirectory.Live? { name.flatMap { runtime?.live(.stack, $0) } }
    private var folder: String? { name.flatMap { runtime?.folder(.stack, $0) } }
}
