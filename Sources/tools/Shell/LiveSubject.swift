internal import Cores
internal import Dossier
internal import Host
internal import Messages
internal import Recorder
internal import Shell

/// A stack that lives, reached through its supervisor: whether the stack itself answers makes no difference to its memory and threads.
final class LiveSubject: ShellSubject {
    let name: FolderName
    private let world: World
    private let runtime: RuntimeDirectory
    private let supervisor: Connection
    private let folder: CrashFolder
    /// Of the driver's process; nil: the stack's own.
    private let process: Int32?
    private let interface: String?
    /// The file of that driver.
    private var driver: String?
    private let live: RuntimeDirectory.Live
    private var pid: Int32 = 0
    private var client: StackClient?
    /// Octets of memory that a picture of the threads holds: their stacks.
    private static let picture: UInt64 = 4 << 20
    /// Milliseconds that a called function has.
    var patience = 1000

    /// - Parameter interface: whose isolated driver's process is to be looked at.
    init(_ world: World, _ name: FolderName, interface: String?) throws(ToolFailure) {
        (self.world, self.name, self.interface) = (world, name, interface)
        runtime = try world.runtime()
        guard let live = runtime.live(.stack, name) else {
            // Its sentence says which stacks there are, or how this one died.
            _ = try StackClient(runtime, name, patience: world.patience)
            throw ToolFailure(StackClient.title(name), "it has just been started", "try again")
        }
        self.live = live
        // As the kernel names the files in it.
        folder = CrashFolder(live.path.replacing("//", with: "/"))
        do { supervisor = try Connection(path: "\(live.path)/supervisor", timeout: world.patience) } catch {
            throw ToolFailure(error.failure("its memory", of: StackClient.title(name)), exit: Exit.hung)
        }
        guard let interface else { process = nil; return }
        let stack = try StackClient(runtime, name, patience: world.patience)
        guard case .hardware(let report) = try stack.ask(.hardware(interface: interface)) else { throw stack.nonsense }
        guard let pid = report.isolation?.pid else {
            throw ToolFailure(interface, "its driver is in the stack's own process", "leave --driver out")
        }
        process = pid
        guard case .instance(let instance) = try stack.ask(.instance) else { throw stack.nonsense }
        driver = instance.drivers.first { $0.interfaces.contains(interface) }?.path
    }

    var title: String { StackClient.title(name) + (interface.map { ", driver of \($0)" } ?? "") + (pid == 0 ? "" : ", process \(pid)") }

    var end: String? {
        guard pid != 0, !FileSystem.exists("/proc/\(pid)") else { return nil }
        let stone = process == nil ? Tombstone.read(runtime.folder(.stack, name)) : nil
        let why = stone.map { $0.failure(name) }.map { "\($0.what): \($0.why)" } ?? "process \(pid) is gone"
        return "\(why); look at what it left: drydock shell --core \(StackClient.title(name))"
    }

    private func ask(_ request: SupervisorRequest, _ what: String, descriptors: [Int32] = [], time: Duration? = nil) throws(ToolFailure) -> Answer<SupervisorReply> {
        do {
            return try supervisor.send(request, expecting: SupervisorReply.self, descriptors: descriptors, timeout: time ?? world.patience, what: "shell")
        } catch { throw ToolFailure(error.failure(what, of: StackClient.title(name))) }
    }

    private var nonsense: ToolFailure {
        ToolFailure(StackClient.title(name), "the supervisor's answer does not fit the question", "restart the stack with the same build as this tool")
    }

    // MARK: Memory and threads

    /// - Throws: why the process's memory cannot be had.
    func open(isReadOnly: Bool) throws(ToolFailure) -> InspectedTarget {
        var answer = try ask(.memory(writing: !isReadOnly, process: process), "its memory")
        guard case .memory(let pid, let session) = answer.reply, let file = answer.descriptors.take() else { throw nonsense }
        self.pid = pid
        let memory = LiveMemory(pid: pid, file)
        let images = LoadedImages(memory, folder: folder, texts: folder.texts, driver: driver)
        return InspectedTarget(memory, images, isReadOnly: isReadOnly, only: interface, part: session) { [unowned self] function, arguments throws(ShellError) in
            try call(function, arguments)
        }
    }

    private var opened: InspectedTarget?
    func prepare(isReadOnly: Bool) throws(ToolFailure) { opened = try open(isReadOnly: isReadOnly) }

    func target(isReadOnly: Bool) -> InspectedTarget {
        guard let opened else { preconditionFailure("prepare comes first") }
        return opened
    }

