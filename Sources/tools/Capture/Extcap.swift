internal import ArgumentParser
internal import Glibc
internal import Host
internal import Messages

/// `drydock extcap`: our interfaces in Wireshark's list. extcap(4)
struct Extcap: Tool {
    static let configuration = CommandConfiguration(
        commandName: "extcap",
        abstract: "Put our interfaces into Wireshark's list.",
        usage: """
            drydock extcap --install [FOLDER]
            drydock extcap --extcap-interfaces
            drydock extcap --extcap-interface NAME --extcap-dlts | --extcap-config
            drydock extcap --extcap-interface NAME --capture --fifo PIPE [--extcap-capture-filter FILTER]
            """,
        discussion: """
            --install writes a small script to where Wireshark and tshark of this user look for such programs; from then on every
            interface of every running stack, and every NIC, is in their list. The other forms are what they ask it.

            Example:
              drydock extcap --install && tshark -D | grep drydock

            More: docs/CAPTURE.md.
            Exit status: 0 done; 1 failed; 3 the NIC does not answer; 64 wrong words.
            """)

    @Flag(help: "Tell Wireshark of it.") var install = false
    @Flag(help: "Print what can be captured.") var extcapInterfaces = false
    @Option(help: ArgumentHelp("Wireshark's version.", visibility: .hidden)) var extcapVersion: String?
    @Option(help: "One of those.") var extcapInterface: String?
    @Flag(help: "Print its link types.") var extcapDlts = false
    @Flag(help: "Print its options.") var extcapConfig = false
    @Option(help: "With --capture: only frames that this filter wants; alone: whether it can be compiled.") var extcapCaptureFilter: String?
    @Flag(help: "Capture.") var capture = false
    @Option(help: "The pipe to capture into.") var fifo: String?
    @Option(help: "in, out or inout.") var direction = CaptureMerger.Direction.both
    @Option(help: "Octets of each frame that are kept; 0: all.") var snapshotLength = 0
    @Argument(help: "With --install: another folder.") var folder: String?

    func validate() throws {
        if folder != nil, !install { throw ValidationError("\(folder ?? ""): a folder belongs to --install") }
        if capture, fifo == nil { throw ValidationError("--capture: --fifo is missing") }
        if !extcapInterfaces, !install, extcapInterface == nil { throw ValidationError("nothing is asked for; to make Wireshark ask: drydock extcap --install") }
        if !(0...1 << 20).contains(snapshotLength) { throw ValidationError("--snapshot-length \(snapshotLength): give a number from 0 to \(1 << 20)") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        if install { return world.print(try ExtcapScript.install(folder, world)) }
        // Wireshark asks when it starts, and waits.
        let targets = CaptureTargets(runtime: try world.runtime(), patience: .seconds(1))
        if extcapInterfaces { return world.print(ExtcapText.interfaces(targets.all)) }
        let name = extcapInterface ?? ""
        guard let target = targets.all.first(where: { ExtcapText.value($0) == name }) else {
            throw ToolFailure(name, "there is no such interface any more", "refresh the list of interfaces")
        }
        if extcapDlts { return world.print(ExtcapText.linkTypes) }
        if extcapConfig { return world.print(ExtcapText.options) }
        var wish = CaptureMerger.Wish(direction: direction)
        do throws(ToolFailure) {
            if let text = extcapCaptureFilter, !text.isEmpty { wish.filter = try FrameFilter.compiled(text, in: world) }
        } catch {
            // Wireshark asks what is wrong with a filter, and takes an answer for that.
            guard !capture else { throw error }
            return world.print("\(error.why)\n")
        }
        guard capture, let fifo else { return Exit.success }
        return try record(target, targets, fifo, wish, world)
    }

    private func record(
        _ target: CaptureTarget, _ targets: CaptureTargets, _ fifo: String, _ wish: CaptureMerger.Wish, _ world: World
    ) throws(ToolFailure) -> Int32 {
        let signals = try CaptureSignals(world)
        let sink = try CaptureSink.file(fifo, patience: .seconds(10))
        var relay = try CaptureRelay([try CaptureSource(target, targets, octets: snapshotLength)], sink, wish)
        guard case .gone(let loss) = try relay.run(signals.interrupts, until: nil) else { return Exit.success }
        throw loss
    }
}

/// What Wireshark reads: a line an item, words in braces. extcap(4), GRAMMAR ELEMENTS
enum ExtcapText {
    /// Wireshark's name for it, which is the same as long as it is there.
    static func value(_ target: CaptureTarget) -> String { "drydock:\(target.name)" }

