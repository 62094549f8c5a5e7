internal import ArgumentParser
internal import Host
internal import Messages

/// `netstat`: sockets, interfaces, routes, protocol counters and memory of a stack.
struct Netstat: Tool {
    static let configuration = CommandConfiguration(
        commandName: "netstat",
        abstract: "Show the sockets, interfaces, routes, counters and memory of a stack.",
        usage: """
            netstat [-a] [-n] [-f FAMILY] [-p PROTOCOL] [--json]
            netstat -i [-b] [-I INTERFACE] | -r [-f FAMILY] | -m [-n] [--json]
            netstat -s [-s] [-p PROTOCOL] [--json]
            netstat [-I INTERFACE] -w SECONDS [-q TIMES]
            """,
        discussion: """
            Examples:
              netstat -rn
              SOCK=/sock2 netstat -s -p udp
              netstat -I em0 -w 1

            Exit status: 0 done; 1 failed; 3 the stack does not answer; 64 wrong words.
            """)

    @Flag(name: .customShort("a"), help: "Sockets that are not connected, too.") var all = false
    @Flag(name: .customShort("i"), help: "Interfaces.") var interfaces = false
    @Flag(name: .customShort("b"), help: "With -i: octets instead of packets.") var octets = false
    @Flag(name: .customShort("r"), help: "Routes.") var routes = false
    @Flag(name: .customShort("s"), help: "Counters by protocol; given twice, only those that have counted.") var statistics: Int
    @Flag(name: .customShort("m"), help: "Packet memory by owner.") var memory = false
    @Flag(name: .customShort("n"), help: "Print numbers: always so, names are not looked up.") var numeric = false
    @Option(name: .customShort("I"), help: "Only this interface.") var interface: String?
    @Option(name: .customShort("w"), help: "Print every SECONDS what has passed.") var wait: Double?
    @Option(name: .customShort("q"), help: "With -w: end after so many lines.") var times: Int?
    @Option(name: .customShort("f"), help: "Only this family: inet or inet6.") var family: String?
    @Option(name: .customShort("p"), help: "Only this protocol: ip, icmp, udp, arp, ip6 …") var `protocol`: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if let wait, !(wait >= 0.1 && wait <= 86400) { throw ValidationError("-w \(wait): give 0.1 to 86400 seconds") }
        if let times, times < 1 { throw ValidationError("-q \(times): give a number of lines from 1") }
        if let family, Family(rawValue: family) == nil { throw ValidationError("-f \(family): the families are inet and inet6") }
        guard [interfaces, routes, statistics > 0, memory].count(where: { $0 }) <= 1 else {
            throw ValidationError("-i, -r, -s and -m exclude each other")
        }
    }

    private var wanted: Family? { family.flatMap(Family.init(rawValue:)) }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let stack = try world.stack()
        if let wait { return try watch(wait, stack, world) }
        if routes {
            let list = try stack.routes(wanted)
            return world.print(json ? JSONText.render(list) : RouteText.table(list))
        }
        if statistics > 0 { return try showStatistics(stack, world) }
        if memory {
            guard case .memory(let report) = try stack.ask(.memory) else { throw stack.nonsense }
            return world.print(json ? JSONText.render(report) : NetstatText.memory(report))
        }
        if interfaces || interface != nil {
            let all = try stack.interfaces()
            let list = try interface == nil ? all : [stack.interface(interface ?? "")]
            return world.print(json ? JSONText.render(list) : NetstatText.interfaces(list, octets: octets))
        }
        return try showSockets(stack, world)
    }

    private func showStatistics(_ stack: StackClient, _ world: World) throws(ToolFailure) -> Int32 {
        guard case .statistics(var groups) = try stack.ask(.statistics) else { throw stack.nonsense }
        if let name = `protocol` {
            let known = groups.map(\.name)
            groups = groups.filter { $0.name == name }
            guard !groups.isEmpty else {
                throw ToolFailure("-p \(name)", "no such protocol", "this stack counts: \(known.joined(separator: ", "))")
            }
        }
        return world.print(json ? JSONText.render(groups) : NetstatText.statistics(groups, zeros: statistics < 2))
    }

    private func showSockets(_ stack: StackClient, _ world: World) throws(ToolFailure) -> Int32 {
        guard case .sockets(var list) = try stack.ask(.sockets) else { throw stack.nonsense }
        if let name = `protocol` { list = list.filter { $0.protocol == name || $0.protocol == name + "6" } }
        if let wanted { list = list.filter { AddressText.family($0.local.address) ?? wanted == wanted } }
        return world.print(json ? JSONText.render(list) : NetstatText.sockets(list, all: all))
    }

    /// Prints differences until interrupted, or `times` lines.
    private func watch(_ seconds: Double, _ stack: StackClient, _ world: World) throws(ToolFailure) -> Int32 {
        let interrupts = try world.interrupts()
        let period = UInt64(seconds * 1e9)
        var (old, oldTotal) = try sample(stack)
        var next = MonotonicClock.now() &+ period
        var line = 0
        while line < times ?? .max {
            guard !interrupts.wait(Deadline(at: next)) else { return Exit.success }
            next = next &+ period
            let (now, total) = try sample(stack)
            if line % 21 == 0 { _ = world.print(NetstatText.watchHead(interface ?? old.name)) }
            _ = world.print(NetstatText.watchRow(now.counters.since(old.counters), total.since(oldTotal)))
            (old, oldTotal) = (now, total)
            line += 1
        }
        return Exit.success
    }

    /// The interface to watch (the first with hardware when none was named), and all together.
    private func sample(_ stack: StackClient) throws(ToolFailure) -> (InterfaceReport, InterfaceCounters) {
        let list = try stack.interfaces()
        let chosen = interface.map { name in list.first { $0.name == name } } ?? (list.first { $0.media != nil } ?? list.first)
        guard let chosen else {
            throw ToolFailure(interface ?? "interfaces", "there is none", "the interfaces are: \(list.map(\.name).joined(separator: ", "))")
        }
        return (chosen, list.reduce(InterfaceCounters()) { $0.adding($1.counters) })
    }
}
