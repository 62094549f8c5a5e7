internal import ArgumentParser
internal import Host
internal import Messages

/// `drydock remount`: the driver under an interface, exchanged for a newer build of it.
struct Remount: Tool {
    static let configuration = CommandConfiguration(
        commandName: "remount",
        abstract: "Exchange the driver of an interface while you work on it.",
        discussion: """
            Does what mount --reload does, and waits for the link. With --watch, whenever a file in that folder is saved, the
            package in it is built first (swift build or make) and remounted when the build succeeds.

            Examples:
              SOCK=/sock2 drydock remount abc0 ./devnp-abc.so
              SOCK=/sock2 drydock remount --watch . abc0 .build/release/libdevnp-abc.so

            Exit status: 0 done; 1 failed; 3 the stack does not answer; 64 wrong words.
            """)

    @Option(name: .customShort("T"), help: "The stack by its type, io-pktN; without it SOCK says.") var type: String?
    @Option(name: .customShort("o"), parsing: .unconditionalSingleValue, help: "Options for the driver, separated by commas.") var options: [String] = []
    @Option(help: "Build and remount whenever a file in this folder changes.", completion: .directory) var watch: String?
    @Option(help: "With --watch: end after so many times.") var times: Int?
    @Argument(help: "The interface.") var interface: String
    @Argument(help: "The driver: a shared library.", completion: .file(extensions: ["so"])) var file: String

    static func normalised(_ words: [String]) -> [String] { Mount.normalised(words) }

    func validate() throws {
        if let type, Mount.instance(type) == nil { throw ValidationError("-T \(type): the type is io-pkt or io-pktN") }
        if let times, times < 1 { throw ValidationError("--times \(times): at least 1") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        guard let watch else {
            let spent = try exchange(world)
            return world.print("\(interface): \(spent.text)\n")
        }
        return try DriverWatch(folder: watch == "." ? Paths.current : Paths.absolute(watch), times: times).run(world) { () throws(ToolFailure) in
            try exchange(world)
        }
    }

    /// How long the parts took.
    struct Spent {
        var mount: Duration, link: Duration
        var isUp: Bool
        var text: String { "mounted in \(Self.seconds(mount)) s, " + (isUp ? "link after \(Self.seconds(link)) s" : "no link within 5 s") }
        static func seconds(_ time: Duration) -> String { Number.fixed(Double(time.nanoseconds) / 1e9, 2) }
    }

    private func exchange(_ world: World) throws(ToolFailure) -> Spent {
        let stack = if let type { try Mount.stack(type, world) } else { try world.stack() }
        let clock = ContinuousClock(), start = clock.now
        _ = try Mount.exchange(stack, interface, file, options)
        let mounted = clock.now
        let isUp = try waitForLink(stack)
        return Spent(mount: mounted - start, link: clock.now - mounted, isUp: isUp)
    }

    private func waitForLink(_ stack: StackClient) throws(ToolFailure) -> Bool {
        let deadline = Deadline(in: .seconds(5))
        repeat {
            if try stack.interface(interface).media?.linkUp ?? true { return true }
            Pause.milliseconds(5)
        } while !deadline.hasPassed
        return false
    }
}
