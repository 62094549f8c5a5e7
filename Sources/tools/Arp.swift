internal import ArgumentParser
internal import Messages
internal import Wire

/// `arp`: the IPv4 neighbours of a stack.
struct Arp: Tool {
    static let configuration = CommandConfiguration(
        commandName: "arp",
        abstract: "Show and change which link address an IPv4 neighbour has.",
        usage: """
            arp [-n] [-i INTERFACE] [--json] -a
            arp [-n] [--json] ADDRESS
            arp [-i INTERFACE] -d -a
            arp [-i INTERFACE] -d ADDRESS
            arp [-i INTERFACE] -s ADDRESS LINKADDRESS [temp]
            """,
        discussion: """
            Examples:
              arp -a
              SOCK=/sock2 arp -d 10.1.0.1
              arp -s 10.1.0.1 02:00:00:00:00:01

            Exit status: 0 done; 1 failed or no such entry; 3 the stack does not answer; 64 wrong words.
            """)

    @Flag(name: .short, help: "All neighbours.") var all = false
    @Flag(name: .short, help: "Print numbers: always so, names are not looked up.") var numeric = false
    @Flag(name: .short, help: "Delete the entry, or with -a all that were learned.") var delete = false
    @Flag(name: .customShort("s"), help: "Set an entry.") var set = false
    @Option(name: .customShort("i"), help: "Only this interface.") var interface: String?
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "The neighbour's address, and with -s its link address.") var words: [String] = []

    func validate() throws {
        for word in words.prefix(1) where IPv4Address(word) == nil {
            throw ValidationError("\(word): that is not an IPv4 address; as in: arp 10.1.0.1")
        }
        guard set else {
            if words.count > 1 { throw ValidationError("\(words[1]): one address is enough; to set an entry, give -s") }
            if words.isEmpty && !all { throw ValidationError("no address: give one, or -a for all") }
            return
        }
        guard (2...3).contains(words.count), MACAddress(words[1]) != nil, words.count == 2 || words[2] == "temp" else {
            throw ValidationError("-s takes an address and a link address; as in: arp -s 10.1.0.1 02:00:00:00:00:01 [temp]")
        }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let stack = try world.stack()
        if set {
            try stack.order(.setNeighbor(NeighborSetting(
                family: .inet, address: words[0], linkAddress: words[1], interface: interface, temporary: words.count == 3)))
            return Exit.success
        }
        if delete { return try remove(stack) }
        var list = try stack.neighbors(.inet).filter { interface == nil || $0.interface == interface }
        if let address = words.first { list = list.filter { $0.address == address } }
        if json { return world.print(JSONText.render(list)) }
        guard let address = words.first, list.isEmpty else { return world.print(NeighborText.arp(list)) }
        _ = world.print("\(address) -- no entry\n")
        return Exit.failure
    }

    private func remove(_ stack: StackClient) throws(ToolFailure) -> Int32 {
        if let address = words.first {
            try stack.order(.deleteNeighbor(.inet, address: address, interface: interface))
        } else {
            try stack.order(.flushNeighbors(.inet, interface: interface))
        }
        return Exit.success
    }
}
