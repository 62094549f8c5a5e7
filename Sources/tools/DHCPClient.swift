internal import ArgumentParser
internal import Host
internal import Messages
internal import Wire

/// `dhcp.client`: addresses, routes and resolvers of an interface, from the servers of its network.
struct DHCPClient: Tool {
    static let configuration = CommandConfiguration(
        commandName: "dhcp.client",
        abstract: "Configure an interface by DHCP.",
        usage: """
            dhcp.client [-abdHnu46] [-A NUM] [-D IDENT] [-h HOSTNAME] [-I NUM] [-i INTERFACE] [-P PORT] [-p PORT] [-s HOST]
                        [-T SECS] [-t NUM] [--resolv FILE] [--script FILE]
            dhcp.client --show [--json] [-i INTERFACE]
            """,
        discussion: """
            IPv4 by DHCP; IPv6, on a stack that speaks it, as the network's routers say: addresses, information alone, or nothing.
            Renews until it is ended, and then gives the addresses back; SIGPWR ends it and leaves them to a client started later.
            Domain and nameservers, those of router advertisements too, are written to resolv.conf in the instance's folder.
            The script is called with an event (bound, renewed, expired, refused, declined, released, resolvers), the interface
            and the address.

            Examples:
              dhcp.client -i em0 &
              SOCK=/sock2 dhcp.client -u -t 2 -i em0
              dhcp.client --show

            Exit status: 0 ended when told to, or in the background with an address; 1 failed; 2 no such interface; 3 no server
            answered in time, or the stack did not; 64 wrong words.
            """,
        helpNames: [.customLong("help")])

    @Option(name: .customShort("A"), help: "Give up after so many addresses that others have; 0: do not probe.") var declines = 5
    @Flag(name: .customShort("a"), help: "Add the address beside the others instead of replacing.") var alias = false
    @Flag(name: .customShort("b"), help: "Ask for unicast replies, not for broadcasts.") var unicast = false
    @Option(name: .customShort("D"), help: "The client identifier, as text; default: the MAC address.") var identifier: String?
    @Flag(name: .customShort("d"), help: "Say more.") var debug = false
    @Flag(name: .customShort("H"), help: "Do not apply the hostname: never done here.") var keepsName = false
    @Option(name: .customShort("h"), help: "The hostname to tell the server.") var hostName: String?
    @Option(name: .customShort("I"), help: "How often to look for the interface, every 2 s.") var polls = 5
    @Option(name: .customShort("i"), help: "The interface; default: the first.") var interface: String?
    @Flag(name: .customShort("n"), help: "Write no domain and no nameservers.") var withoutResolvers = false
    @Option(name: .customShort("P"), help: "The servers' port.") var serverPort: UInt16 = DHCPv4Message.serverPort
    @Option(name: .customShort("p"), help: "The client's port.") var clientPort: UInt16 = DHCPv4Message.clientPort
    @Option(name: .customShort("s"), help: "Listen to this server only.") var server: String?
    @Option(name: .customShort("T"), help: "Seconds that an attempt lasts.") var seconds = 60
    @Option(name: .customShort("t"), help: "Give up after so many attempts without an address; default: never.") var attempts: Int?
    @Flag(name: .customShort("u"), help: "Return, and go on in the background, once there is an address.") var background = false
    @Flag(name: .customShort("4"), help: "IPv4 only.") var only4 = false
    @Flag(name: .customShort("6"), help: "IPv6 only.") var only6 = false
    @Option(help: "Write this instead of the instance's resolv.conf.", completion: .file()) var resolv: String?
    @Option(help: "Call this at every event.", completion: .file()) var script: String?
    @Flag(help: "Print the leases that are held.") var show = false
    @Flag(help: "Print JSON, with --show.") var json = false
    @Flag(help: .hidden) var child = false

