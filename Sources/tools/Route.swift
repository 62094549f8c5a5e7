internal import ArgumentParser
internal import Messages

/// `route`: the routing table of a stack.
struct Route: Tool {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Show and change the routing table of a stack.",
        usage: """
            route [-n] [--json] show|flush [-inet|-inet6]
            route [-n] add|change DESTINATION GATEWAY [-mtu N] [-ifp INTERFACE] [-reject|-blackhole]
            route [-n] delete|get DESTINATION
            """,
        discussion: """
            DESTINATION is default, an address, or a prefix: 10.2.0.0/16, -net 10.2.0.0 -netmask 255.255.0.0.

            Examples:
              route add default 10.1.0.1
              SOCK=/sock2 route add -inet6 fd01::/64 fe80::1%em0
              route add 10.9.0.0/16 -interface em0
              route get 10.9.0.1

            Exit status: 0 done; 1 failed; 3 the stack does not answer; 64 wrong words.
            """)

    @Flag(name: .short, help: "Print numbers: always so, names are not looked up.") var numeric = false
    @Flag(name: .short, help: "Print nothing when all went well.") var quiet = false
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "What to do, and with which route.") var words: [String] = []

    /// Everything after the verb is a word of ours, dashes or not.
    static func normalised(_ words: [String]) -> [String] {
        guard let start = words.firstIndex(where: { !$0.hasPrefix("-") }) else { return words }
        let trailing: Set<String> = ["--json", "--help", "--version", "-n", "-q"]
        let tail = words[start...]
        return words[..<start] + tail.filter(trailing.contains) + ["--"] + tail.filter { !trailing.contains($0) }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let order = try RouteOrder(words)
        let stack = try world.stack()
        switch order {
        case .add(let setting):
            try stack.order(.addRoute(setting))
            return say("add", setting, world)
        case .delete(let setting):
            try stack.order(.deleteRoute(setting))
            return say("delete", setting, world)
        case .change(let setting):
            try change(setting, stack)
            return say("change", setting, world)
        case .get(let target): return try get(target, stack, world)
        case .show(let family):
            let routes = try stack.routes(family)
            return world.print(json ? JSONText.render(routes) : RouteText.table(routes))
        case .flush(let family): return try flush(family, stack, world)
        }
    }

    private func say(_ verb: String, _ setting: RouteSetting, _ world: World) -> Int32 {
        quiet ? Exit.success : world.print(RouteText.done(verb, setting))
    }

    /// The old route is put back when the new one is refused.
    private func change(_ setting: RouteSetting, _ stack: StackClient) throws(ToolFailure) {
        let old = try stack.routes(setting.family).first { $0.destination == setting.destination }
        try stack.order(.deleteRoute(RouteSetting(destination: setting.destination, family: setting.family)))
        do { try stack.order(.addRoute(setting)) } catch {
            if let old {
                let viaGateway = AddressText.family(old.gateway) != nil
                try? stack.order(.addRoute(RouteSetting(
                    destination: old.destination, family: old.family, gateway: viaGateway ? old.gateway : nil,
                    interface: old.interface, mtu: old.mtu)))
            }
            throw error
        }
    }

    private func get(_ target: String, _ stack: StackClient, _ world: World) throws(ToolFailure) -> Int32 {
        guard case .routes(let found) = try stack.ask(.route(to: target)), let route = found.first else {
            throw ToolFailure("get \(target)", "no route leads there", "see: route show")
        }
        return world.print(json ? JSONText.render(route) : RouteText.found(target, route))
    }

    /// As on BSD, what has a gateway goes; routes of our own links stay.
    private func flush(_ family: Family?, _ stack: StackClient, _ world: World) throws(ToolFailure) -> Int32 {
        for route in try stack.routes(family) where route.flags.contains("G") {
            let setting = RouteSetting(destination: route.destination, family: route.family, gateway: route.gateway, interface: route.interface)
            try stack.order(.deleteRoute(setting))
            _ = say("delete", setting, world)
        }
        return Exit.success
    }
}
