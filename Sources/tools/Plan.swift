internal import ArgumentParser
internal import Host
internal import Messages

/// `drydock plan`: the commands that make another stack what this one is.
struct Plan: Tool {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Print the commands that make another stack what this one is.",
        discussion: """
            The plan of a stack is what it is given again when it is started after a death: drivers with their options, interfaces,
            addresses, routes, pinned neighbours, tunables. Of a stack that died, the plan is what it last had; of a crash's folder,
            what it had then.

            Examples:
              drydock plan /sock2
              drydock plan /sock2 > setup.sh
              drydock plan --json ~/.local/state/drydock/crashes/sock2-20261123T001122-4711

            Exit status: 0 done; 1 failed; 64 wrong words.
            """)

    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "A prefix, or a folder with a \(InstancePlan.file); without it SOCK says which stack.") var place: String?

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let folder = try folder(world)
        guard let plan = InstancePlan.read(folder)?.aged(to: MonotonicClock.now()) else {
            throw ToolFailure(place ?? "plan", "there is no \(InstancePlan.file) in \(folder)", "see which stacks there are: drydock instances")
        }
        return world.print(json ? JSONText.render(plan) : PlanText.commands(plan).map { $0 + "\n" }.joined())
    }

    private func folder(_ world: World) throws(ToolFailure) -> String {
        guard let place else { return try world.runtime().folder(.stack, world.selected()) }
        if FileSystem.exists("\(place)/\(InstancePlan.file)") { return place }
        guard let name = FolderName(prefix: place) else {
            throw ToolFailure(place, "that is neither a prefix nor a folder with a \(InstancePlan.file)", "as in: drydock plan /sock2", exit: 64)
        }
        return try world.runtime().folder(.stack, name)
    }
}

/// A plan as a shell reads it.
enum PlanText {
    static func commands(_ plan: InstancePlan) -> [String] {
        [line(start(plan.start))] + plan.steps.flatMap { step -> [String] in
            let words = words(step)
            guard !words.isEmpty else { return [] }
            // mount finds its stack by its type.
            return [(words[0] == "mount" || plan.start.prefix.isEmpty ? "" : "SOCK=\(plan.start.prefix) ") + line(words)]
        }
    }

    private static func line(_ words: [String]) -> String { words.map(ShellText.quotedIfNeeded).joined(separator: " ") }

    /// The command line without its drivers, which are mounted, and without what was for one start only.
    private static func start(_ plan: StackPlan) -> [String] {
        var words = [plan.variant.rawValue]
        if plan.instance != 0 { words.append("-i\(plan.instance)") }
        if !plan.notesFaults { words.append("-S") }
        if plan.isVerbose { words.append("-v") }
        if plan.hasDedicatedThread { words.append("-D") }
        if plan.priority != 21 { words += ["-P", "\(plan.priority)"] }
        if let threads = plan.threads { words += ["-t", "\(threads)"] }
        for module in plan.modules { words += ["-p", module.name] + (module.options.isEmpty ? [] : [module.options]) }
        let options = (plan.prefix.isEmpty ? [] : ["prefix=\(plan.prefix)"])
            + plan.options.filter { $0.key != "recover" }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return words + ["-ptcpip"] + (options.isEmpty ? [] : [options.joined(separator: ",")])
    }

    private static func words(_ step: StackRequest) -> [String] {
        switch step {
        case .mount(let request): ["mount", "-T\(request.type)"] + (request.options.isEmpty ? [] : ["-o", request.options]) + [request.path]
        case .createInterface(let name): ["ifconfig", name, "create"]
        case .configure(let name, let changes): changes.isEmpty ? [] : ["ifconfig", name] + changes.flatMap(words)
        case .setNeighbor(let setting):
            [setting.family == .inet ? "arp" : "ndp", "-s"] + (setting.interface.map { ["-i", $0] } ?? [])
                + [setting.address, setting.linkAddress] + (setting.temporary ? ["temp"] : [])
        case .addRoute(let setting): ["route", "add"] + words(setting)
        case .setTunable(let name, let value): ["sysctl", "\(name)=\(value)"]
        default: []
        }
    }

    private static func words(_ change: InterfaceChange) -> [String] {
        switch change {
        case .up(let on): [on ? "up" : "down"]
        case .mtu(let octets): ["mtu", "\(octets)"]
        case .linkAddress(let text): ["lladdr", text]
        case .promiscuous(let on): [on ? "promisc" : "-promisc"]
        case .allMulticast(let on): [on ? "allmulti" : "-allmulti"]
        case .media(let word, let duplex): ["media", word] + (duplex.map { ["mediaopt", $0 ? "full-duplex" : "half-duplex"] } ?? [])
        case .capability(let name, let on): [on ? name : "-\(name)"]
        case .addAddress(let setting): words(setting)
        case .removeAddress(let family, let address): [family.rawValue, address, "delete"]
        case .vlan(let tag, let parent): ["vlan", "\(tag)", "vlanif", parent]
        case .acceptAdvertisements(let on): [on ? "accept_rtadv" : "-accept_rtadv"]
        }
    }

    /// Lifetimes are told by whoever renews them, and not by `ifconfig`.
    private static func words(_ setting: AddressSetting) -> [String] {
        [setting.family.rawValue, setting.address + (setting.prefixLength.map { "/\($0)" } ?? "")]
            + (setting.broadcast.map { ["broadcast", $0] } ?? []) + (setting.alias ? ["alias"] : [])
    }

    private static func words(_ setting: RouteSetting) -> [String] {
        var words = setting.family == .inet6 ? ["-inet6"] : []
        words.append(setting.destination)
        switch (setting.gateway, setting.interface) {
        case (let gateway?, let interface): words += [gateway] + (interface.map { ["-ifp", $0] } ?? [])
        case (nil, let interface?): words += ["-interface", interface]
        case (nil, nil): break
        }
        if let mtu = setting.mtu { words += ["-mtu", "\(mtu)"] }
        switch setting.kind {
        case .unicast: break
        case .reject: words.append("-reject")
        case .blackhole: words.append("-blackhole")
        }
        return words
    }
}
