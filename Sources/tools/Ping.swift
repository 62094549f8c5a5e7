internal import ArgumentParser
internal import Glibc
internal import Host
internal import Messages

/// `ping`: ICMP echo through a stack.
struct Ping: Tool {
    static let configuration = CommandConfiguration(
        commandName: "ping",
        abstract: "Send ICMP echo requests through a stack and print what comes back.",
        usage: "ping [OPTIONS] ADDRESS",
        discussion: """
            The address decides between IPv4 and IPv6; names are not looked up. Link-local IPv6 addresses have their
            interface behind a percent sign: fe80::1%em0. Every octet of a reply is compared with what was sent.

            Examples:
              SOCK=/sock2 ping 10.1.0.1
              ping -c 3 -i 0.2 -s 1472 -D 10.1.0.1
              ping -f -c 10000 -q 10.1.0.1
              ping6 -c 1 fe80::1%em0

            Exit status: 0 there were replies; 1 there were none; 2 another error; 3 the stack does not answer.
            """)

    static var usageExit: Int32 { 2 }

    @Option(name: .customShort("c"), help: "How many requests.") var count: Int?
    @Option(name: .customShort("i"), help: "Seconds between requests.") var interval: Double?
    @Option(name: .customShort("s"), help: "Octets of data.") var size = 56
    @Option(name: .customShort("w"), help: "Seconds after which to end, whatever has come.") var limit: Double?
    @Option(name: .customShort("p"), help: "Data as up to 16 octets in hexadecimal, repeated.") var pattern: String?
    @Option(name: .customShort("l"), help: "Requests sent at once before the rhythm begins.") var preload = 0
    @Option(name: .customShort("T"), help: "Time to live, or hop limit.") var hopLimit: Int?
    @Option(name: .customShort("t"), help: "Type of service, or traffic class.") var service: Int?
    @Option(name: .customShort("I"), help: "Source address, or interface.") var source: String?
    @Flag(name: .customShort("f"), help: "Flood: as fast as replies come, at least 100 a second; a dot each, a backspace a reply.") var flood = false
    @Flag(name: .customShort("n"), help: "Print numbers: always so, names are not looked up.") var numeric = false
    @Flag(name: .customShort("q"), help: "Print only the head and the summary.") var quiet = false
    @Flag(name: .customShort("o"), help: "End at the first reply.") var once = false
    @Flag(name: .customShort("D"), help: "Forbid fragments.") var dontFragment = false
    @Flag(name: .customShort("v"), help: "Accepted: errors are always printed.") var verbose = false
    @Flag(name: .customShort("4"), help: "IPv4 only.") var v4 = false
    @Flag(name: .customShort("6"), help: "IPv6 only.") var v6 = false
    @Flag(help: "Print the summary as JSON, and nothing else.") var json = false
    @Argument(help: "The address.") var host: String

    func validate() throws {
        guard let family = AddressText.family(host) else {
            throw ValidationError("\(host): that is not an address, and names are not looked up; as in: ping 10.1.0.1")
        }
        guard !(v4 && family == .inet6) && !(v6 && family == .inet) && !(v4 && v6) else {
            throw ValidationError("\(host): that is no IPv\(v4 ? 4 : 6) address; leave -\(v4 ? 4 : 6) out")
        }
        func require(_ fine: Bool, _ what: String, _ range: String) throws {
            if !fine { throw ValidationError("\(what): give \(range)") }
        }
        try require(count ?? 1 >= 1, "-c \(count ?? 0)", "a number from 1")
        try require((0.001...86400).contains(interval ?? 1), "-i \(interval ?? 0)", "0.001 to 86400 seconds")
        try require((0...65_507).contains(size), "-s \(size)", "0 to 65507 octets")
        try require((0.001...1e6).contains(limit ?? 1), "-w \(limit ?? 0)", "0.001 to 1000000 seconds")
        try require((0...65_535).contains(preload), "-l \(preload)", "0 to 65535 requests")
        try require((1...255).contains(hopLimit ?? 64), "-T \(hopLimit ?? 0)", "1 to 255")
        try require((0...255).contains(service ?? 0), "-t \(service ?? 0)", "0 to 255")
        try require(pattern == nil || PingOptions.pattern(pattern ?? "") != nil, "-p \(pattern ?? "")", "1 to 32 hexadecimal digits")
        guard !(flood && interval != nil) else { throw ValidationError("-f and -i exclude each other") }
    }

    var options: PingOptions {
        var options = PingOptions(host: host, family: AddressText.family(host) ?? .inet)
        (options.count, options.size, options.flood, options.quiet) = (count, size, flood, quiet)
        (options.numeric, options.verbose, options.once, options.preload) = (numeric, verbose, once, preload)
        if let interval { options.interval = UInt64(interval * 1e9) }
        options.limit = limit.map { UInt64($0 * 1e9) }
        options.pattern = pattern.flatMap(PingOptions.pattern) ?? []
        (options.hopLimit, options.typeOfService) = (UInt8(hopLimit ?? 0), UInt8(service ?? 0))
        options.dontFragment = dontFragment
        return options
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        var world = world
        world.isQuiet = json
        do {
            let stack = try world.stack()
            let target = try target(stack)
            let messages = EchoMessages(family: options.family, identifier: UInt16(truncatingIfNeeded: getpid()))
            let session = PingSession(options, now: MonotonicClock.now())
            if !json { world.output(session.head) }
            var run = try PingRun(session: session, messages: messages, target: target, request: request, stack: stack, world: world)
            try run.run()
            let end = run.session
            world.output(json ? JSONText.render(PingReport(host, end.statistics)) : end.summary)
            return end.exit
        } catch {
            var failure = error
            if failure.exit == Exit.failure { failure.exit = 2 }
            throw failure
        }
    }

    private var request: SocketRequest {
        var socket = SocketOptions()
        let given = options
        if given.hopLimit > 0 { socket.timeToLive = Int(given.hopLimit) }
        if given.typeOfService > 0 { socket.typeOfService = Int(given.typeOfService) }
        if given.dontFragment { socket.dontFragment = true }
        var bind: SocketAddress?
        if let source {
            if AddressText.family(source) != nil { bind = SocketAddress(address: source) } else { socket.interface = source }
        }
        return SocketRequest(family: given.family, kind: .icmp, bind: bind, options: socket)
    }

    /// Where requests go: the address, and the interface behind its percent sign.
    private func target(_ stack: StackClient) throws(ToolFailure) -> DatagramHeader {
        guard let address = DatagramHeader.Address(host) else { throw ToolFailure(host, "that is not an address", "as in: ping 10.1.0.1") }
        let given = options
        var header = DatagramHeader(address: address, hopLimit: given.hopLimit, typeOfService: given.typeOfService,
                                    flags: given.dontFragment ? .dontFragment : [])
        if let zone = host.split(separator: "%").dropFirst().first {
            header.interface = UInt32(clamping: try stack.interface(String(zone)).index)
        }
        return header
    }
}
