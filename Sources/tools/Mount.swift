internal import ArgumentParser
internal import Host
internal import Messages

/// `mount`: loads a driver into a running stack.
struct Mount: Tool {
    static let configuration = CommandConfiguration(
        commandName: "mount",
        abstract: "Load a network driver into a running stack.",
        usage: "mount -T io-pkt[N] [-o OPTIONS] FILE\n       mount [-T io-pkt[N]] --reload INTERFACE [-o OPTIONS] FILE",
        discussion: """
            The type names the stack by the number it was started with: io-pkt2 is the one of io-pkt-v6-hc -i2, io-pkt is
            instance 0. Where several have the number 0, SOCK selects among them.
            Options are separated by commas. The stack reads name= lan= unit= nic= pci= trace= txwatch= isolated hang=; the driver reads the
            rest (see: use FILE). isolated: the driver runs in a process of its own, which can reach nothing but its device; when it
            dies, another takes over, and no connection is lost.

            With --reload the file takes the place of the driver under an interface, which keeps addresses, routes, neighbours,
            counters and connections. -o says all options anew; without it they stay. A driver that cannot be loaded, does not
            attach or refuses what is set leaves the previous one; one that crashes its stack is not what a stack restarts with.

            Examples:
              mount -Tio-pkt2 /path/to/devnp-e1000.so
              mount -T io-pkt -o nic=em-a,verbose ./devnp-e1000.so
              mount -Tio-pkt2 -o isolated ./devnp-e1000.so
              SOCK=/sock2 mount --reload em0 ./devnp-e1000.so

            To unload it: ifconfig INTERFACE destroy.
            Exit status: 0 loaded; 1 not loaded; 3 the stack does not answer; 64 wrong words.
            """)

    @Option(name: .customShort("T"), help: "The type: io-pkt, with the number of the stack behind it.")
    var type: String?
    @Option(name: .customShort("o"), parsing: .unconditionalSingleValue, help: "Options, separated by commas; may be given again.")
    var options: [String] = []
    @Option(help: "Put the file in the place of the driver under this interface.") var reload: String?
    @Flag(name: .short, help: "Say which interfaces have appeared.") var verbose = false
    @Flag(help: "Print which interfaces have appeared as JSON.") var json = false
    @Argument(help: "The driver: a shared library.", completion: .file(extensions: ["so"])) var file: String

    /// Parts the glued forms, `-Tio-pkt2` and `-onic=em-a`: ArgumentParser would take the second apart at its `=`.
    static func normalised(_ words: [String]) -> [String] {
        words.flatMap { word in
            let isGlued = (word.hasPrefix("-T") || word.hasPrefix("-o")) && word.count > 2
            return isGlued ? [String(word.prefix(2)), String(word.dropFirst(2))] : [word]
        }
    }

    /// `io-pkt2` as 2, `io-pkt` as 0; nil for another type.
    static func instance(_ type: String) -> Int? {
        guard type.hasPrefix("io-pkt") else { return nil }
        let digits = type.dropFirst(6)
        return digits.isEmpty ? 0 : digits.utf8.allSatisfy { (48...57).contains($0) } ? Int(digits) : nil
    }

    func validate() throws {
        guard type != nil || reload != nil else { throw ValidationError("the type is missing; as in: mount -Tio-pkt2 /path/to/devnp-e1000.so") }
        if let type, Mount.instance(type) == nil {
            throw ValidationError("-T \(type): a driver is mounted into io-pkt or io-pktN; for file systems see /bin/mount")
        }
        guard !file.isEmpty else { throw ValidationError("the driver's file is missing; as in: mount -Tio-pkt2 /path/to/devnp-e1000.so") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        if let reload {
            let stack = if let type { try Mount.stack(type, world) } else { try world.stack() }
            return try show([Mount.exchange(stack, reload, file, options)], world)
        }
        let type = type ?? "" // `validate` has asked for it.
        do {
            return try mount(type, world)
        } catch {
            throw Mount.failure(type, error)
        }
    }

    private func mount(_ type: String, _ world: World) throws(ToolFailure) -> Int32 {
        let stack = try Mount.stack(type, world)
        let request = MountRequest(type: type, path: Paths.absolute(file), options: options.joined(separator: ","))
        // A driver's bring-up has its own bounded waits; a claim is refused after 15 s at the latest.
        guard case .mounted(let list) = try stack.ask(.mount(request), time: .seconds(20)) else { throw stack.nonsense }
        return show(list, world)
    }

    private func show(_ list: [MountedInterface], _ world: World) -> Int32 {
        if json { return world.print(JSONText.render(list)) }
        guard verbose else { return Exit.success }
        return world.print(list.map { "\($0.interface): \($0.driver) on \($0.nic)\n" }.joined())
    }

    /// Has a stack exchange the driver under an interface. - Parameter options: of its mount; none: those that it has.
    static func exchange(_ stack: StackClient, _ interface: String, _ file: String, _ options: [String]) throws(ToolFailure) -> MountedInterface {
        let text = options.isEmpty ? nil : options.joined(separator: ",")
        let request = StackRequest.reload(interface: interface, path: Paths.absolute(file), options: text)
        // Two bring-ups: the other build's, and perhaps the previous one's.
        guard case .mounted(let list) = try stack.ask(request, time: .seconds(40)), let one = list.first else { throw stack.nonsense }
        return one
    }

    /// The stack that a type means.
    static func stack(_ type: String, _ world: World) throws(ToolFailure) -> StackClient {
        try StackClient(world.runtime(), find(type, world), patience: world.patience)
    }

    /// The folder of the live stack with that number.
    private static func find(_ type: String, _ world: World) throws(ToolFailure) -> FolderName {
        let number = Mount.instance(type) ?? 0
        let runtime = try world.runtime()
        let found = runtime.live(.stack).filter { ($0.number ?? 0) == number }
        let selected = try world.selected()
        if let one = found.first(where: { $0.name == selected }) ?? (found.count == 1 ? found.first : nil) { return one.name }
        guard found.isEmpty else {
            throw ToolFailure(type, "several stacks have the number \(number): \(found.map { StackClient.title($0.name) }.joined(separator: ", "))",
                              "select one with SOCK=", code: Errno.busy.rawValue)
        }
        let live = runtime.live(.stack).map { "io-pkt\($0.number.map { $0 == 0 ? "" : "\($0)" } ?? "")" }
        let start = number == 0 ? "io-pkt-v6-hc -ptcpip" : "io-pkt-v6-hc -i\(number) -ptcpip prefix=/sock\(number)"
        throw ToolFailure(type, live.isEmpty ? "no stack is running" : "no such stack; running: \(live.joined(separator: ", "))",
                          "start one: \(start)", code: Errno.noInterface.rawValue)
    }

    /// The two lines that QNX prints, and ours behind them.
    static func failure(_ type: String, _ failure: ToolFailure) -> ToolFailure {
        var failure = failure
        let number = failure.code != 0 ? Errno(rawValue: failure.code) : failure.exit == Exit.hung ? .timedOut : .io
        failure.preface = ["mount: Can't mount / (type \(type))", "mount: Possible reason: \(number)"]
        return failure
    }
}
