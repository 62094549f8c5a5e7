internal import ArgumentParser
internal import Messages
internal import Wire

/// `ndp`: the IPv6 neighbours, routers and prefixes of a stack.
struct Ndp: Tool {
    static let configuration = CommandConfiguration(
        commandName: "ndp",
        abstract: "Show and change what IPv6 neighbour discovery knows.",
        usage: """
            ndp [-n] [-i INTERFACE] [--json] -a | -c | -r | -p
            ndp [-n] [--json] ADDRESS
            ndp [-i INTERFACE] -d ADDRESS
            ndp [-i INTERFACE] -s ADDRESS LINKADDRESS [temp]
            """,
        discussion: """
            State S of a neighbour: I incomplete, R reachable, S stale, D delay, P probe, W failed. Flag R: a router.

            Examples:
              ndp -a
              SOCK=/sock2 ndp -d fe80::1%em0
              ndp -s fd00::1 02:00:00:00:00:01

            Exit status: 0 done; 1 failed or no such entry; 3 the stack does not answer; 64 wrong words.
            """)

    @Flag(name: .short, help: "All neighbours.") var all = false
    @Flag(name: .customShort("c"), help: "Forget all neighbours that were learned.") var clear = false
    @Flag(name: .short, help: "Default routers that were learned.") var routers = false
    @Flag(name: .short, help: "Prefixes that were learned.") var prefixes = false
    @Flag(name: .short, help: "Print numbers: always so, names are not looked up.") var numeric = false
    @Flag(name: .short, help: "Delete an entry.") var delete = false
    @Flag(name: .customShort("s"), help: "Set an entry.") var set = false
    @Option(name: .customShort("i"), help: "Only this interface.") var interface: String?
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "The neighbour's address, and with -s its link address.") var words: [String] = []

    func validate() throws {
        for word in words.prefix(1) where AddressText.family(word) != .inet6 {
            throw ValidationError("\(word): that is not an IPv6 address; as in: ndp fe80::1%em0")
        }
        guard [all, clear, routers, prefixes, delete, set].count(where: { $0 }) <= 1 else {
            throw ValidationError("-a, -c, -r, -p, -d and -s exclude each other")
        }
        if set {
            guard (2...3).contains(words.count), MACAddress(words[1]) != nil, words.count == 2 || words[2] == "temp" else {
                throw ValidationError("-s takes an address and a link address; as in: ndp -s fd00::1 02:00:00:00:00:01 [temp]")
            }
        } else if words.count != (all || clear || routers || prefixes ? 0 : 1) {
            throw ValidationError(words.isEmpty ? "no address: give one, or -a for all" : "\(words.last ?? ""): too many words")
        }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let stack = try world.stack()
        if set {
            try stack.order(.setNeighbor(NeighborSetting(
                family: .inet6, address: words[0], linkAddress: words[1], interface: interface, temporary: words.count == 3)))
        } else if delete {
            try stack.order(.deleteNeighbor(.inet6, address: words[0], interface: interface))
        } else if clear {
            try stack.order(.flushNeighbors(.inet6, interface: interface))
        } else if routers || prefixes {
            return try showDiscovery(stack, world)
        } else {
            return try showNeighbors(stack, world)
        }
        return Exit.success
    }

    private func showDiscovery(_ stack: StackClient, _ world: World) throws(ToolFailure) -> Int32 {
        guard case .discovery(var report) = try stack.ask(.discovery) else { throw stack.nonsense }
        if let interface {
            report.routers.removeAll { $0.interface != interface }
            report.prefixes.removeAll { $0.interface != interface }
        }
        if json { return world.print(routers ? JSONText.render(report.routers) : JSONText.render(report.prefixes)) }
        return world.print(routers ? NeighborText.routers(report) : NeighborText.prefixes(report))
    }

    private func showNeighbors(_ stack: StackClient, _ world: World) throws(ToolFailure) -> Int32 {
        var list = try stack.neighbors(.inet6).filter { interface == nil || $0.interface == interface }
        if let address = words.first { list = list.filter { $0.address == address } }
        if json { return world.print(JSONText.render(list)) }
        guard let address = words.first, list.isEmpty else { return world.print(NeighborText.ndp(list)) }
        _ = world.print("\(address) -- no entry\n")
        return Exit.failure
    }
}