    func validate() throws {
        guard (0...1000).contains(declines) else { throw ValidationError("-A \(declines): give 0 to 1000") }
        guard (0...100_000).contains(polls) else { throw ValidationError("-I \(polls): give 0 to 100000") }
        guard (1...86_400).contains(seconds), (1...1_000_000).contains(attempts ?? 1) else {
            throw ValidationError("-T is 1 to 86400 seconds, -t 1 to 1000000 attempts")
        }
        guard serverPort > 0, clientPort > 0 else { throw ValidationError("a port is 1 to 65535") }
        guard !only4 || !only6 else { throw ValidationError("-4 and -6 exclude each other") }
        guard !json || show else { throw ValidationError("--json goes with --show") }
        if let server, IPv4Address(server) == nil { throw ValidationError("-s \(server): it is no IPv4 address") }
        if let hostName, DomainNames.name(text: Array(hostName.utf8)) == nil { throw ValidationError("-h \(hostName): it is no hostname") }
        if let identifier, !(1...254).contains(identifier.utf8.count) { throw ValidationError("-D: give 1 to 254 octets") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        if show { return try DHCPRecord.show(interface, json, world) }
        if background { return try DHCPParent(words: words, world: world).run() }
        Spawn.setName("dhcp.client")
        let signals: SignalDescriptor
        do { signals = try SignalDescriptor([.interrupt, .terminate, .hangup, .power]) } catch { throw ToolFailure("signals", error.description, "") }
        guard let place = try find(in: world) else {
            throw ToolFailure(interface ?? "interfaces", "no such interface, after \(polls) looks", "mount its driver: mount -T io-pkt FILE", exit: 2)
        }
        return try DHCPSession(self, place.stack, place.interface, world, signals).run()
    }

    /// The interface, waited for, as its stack is.
    private func find(in world: World) throws(ToolFailure) -> (stack: StackClient, interface: InterfaceReport)? {
        var problem: ToolFailure?
        for attempt in 0...polls {
            if attempt > 0 { Pause.milliseconds(2000) }
            do throws(ToolFailure) {
                let stack = try world.stack(), list = try stack.interfaces()
                problem = nil
                let found = list.first { one in interface.map { one.name == $0 } ?? (one.linkAddress != nil) }
                if let found, found.linkAddress != nil { return (stack, found) }
                if let found { throw ToolFailure(found.name, "it is no Ethernet interface", "name another: -i em0") }
            } catch {
                guard error.exit != Exit.hung else { throw error }
                problem = error
            }
        }
        if let problem { throw problem }
        return nil
    }

    /// Our words again, for a child that stays in the foreground.
    var words: [String] {
        let flags = [("-a", alias), ("-b", unicast), ("-d", debug), ("-H", keepsName), ("-n", withoutResolvers), ("-4", only4), ("-6", only6)]
        let values: [(String, String?)] = [
            ("-A", String(declines)), ("-D", identifier), ("-h", hostName), ("-I", String(polls)), ("-i", interface), ("-P", String(serverPort)),
            ("-p", String(clientPort)), ("-s", server), ("-T", String(seconds)), ("-t", attempts.map(String.init)),
            ("--resolv", resolv.map { Paths.absolute($0) }), ("--script", script.map { Paths.absolute($0) }),
        ]
        return ["--child"] + flags.filter(\.1).map(\.0) + values.flatMap { name, value in value.map { [name, $0] } ?? [] }
    }
}

extension Signal {
    /// The machine is about to lose power.
    static let power = Signal(rawValue: 30)
}

/// `dhcp.client -u`: starts a client in a session of its own and waits for its first word.
struct DHCPParent {
    let words: [String]
    let world: World

    func run() throws(ToolFailure) -> Int32 {
        do {
            // Neither stream is ours: whoever reads them sees their end when we return.
            let output = try FileDescriptor.pipe(), complaint = try FileDescriptor.pipe(), interrupts = try world.interrupts()
            let child = try Spawn.start(
                Spawn.ourselves, arguments: ["drydock", "dhcp.client"] + words, descriptors: [-1, output.second.raw, complaint.second.raw])
            var text: [UInt8] = []
            while !text.contains(10) {
                let hasEnded = child.waitForEnd(Deadline(in: .milliseconds(20)))
                text += (try? output.first.readAll(limit: 4096)) ?? []
                if hasEnded {
                    world.complaint(String(decoding: (try? complaint.first.readAll(limit: 4096)) ?? [], as: UTF8.self))
                    return ending(child.reap())
                }
                if interrupts.wait(Deadline(in: .zero)) {
                    try child.signal(.terminate)
                    return Exit.failure
                }
            }
            return world.print(String(decoding: text, as: UTF8.self))
        } catch let error as SystemError {
            throw ToolFailure("dhcp.client", error.description, "")
        } catch {
            throw (error as? ToolFailure) ?? ToolFailure("dhcp.client", "\(error)", "")
        }
    }

    private func ending(_ ending: Ending?) -> Int32 {
        if case .exited(let code)? = ending, code != Exit.success { return code }
        return Exit.failure
    }
}