    func threads() throws(ShellError) -> CoreImage {
        do {
            let file = try FileDescriptor.nameless()
            let answer = try ask(.dump(most: Self.picture, packets: false, process: process, isGlance: true), "its threads", descriptors: [file.raw], time: .seconds(20))
            guard case .dumped = answer.reply else { throw nonsense }
            return try CoreImage(file)
        } catch let error as ToolFailure { throw error.shell } catch let error as Missing { throw .refused(error.why) } catch { throw .refused("\(error)") }
    }

    func stacks(_ core: CoreImage) -> [Dossier.ThreadStack] {
        var names = Symboliser(core, folder, texts: folder.texts, time: .seconds(20))
        return names.stacks(core, faulting: nil)
    }

    private func call(_ function: UInt64, _ arguments: [Argument]) throws(ShellError) -> Returned {
        let integers = arguments.compactMap { if case .integer(let value) = $0 { value } else { nil } }
        let doubles = arguments.compactMap { if case .floating(let value) = $0 { value } else { nil } }
        guard doubles.count <= FunctionCall.mostDoubles else { throw .refused("a call takes \(FunctionCall.mostDoubles) floating-point numbers at most") }
        let wanted = FunctionCall(process: process, function: function, integers: integers, doubles: doubles, milliseconds: patience, anywhere: false)
        let deadline = Deadline(in: .milliseconds(Int64(patience)))
        do {
            while true {
                let answer = try ask(.call(wanted), "the call", time: .milliseconds(Int64(patience) + 5000))
                guard case .called(let outcome) = answer.reply else { throw nonsense }
                // Most of the time the stack waits; where it was met at work, it soon waits again.
                if case .busy = outcome, !deadline.hasPassed { Pause.milliseconds(1); continue }
                return try Self.returned(outcome, name: opened?.images)
            }
        } catch let error as ToolFailure { throw error.shell } catch let error as ShellError { throw error } catch { throw .refused("\(error)") }
    }

    private static func returned(_ outcome: CallOutcome, name images: LoadedImages?) throws(ShellError) -> Returned {
        func place(_ address: UInt64) -> String {
            let near = images?.symbol(at: address).map { " (\($0.name)\($0.offset > 0 ? " + 0x\(Number.hexadecimal($0.offset))" : ""))" } ?? ""
            return "0x\(Number.hexadecimal(address))\(near)"
        }
        switch outcome {
        case .returned(let integer, let floating): return Returned(integer, floating: floating)
        case .faulted(let signal, let at, let address):
            throw .refused("the call was stopped by \(Signal(rawValue: signal)) at \(place(at)), about address 0x\(Number.hexadecimal(address)); the stack goes on")
        case .lasted(let at): throw .refused("the call did not return in its time and was stopped at \(place(at)); the stack goes on")
        case .died: throw .refused("the process ended in the call")
        case .busy(let at): throw .refused("nothing was called: the process does not wait, it is busy at \(place(at)); see: tt")
        case .foreign: throw .refused("calls are not known on this machine's processor")
        }
    }

    // MARK: Devices and the stack

    func devices() throws(ShellError) -> [String: RecordedDevice] {
        try past().devices.filter(\.value.isAttached)
    }

    var places: [UInt8]? { (try? past())?.places }

    private var recorded: RecordedPast?
    /// The process has one recorder for its whole life.
    func past() throws(ShellError) -> RecordedPast {
        if let recorded { return recorded }
        do {
            var answer = try ask(.recorder, "the flight recorder")
            guard case .recorder(let octets) = answer.reply, let descriptor = answer.descriptors.take() else { throw nonsense }
            guard let past = RecordedPast(try ReadOnlyView(received: descriptor, length: octets)) else {
                throw ShellError.refused("the flight recorder is none of this version; use tools of the same build")
            }
            recorded = past
            return past
        } catch let error as ToolFailure { throw error.shell } catch let error as ShellError { throw error } catch { throw .refused("the flight recorder cannot be read: \(error)") }
    }

    private func nic(_ interface: String) throws(ShellError) -> NicClient {
        let devices = try devices()
        guard let device = devices[interface] else { throw ShellError.noDevice(interface, devices.keys.sorted()) }
        do throws(ToolFailure) { return try NicClient(device.nic, runtime, world.patience) } catch { throw error.shell }
    }

    func look(_ interface: String, _ part: NICLook.Part) throws(ShellError) -> NICLook {
        try asked(interface) { nic throws(ToolFailure) in try nic.look(part) }
    }

    func value(of path: RegisterPath) throws(ShellError) -> UInt64 {
        UInt64(try asked(path.interface) { nic throws(ToolFailure) in try nic.peek(region: path.region, offset: path.offset) })
    }

