internal import ArgumentParser
internal import Glibc
internal import Host
internal import Messages

/// `tcpdump`: the real one, on our interfaces.
struct Tcpdump: Tool {
    static let configuration = CommandConfiguration(
        commandName: "tcpdump",
        abstract: "Run tcpdump on an interface of a stack, or on a NIC.",
        usage: "tcpdump [-i NAME|any] [-D] [-Q in|out|inout] [--sock PREFIX] [tcpdump's options] [filter]",
        discussion: """
            Runs the tcpdump that is installed, and gives it what drydock capture gives. -i names what is captured: an interface of
            the stack that SOCK or --sock selects, a NIC (em-a), another stack's interface (sock2:em0), or any: all of the stack's.
            Without it the stack's interface is taken, where there is one only. -D lists what there is. All else is tcpdump's own:
            man tcpdump. With -r or --version it is run as it is.

            Examples:
              SOCK=/sock2 tcpdump -ni em0 icmp or arp
              drydock tcpdump -i em-a -c 10 -w ten.pcap
              drydock tcpdump --sock /sock2 -vvlni any port 80

            Ctrl-C ends the capture; what was captured is then said on standard error. More: docs/CAPTURE.md.
            Exit status: tcpdump's own; 128 and a signal's number when that ended it; 127 there is no tcpdump; 1 the interface
            cannot be captured; 3 the stack or NIC does not answer; 64 wrong words.
            """)

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("Its options and its filter.", valueName: "words")) var words: [String] = []

    func validate() throws {
        if words.first == "--help" || words.first == "-h" { throw CleanExit.helpRequest(self) }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let order = try TcpdumpWords(words)
        if order.isOnItsOwn { return try Self.become(words, world) }
        var world = world
        if let prefix = order.prefix { world.environment["SOCK"] = prefix }
        let targets = CaptureTargets(runtime: try world.runtime(), patience: world.patience), selected = try world.selected()
        if order.lists { return world.print(Self.list(targets.all, selected)) }
        let chosen = try Self.choose(order.interface, targets, selected)
        let program = try Self.program(world)
        return try Self.run(program, order, chosen, targets, world)
    }

    // MARK: Which

    /// As `tcpdump -D` prints it: the selected stack's by their own names.
    static func list(_ all: [CaptureTarget], _ selected: FolderName) -> String {
        all.enumerated().map { index, target in
            let name = target.prefix == selected.prefix ? target.interface ?? target.name : target.name
            return "\(index + 1).\(name) (\(target.obstacle ?? "\(target.hardware), \(target.path)"))\n"
        }.joined()
    }

    private static func choose(_ word: String?, _ targets: CaptureTargets, _ selected: FolderName) throws(ToolFailure) -> [CaptureTarget] {
        guard word == nil || word == "any" else {
            do throws(ToolFailure) { return [try targets.find(word!, selected: selected)] } catch {
                guard FileSystem.exists("/sys/class/net/\(word!)") else { throw error }
                throw ToolFailure(word!, "an interface of the host, not of a stack", "the host's tcpdump captures it: /usr/bin/tcpdump -i \(word!)")
            }
        }
        let stack = try StackClient(targets.runtime, selected, patience: targets.patience)
        let all = try targets.interfaces(stack).filter { $0.obstacle == nil }
        guard !all.isEmpty else { throw ToolFailure(stack.title, "it has no interface that can be captured", "see: drydock capture --list") }
        guard word == "any" || all.count == 1 else {
            throw ToolFailure(stack.title, "it has several interfaces", "name one, as in: -i \(all[0].title); or all of them: -i any", exit: 64)
        }
        return Array(all.prefix(Capture.most))
    }

    // MARK: The program

    /// The first tcpdump in PATH that is not a link to ourselves.
    static func program(_ world: World) throws(ToolFailure) -> String {
        var world = world
        let folders = (world.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
        let own = Paths.ourselves
        world.environment["PATH"] = folders.filter { Paths.link("\($0)/tcpdump") == nil || Paths.link("\($0)/tcpdump") != own }.joined(separator: ":") + ":/usr/sbin:/sbin"
        do throws(ToolFailure) { return try ProgramFile.find("tcpdump", in: world).path } catch {
            throw ToolFailure("tcpdump", "there is no such program in PATH", "install it: apt-get install tcpdump", exit: 127)
        }
    }

    private static func become(_ words: [String], _ world: World) throws(ToolFailure) -> Int32 {
        let path = try program(world)
        do throws(SystemError) {
            try Spawn.become(path, arguments: ["tcpdump"] + words, environment: world.environment.map { "\($0.key)=\($0.value)" })
        } catch { throw ToolFailure(path, error.number.description, "", exit: 126) }
    }

    private static func run(
        _ program: String, _ order: TcpdumpWords, _ chosen: [CaptureTarget], _ targets: CaptureTargets, _ world: World
    ) throws(ToolFailure) -> Int32 {
        let signals = try CaptureSignals(world)
        let sources = try chosen.map { (target) throws(ToolFailure) in try CaptureSource(target, targets, octets: 0) }
        let pipe = try Self.pipe(), child = try Self.start(program, order.rest, input: pipe.first.raw)
        drop(pipe.first)
        let (end, summary) = try relay(sources, CaptureSink(pipe.second), order.direction, signals.interrupts, until: child.raw)
        let status = finish(child, signals.interrupts)
        if status == 0 { world.complaint("tcpdump: \(summary)\n") }
        guard case .gone(let loss) = end else { return status }
        throw loss
    }

    private static func pipe() throws(ToolFailure) -> DescriptorPair {
        do throws(SystemError) {
            var pipe = try FileDescriptor.pipe()
            // Only our end is not waited for: the other one is opened anew, and may wait.
            pipe.first = try FileDescriptor.open("/proc/self/fd/\(pipe.first.raw)", FileFlags.read)
            return pipe
        } catch { throw ToolFailure("tcpdump", error.description, "") }
    }

    /// In a group of its own: the user's Ctrl-C is ours, and tcpdump's is the end of its input.
    private static func start(_ program: String, _ words: [String], input: Int32) throws(ToolFailure) -> ProcessHandle {
        do { return try Spawn.start(program, arguments: ["tcpdump", "-r", "-"] + words, descriptors: [input, 1, 2], ownSession: false) } catch {
            throw ToolFailure(program, error.number.description, "", exit: 126)
        }
    }

    private static func drop(_ descriptor: consuming FileDescriptor) {}

    /// The sink is closed when this returns: tcpdump's input ends.
    private static func relay(
        _ sources: [CaptureSource], _ sink: CaptureSink, _ direction: CaptureMerger.Direction, _ interrupts: Interrupts, until ended: Int32
    ) throws(ToolFailure) -> (CaptureRelay.End, String) {
        var relay = try CaptureRelay(sources, sink, CaptureMerger.Wish(direction: direction))
        let end = try relay.run(interrupts, until: nil, watched: ended)
        return (end, relay.summary)
    }

    /// Waits until it has printed the rest, which may be as slow as the user reads; another Ctrl-C ends it at once.
    private static func finish(_ child: borrowing ProcessHandle, _ interrupts: Interrupts) -> Int32 {
        while !Poll.readable(child.raw, or: interrupts.raw, Deadline(in: .seconds(60))) {}
        if !child.waitForEnd(Deadline(in: .zero)) {
            try? child.signal(.terminate)
            if !child.waitForEnd(Deadline(in: .seconds(2))) { child.killGroup() }
            _ = child.waitForEnd(Deadline(in: .seconds(2)))
        }
        switch child.reap() {
        case .exited(let status): return status
        case .killed(let signal): return 128 + signal.rawValue
        case .unknown, nil: return Exit.failure
        }
    }
}
