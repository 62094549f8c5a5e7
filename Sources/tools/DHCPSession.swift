internal import DHCP
internal import Host
internal import Messages
internal import Wire

/// A client at work: joins the state machines of both families to a stack, a clock and the files. One thread's.
final class DHCPSession {
    let options: DHCPClient
    let stack: StackClient
    let name: String
    let world: World
    let hardware: MACAddress
    var four: Client4?
    var six: Client6?
    var socket4: DatagramSocket?, socket6: DatagramSocket?
    var files: DHCPFiles
    /// What has been set for the lease, to be taken away with it.
    var routes: [RouteSetting] = []
    var mtuBefore: Int?
    /// What routers say of resolvers.
    var advertised = Information6Sources()
    private let loop: EventLoop
    private let signals: SignalDescriptor
    private let started: Duration
    private var nextLook = Duration.zero
    private var hasSpoken = false
    private var exit: Int32?

    init(_ options: DHCPClient, _ stack: StackClient, _ interface: InterfaceReport, _ world: World, _ signals: consuming SignalDescriptor) throws(ToolFailure) {
        guard let hardware = interface.linkAddress.flatMap({ MACAddress($0) }) else { throw stack.nonsense }
        (self.options, self.stack, self.world, self.hardware, name) = (options, stack, world, hardware, interface.name)
        self.signals = signals
        started = Self.now
        files = DHCPFiles(options, try world.runtime(), stack.name, interface.name)
        do { loop = try EventLoop() } catch { throw ToolFailure("dhcp.client", error.description, "") }
    }

    static var now: Duration { .nanoseconds(Int64(clamping: MonotonicClock.now())) }
    var now: Duration { Self.now }

    /// Serves until told to end. Of a client in the background nobody hears but its log.
    func run() throws(ToolFailure) -> Int32 {
        do { return try serve() } catch {
            if options.child { files.log(error.text(name)) }
            throw error
        }
    }

    private func serve() throws(ToolFailure) -> Int32 {
        try stack.order(.configure(interface: name, changes: [.up(true)]))
        if !options.only6 { try start4() }
        do throws(SystemError) {
            try loop.add(signals.raw, token: 0)
            if let socket4 { try loop.add(socket4.raw, token: 4) }
        } catch { throw ToolFailure("dhcp.client", error.description, "") }
        while exit == nil {
            try turn()
            if exit == nil { try wait() }
        }
        files.clear()
        return exit ?? Exit.success
    }

    /// Everything that is due.
    private func turn() throws(ToolFailure) {
        four?.advance(to: now)
        try perform4()
        six?.advance(to: now)
        try perform6()
        guard now >= nextLook else { return }
        try look()
        nextLook = now + (isProbing ? .milliseconds(100) : .seconds(1))
        try giveUpIfLate()
    }

    private var isProbing: Bool { four?.state == .probing || six?.state == .probing }

    private func wait() throws(ToolFailure) {
        let due = [four?.deadline, six?.deadline, nextLook].compactMap { $0 }.min() ?? nextLook
        var ready = ReadyEvents(capacity: 4)
        do { try loop.wait(&ready, nanoseconds: max(due - now, .zero).nanoseconds) } catch { throw ToolFailure("dhcp.client", error.description, "") }
        for index in 0..<ready.count {
            switch ready[index].token {
            case 0: try end()
            case 4: try drain4()
            default: try drain6()
            }
        }
    }

    /// A signal came. SIGPWR leaves the leases to a client started later.
    private func end() throws(ToolFailure) {
        guard let signal = signals.take() else { return }
        if signal != .power {
            four?.release(now: now)
            try perform4()
            six?.release(now: now)
            try perform6()
            // RFC 8415 §18.2.7: the server's word is waited for, here for three seconds at most.
            let deadline = Deadline(in: .seconds(3))
            while let client = six, client.state == .releasing, !deadline.hasPassed {
                if let socket6 { _ = Poll.readable(socket6.raw, Deadline(in: .milliseconds(50))) }
                try drain6()
                six?.advance(to: now)
                try perform6()
            }
        }
        exit = Exit.success
    }

    /// Looks at what the stack has found out: conflicts, link-local addresses, routers.
    private func look() throws(ToolFailure) {
        let report = try stack.interface(name)
        try lookAt4(report)
        guard !options.only4, let discovery = try discovery() else { return }
        try lookAt6(report, discovery)
        advertised = Information6Sources(discovery, name)
        try writeResolvers()
    }

    /// Nil on a stack without IPv6.
    private func discovery() throws(ToolFailure) -> DiscoveryReport? {
        guard case .discovery(let report) = try stack.ask(.discovery) else { throw stack.nonsense }
        return report
    }

    private func giveUpIfLate() throws(ToolFailure) {
        guard !hasSpoken, let attempts = options.attempts, now - started >= .seconds(attempts * options.seconds) else { return }
        throw ToolFailure(name, "no server answered within \(attempts * options.seconds) s", "see whether frames arrive: netstat -I \(name)", exit: 3)
    }

    // MARK: saying

    /// There is an address, or all the information that there will be: a parent may return.
    func speak(_ line: String) {
        if !hasSpoken || !options.child { world.output("\(name): \(line)\n") }
        if options.child { files.log("\(name): \(line)") }
        hasSpoken = true
    }

    func note(_ line: String) {
        guard options.debug else { return }
        options.child ? files.log("\(name): \(line)") : world.complaint("dhcp.client: \(name): \(line)\n")
    }

    /// Tells the script.
    func announce(_ event: String, _ address: String) {
        if let complaint = files.call(event, address) { note(complaint) }
    }

    func writeResolvers() throws(ToolFailure) {
        let lists = ResolverLists(four?.lease, four?.state == .bound || four?.state == .renewing || four?.state == .rebinding, six?.information, advertised)
        if try files.write(lists) { announce("resolvers", "") }
    }

    func add6(_ socket: DatagramSocket) throws(ToolFailure) {
        socket6 = socket
        do { try loop.add(socket.raw, token: 6) } catch { throw ToolFailure("dhcp.client", error.description, "") }
    }

    /// Datagrams that wait, without their headers.
    func drain(_ socket: DatagramSocket?, _ body: ([UInt8]) -> Void) throws(ToolFailure) {
        guard let socket else { return }
        while true {
            let arrival: DatagramSocket.Arrival
            do { arrival = try socket.receive() } catch { throw stack.death() }
            switch arrival {
            case .nothing: return
            case .end: throw stack.death()
            case .datagram(let octets):
                // SAFETY: any octet is a valid UInt8.
                guard let header = unsafe DatagramHeader(octets.span.bytes) else { continue }
                if header.flags.contains(.error) { note("not sent, error \(header.error)") } else { body(Array(octets.dropFirst(DatagramHeader.octets))) }
            }
        }
    }

    func send(_ socket: DatagramSocket?, _ header: DatagramHeader, _ octets: [UInt8]) throws(ToolFailure) {
        do {
            // What the stack has no room for is lost, as on a network; the next copy follows.
            if try socket?.send(header, octets) == false { note("the stack is busy: a message was not sent") }
        } catch { throw stack.death() }
    }
}