    static func interfaces(_ all: [CaptureTarget]) -> String {
        all.filter { $0.obstacle == nil }.reduce("extcap {version=\(Drydock.configuration.version)}{display=Drydock}\n") { text, target in
            let stack = target.prefix.map { $0.isEmpty ? "the default stack" : $0 }
            let place = stack.flatMap { stack in target.interface.map { "\($0) of \(stack)" } } ?? "NIC \(target.nic)"
            return text + "interface {value=\(plain(value(target)))}{display=Drydock \(plain(place)): \(plain(target.hardware)), \(plain(target.path))}\n"
        }
    }

    static let linkTypes = "dlt {number=1}{name=EN10MB}{display=Ethernet}\n"

    static let options = """
        arg {number=0}{call=--direction}{display=Direction}{type=selector}{tooltip=Which frames, as the NIC sees them}
        value {arg=0}{value=inout}{display=Sent and received}{default=true}
        value {arg=0}{value=in}{display=Received}{default=false}
        value {arg=0}{value=out}{display=Sent}{default=false}
        arg {number=1}{call=--snapshot-length}{display=Octets of a frame}{type=unsigned}{range=0,1048576}{default=0}{tooltip=How many are kept; 0: all}

        """

    /// A brace would end the word.
    private static func plain(_ text: String) -> String {
        String(text.map { $0 == "{" ? "(" : $0 == "}" ? ")" : $0.isNewline ? " " : $0 })
    }
}

/// The script that Wireshark runs.
enum ExtcapScript {
    static let name = "drydock"
    private static let mark = "# Written by drydock extcap --install"

    /// Where Wireshark looks, below the user's home: 4.2 and later, and those before.
    static let folders = [".local/lib/wireshark/extcap", ".config/wireshark/extcap"]

    /// - Returns: what was written, for people.
    static func install(_ folder: String?, _ world: World) throws(ToolFailure) -> String {
        guard let program = Paths.ourselves else { throw ToolFailure("/proc/self/exe", "cannot be read", "mount /proc") }
        let places: [String]
        if let folder { places = [Paths.absolute(folder)] } else {
            guard let home = world.variable("HOME") else { throw ToolFailure("HOME", "it is not set", "name the folder: drydock extcap --install FOLDER") }
            places = folders.map { "\(home)/\($0)" }
        }
        for place in places { try write("\(place)/\(name)", text(program, runtime: world.variable("DRYDOCK_RUNTIME_DIR"))) }
        return places.map { "\($0)/\(name)\n" }.joined()
    }

    static func text(_ program: String, runtime: String?) -> String {
        let runtime = runtime.map { "DRYDOCK_RUNTIME_DIR=\(ShellText.quoted($0))\nexport DRYDOCK_RUNTIME_DIR\n" } ?? ""
        return "#!/bin/sh\n\(mark): Wireshark runs it to capture on Drydock's interfaces.\n\(runtime)exec \(ShellText.quoted(program)) extcap \"$@\"\n"
    }

    private static func write(_ path: String, _ text: String) throws(ToolFailure) {
        if FileSystem.exists(path), FileSystem.text(path)?.contains(mark) != true {
            throw ToolFailure(path, "it is somebody else's", "remove it, or name another folder: drydock extcap --install FOLDER")
        }
        do throws(SystemError) {
            try FileSystem.makeFolders(Paths.folder(of: path))
            try FileSystem.replace(path, with: Array(text.utf8))
            guard unsafe chmod(path, 0o755) == 0 else { throw SystemError("chmod", .last) }
        } catch { throw ToolFailure(path, error.number.description, "name another folder: drydock extcap --install FOLDER") }
    }
}
