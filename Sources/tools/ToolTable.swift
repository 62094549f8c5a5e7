internal import ArgumentParser

/// The tools by name.
enum ToolTable {
    struct Entry {
        var type: any Tool.Type
        /// Whether there is a link of that name; the others are reached as `drydock NAME` only.
        var isLinked = true
    }

    static var tools: [Entry] {
        [
            Entry(type: Mount.self), Entry(type: Ifconfig.self), Entry(type: Ping.self), Entry(type: Nicinfo.self),
            Entry(type: Arp.self), Entry(type: Ndp.self), Entry(type: Route.self), Entry(type: Netstat.self),
            Entry(type: Slay.self), Entry(type: Pidin.self), Entry(type: IfUp.self), Entry(type: Nic.self), Entry(type: Use.self),
            Entry(type: Sockstat.self), Entry(type: Sloginfo.self), Entry(type: Sysctl.self), Entry(type: DHCPClient.self), Entry(type: Dumper.self),
            Entry(type: Instances.self, isLinked: false), Entry(type: Env.self, isLinked: false),
            Entry(type: Completions.self, isLinked: false), Entry(type: Demo.self, isLinked: false),
            Entry(type: Run.self, isLinked: false), Entry(type: UDPEcho.self, isLinked: false), Entry(type: Check.self, isLinked: false),
            Entry(type: NewDriver.self, isLinked: false), Entry(type: Remount.self, isLinked: false),
            Entry(type: Plan.self, isLinked: false), Entry(type: Trace.self, isLinked: false), Entry(type: TraceDiff.self, isLinked: false),
            Entry(type: Postmortem.self, isLinked: false), Entry(type: Mutate.self, isLinked: false),
            Entry(type: Events.self, isLinked: false), Entry(type: ShellTool.self, isLinked: false),
            Entry(type: Capture.self, isLinked: false), Entry(type: Tcpdump.self), Entry(type: Extcap.self, isLinked: false),
        ]
    }

    static func find(_ name: String) -> (any Tool.Type)? { tools.first { $0.type.toolName == name }?.type }
}

/// `drydock` itself: what it prints when it is given no tool.
struct Drydock: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drydock",
        abstract: "A dry dock for network drivers: stacks as ordinary processes, drivers mounted into them, NICs without hardware.",
        discussion: """
            Start here:
              drydock demo                 the whole story, explained step by step
              eval "$(drydock env)"        puts io-pkt-v6-hc, mount, ifconfig, ping … first on PATH
            Stacks are started with io-pkt-v4, io-pkt-v4-hc or io-pkt-v6-hc, as links or as drydock io-pkt-v6-hc ….
            """,
        version: "0.1.0",
        subcommands: ToolTable.tools.map { $0.type })
}
