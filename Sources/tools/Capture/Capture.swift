internal import ArgumentParser
internal import Host
internal import Messages

/// `drydock capture`: what passes a cable, as pcapng.
struct Capture: Tool {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Capture the frames of an interface or a NIC, as pcapng.",
        usage: """
            drydock capture [-w FILE] [-c COUNT] [-s OCTETS] [-Q in|out] [-f FILTER] [--duration TIME] NAME ...
            drydock capture --list [--json]
            """,
        discussion: """
            NAME is an interface of the stack that SOCK selects, a NIC (em-a), or another stack's interface (sock2:em0). The NIC's
            own process captures, at its cable: it sees what is sent and what arrives, also while no stack has the NIC, and waits
            for no reader. Frames that are lost there have a comment that says why. Without -w the capture goes to standard output.
            What was captured is said on standard error.

            Examples:
              SOCK=/sock2 drydock capture em0 | tcpdump -nr -
              drydock capture em-a em-b -w both.pcapng --duration 10s
              drydock capture --list

            Live, with a filter: drydock tcpdump. In Wireshark: drydock extcap. More: docs/CAPTURE.md.
            Exit status: 0 captured; 1 failed, or the NIC ended; 3 the stack or NIC does not answer; 64 wrong words.
            """)

    @Option(name: [.customShort("w"), .long], help: "A file, made anew, or a named pipe; - is standard output.", completion: .file()) var write: String?
    @Option(name: [.customShort("c"), .long], help: "End after so many frames.") var count: UInt64?
    @Option(name: [.customShort("s"), .customLong("snapshot-length")], help: "Octets of each frame that are kept; without it, or 0, all.") var octets = 0
    @Option(name: [.customShort("Q"), .long], help: "Only frames that go this way: in, out or inout.") var direction = CaptureMerger.Direction.both
    @Option(name: [.customShort("f"), .long], help: "Only frames that this filter of tcpdump's wants: 'icmp or arp'.") var filter: String?
    @Flag(help: "From the stack's flight recorder: beginnings of frames, as driver and stack exchange them.") var recorded = false
    @Option(help: "End after so long: 500ms, 10s, 1m.") var duration: String?
    @Flag(name: [.customShort("D"), .long], help: "Print what can be captured.") var list = false
    @Flag(help: "With --list: print JSON.") var json = false
    @Argument(help: "Interfaces and NICs.") var names: [String] = []

    /// Captured at once, at most.
    static let most = 16

    func validate() throws {
        if list { return }
        if json { throw ValidationError("--json belongs to --list; a capture is pcapng") }
        if names.isEmpty { throw ValidationError("nothing to capture is named; see: drydock capture --list") }
        if names.count > Self.most { throw ValidationError("\(names.count) names: at most \(Self.most) are captured at once") }
        if count == 0 { throw ValidationError("-c 0: give a number from 1") }
        if !(0...1 << 20).contains(octets) { throw ValidationError("-s \(octets): give a number from 0 to \(1 << 20)") }
        if let duration, Trace.span(duration) == nil { throw ValidationError("--duration \(duration): give a number and us, ms, s or m, as in 10s") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let targets = CaptureTargets(runtime: try world.runtime(), patience: world.patience)
        if list {
            let all = targets.all
            return world.print(json ? JSONText.render(all) : CaptureTarget.table(all))
        }
        var chosen = try Self.find(names, targets, try world.selected())
        for index in chosen.indices where recorded {
            guard chosen[index].interface != nil else { throw ToolFailure(chosen[index].title, "a NIC has no frames in a stack's flight recorder", "name an interface", exit: 64) }
            chosen[index].isRecorded = true
        }
        let wish = CaptureMerger.Wish(most: count, direction: direction, filter: try filter.map { (text) throws(ToolFailure) in try FrameFilter.compiled(text, in: world) })
        // Before anything is made: from here on Ctrl-C ends the capture, and a reader's end is an error of the write.
        let interrupts = try CaptureSignals(world)
        let sink = if let write, write != "-" { try CaptureSink.file(write, patience: world.patience) } else { try CaptureSink.standard() }
        let sources = try chosen.map { (target) throws(ToolFailure) in try CaptureSource(target, targets, octets: octets) }
        var relay = try CaptureRelay(sources, sink, wish)
        let end = try relay.run(interrupts.interrupts, until: duration.flatMap(Trace.span).map { Deadline(in: .nanoseconds(Int64($0))) })
        world.complaint("capture: \(relay.summary)\n")
        guard case .gone(let loss) = end else { return Exit.success }
        throw loss
    }

    /// - Throws: a name that means nothing, or one NIC by two names.
    static func find(_ names: [String], _ targets: CaptureTargets, _ selected: FolderName) throws(ToolFailure) -> [CaptureTarget] {
        var chosen: [CaptureTarget] = []
        for name in names {
            let target = try targets.find(name, selected: selected)
            if let other = chosen.first(where: { !$0.nic.isEmpty && $0.nic == target.nic }) {
                throw ToolFailure(name, "\(other.title) and it are the same NIC, \(target.nic)", "name it once", exit: 64)
            }
            chosen.append(target)
        }
        return chosen
    }
}

/// What a capture does with signals: the user's end it, and a pipe without a reader does not kill.
struct CaptureSignals: ~Copyable {
    let interrupts: Interrupts
    private let pipe: SignalDescriptor

    init(_ world: World) throws(ToolFailure) {
        let interrupts = try world.interrupts()
        pipe = try Self.pipe()
        self.interrupts = interrupts
    }

    private static func pipe() throws(ToolFailure) -> SignalDescriptor {
        do { return try SignalDescriptor([.pipe]) } catch { throw ToolFailure("signals", error.description, "") }
    }
}
