internal import ArgumentParser
internal import Messages

/// `ifconfig`: shows and changes the interfaces of a stack.
struct Ifconfig: Tool {
    static let configuration = CommandConfiguration(
        commandName: "ifconfig",
        abstract: "Show and change the interfaces of a stack.",
        usage: """
            ifconfig [-a] [-v] [-m] [--json] [INTERFACE]
            ifconfig -l | -C | -s INTERFACE
            ifconfig INTERFACE [inet|inet6] ADDRESS[/LENGTH] [netmask MASK] [broadcast ADDRESS] [alias|delete]
            ifconfig INTERFACE WORD...
            """,
        discussion: """
            SOCK selects the stack; without it the default stack is meant. Words after the interface:
              up  down  mtu N  lladdr ADDRESS  promisc  -promisc  allmulti  -allmulti
              media autoselect|1000baseT|100baseTX|10baseT  mediaopt full-duplex|half-duplex
              ip4csum tcp4csum udp4csum tcp6csum udp6csum tso4 tso6 lro, each with a minus in front to switch it off
              create  destroy  vlan TAG vlanif INTERFACE  accept_rtadv  -accept_rtadv

            Examples:
              SOCK=/sock2 ifconfig em0 10.1.0.2/24
              ifconfig em0 inet6 fd00::2 prefixlen 64
              ifconfig em0 10.1.0.3/24 alias
              ifconfig vlan0 create vlan 5 vlanif em0
              ifconfig em0 destroy            (unloads its driver)

            Exit status: 0 done; 1 failed, or with -s: no carrier; 3 the stack does not answer; 64 wrong words.
            """)

    @Flag(name: .short, help: "All interfaces: the same as naming none.") var all = false
    @Flag(name: .customShort("l"), help: "Only the names, on one line.") var list = false
    @Flag(name: .customShort("s"), help: "Only the exit status: 0 the link is up, 1 it has no carrier.") var status = false
    @Flag(name: .short, help: "Counters too.") var verbose = false
    @Flag(name: .short, help: "The media that the hardware supports, too.") var media = false
    @Flag(name: .customShort("C"), help: "What can be made with create.") var cloners = false
    @Flag(name: .customShort("d"), help: "Only interfaces that are down.") var down = false
    @Flag(name: .customShort("u"), help: "Only interfaces that are up.") var up = false
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "The interface, then words that change it.") var words: [String] = []

    /// Everything after the interface is a word of ours, dashes or not; but our own flags may stand there too.
    static func normalised(_ words: [String]) -> [String] {
        guard let start = words.firstIndex(where: { !$0.hasPrefix("-") }) else { return words }
        let trailing: Set<String> = ["-v", "-m", "--json", "--help", "--version"]
        let tail = words[start...]
        return words[..<start] + tail.filter(trailing.contains) + ["--"] + tail.filter { !trailing.contains($0) }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        if cloners { return world.print("vlan\n") }
        let stack = try world.stack()
        guard let interface = words.first else {
            return show(filter(try stack.interfaces()), world)
        }
        if words.count > 1 {
            try change(interface, IfconfigWords(interface, Array(words.dropFirst())), stack)
            return Exit.success
        }
        let report = try stack.interface(interface)
        guard status else { return show([report], world) }
        return report.media?.linkUp ?? report.flags.contains("RUNNING") ? Exit.success : Exit.failure
    }

    private func filter(_ list: [InterfaceReport]) -> [InterfaceReport] {
        guard up != down else { return list }
        return list.filter { $0.flags.contains("UP") == up }
    }

    private func show(_ list: [InterfaceReport], _ world: World) -> Int32 {
        if json { return world.print(JSONText.render(list)) }
        if self.list { return world.print(list.map(\.name).joined(separator: " ") + "\n") }
        return world.print(IfconfigText.render(list, .init(verbose: verbose, media: media)))
    }

    private func change(_ interface: String, _ wanted: IfconfigWords, _ stack: StackClient) throws(ToolFailure) {
        if wanted.destroy { return try stack.order(.destroyInterface(name: interface)) }
        if wanted.create { try stack.order(.createInterface(name: interface)) }
        guard !wanted.changes.isEmpty else { return }
        do {
            try stack.order(.configure(interface: interface, changes: wanted.changes))
        } catch {
            // Created for these words only: a refusal leaves nothing half done.
            if wanted.create { try? stack.order(.destroyInterface(name: interface)) }
            throw error
        }
    }
}