    func status(_ interface: String) throws(ShellError) -> NICStatus {
        try asked(interface) { nic throws(ToolFailure) in try nic.status() }
    }

    /// Connections that serve again; a NIC that was made anew under its old name gets another.
    private var clients: [String: NicClient] = [:]

    private func asked<Answer>(_ interface: String, _ ask: (NicClient) throws(ToolFailure) -> Answer) throws(ShellError) -> Answer {
        if let client = clients[interface] {
            if let answer = try? ask(client) { return answer }
            clients[interface] = nil
        }
        let client = try nic(interface)
        clients[interface] = client
        do throws(ToolFailure) { return try ask(client) } catch { throw error.shell }
    }

    var dossier: Dossier? { nil }

    func storeRegister(_ name: String, _ octets: [UInt8]) throws(ShellError) {
        let path = try RegisterPath(name, devices()), nic = try nic(path.interface)
        let value = octets.reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        do throws(ToolFailure) { try nic.store(region: UInt32(path.region), offset: path.offset, width: UInt32(octets.count), value: value) } catch { throw error.shell }
    }

    var type: String { live.number.map { "io-pkt\($0)" } ?? "io-pkt" }

    func processes() throws(ShellError) -> [(name: String, pid: Int32)] {
        var all = [(name: process == nil ? "stack" : "driver", pid: pid), (name: "supervisor", pid: live.pid)]
        for device in try devices().values {
            if let nic = FolderName(device.nic).flatMap({ runtime.live(.nic, $0) }) { all.append(("NIC \(device.nic)", nic.pid)) }
        }
        return all
    }

    func signal(_ signal: Signal) throws(ShellError) {
        do throws(ToolFailure) {
            guard case .done = try ask(.signal(signal.rawValue), "a signal").reply else { throw nonsense }
        } catch { throw error.shell }
    }

    func breakpoint(_ wanted: Breakpoint) throws(ShellError) -> BreakpointFeed {
        guard process == nil else {
            throw .refused("breakpoints are for drivers in the stack's own process: the stack would take one that stands in its own for dead")
        }
        do throws(ToolFailure) {
            var answer = try ask(.breakpoint(wanted), "a breakpoint")
            guard case .watching = answer.reply, let socket = answer.descriptors.take() else { throw nonsense }
            return BreakpointFeed(socket)
        } catch { throw error.shell }
    }

    func order(_ request: NICRequest, _ interface: String) throws(ShellError) {
        let nic = try nic(interface)
        do throws(ToolFailure) { try nic.order(request) } catch { throw error.shell }
    }

    func runTool(_ tool: String, _ words: [String], output: @escaping (String) -> Void, complaint: @escaping (String) -> Void) -> Int32? {
        var theirs = world
        (theirs.output, theirs.complaint) = (output, complaint)
        theirs.environment["SOCK"] = name.prefix.isEmpty ? nil : name.prefix
        return ToolRun.run(tool, words, theirs)
    }

    // MARK: What the stack says

    func ask(_ request: StackRequest) throws(ShellError) -> (reply: StackReply, instead: String?) {
        do throws(ToolFailure) {
            // One that did not answer a moment ago is not waited for again.
            let reply = try stack().ask(request, time: isSilent ? .milliseconds(100) : nil)
            isSilent = false
            return (reply, nil)
        } catch {
            guard error.exit == Exit.hung else { throw error.shell }
            guard let reply = try testimony().reply(to: request) else { throw error.shell }
            defer { isSilent = true }
            return (reply, isSilent ? nil : "\(error.what): \(error.why); a copy of its process answers")
        }
    }

    private var isSilent = false

    private func stack() throws(ToolFailure) -> StackClient {
        if let client { return client }
        let made = try StackClient(runtime, name, patience: isSilent ? .milliseconds(100) : world.patience)
        client = made
        return made
    }

    private func testimony() throws(ShellError) -> Testimony {
        do throws(ToolFailure) {
            var answer = try ask(.testimony, "what a copy of it says", time: .seconds(5))
            guard case .testified = answer.reply, let file = answer.descriptors.take() else { throw nonsense }
            guard let told = Testimony(octets: file.octets(at: 0, Testimony.most)) else { throw nonsense }
            return told
        } catch { throw error.shell }
    }
}

extension ShellError {
    static func noDevice(_ name: String, _ names: [String]) -> ShellError {
        .refused("\(name) has no device here; " + (names.isEmpty ? "no interface has" : "there are: \(names.joined(separator: ", "))"))
    }
}

extension CrashFolder {
    /// Texts that may name the file that a driver was loaded from.
    var texts: [String] { [Self.plan, Self.log].compactMap { FileSystem.text(file($0), limit: 4 << 20) } }
}
