internal import ArgumentParser
internal import Host
internal import Messages

/// `drydock udp-echo`: sends every datagram back to whom it came from. A peer for tests of a driver with real traffic.
struct UDPEcho: Tool {
    static let configuration = CommandConfiguration(
        commandName: "udp-echo",
        abstract: "Answer UDP datagrams with themselves.",
        usage: "drydock udp-echo [-6] [--port PORT] [--count N] [--seconds S]",
        discussion: """
            Runs until interrupted, until N datagrams were answered, or for S seconds. RFC 862.

            Example:
              SOCK=/sock2 drydock udp-echo --port 7 --count 1000

            Exit status: 0 it answered as many as were wanted; 1 it did not, or the stack died; 64 wrong words.
            """)

    @Flag(name: .customShort("6"), help: "Over IPv6.") var isIPv6 = false
    @Option(help: "The port to listen on.") var port: UInt16 = 7
    @Option(help: "Stop after so many datagrams.") var count: Int?
    @Option(help: "Stop after so many seconds.") var seconds: Double = 3600

    func validate() throws {
        guard port > 0 else { throw ValidationError("--port 0: a port is 1 to 65535") }
        guard (count ?? 1) > 0 else { throw ValidationError("--count: give 1 or more") }
        guard seconds > 0, seconds <= 86_400 else { throw ValidationError("--seconds: more than 0, at most a day") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let stack = try world.stack()
        let bind = SocketAddress(address: isIPv6 ? "::" : "0.0.0.0", port: port)
        let socket = DatagramSocket(try stack.openSocket(SocketRequest(family: isIPv6 ? .inet6 : .inet, kind: .udp, bind: bind)))
        let interrupts = try world.interrupts()
        let answered: Int
        do { answered = try serve(socket, interrupts) } catch {
            guard error.number == .connectionReset || error.number == .brokenPipe else { throw ToolFailure("udp-echo", error.description, "") }
            throw stack.death()
        }
        return world.print("\(answered) datagrams answered\n") == 0 && answered >= (count ?? 0) ? Exit.success : Exit.failure
    }

    private func serve(_ socket: DatagramSocket, _ interrupts: Interrupts) throws(SystemError) -> Int {
        let loop = try EventLoop(), deadline = Deadline(in: .milliseconds(Int(seconds * 1000)))
        var ready = ReadyEvents(capacity: 4), answered = 0
        try loop.add(socket.raw, token: 0)
        try loop.add(interrupts.raw, token: 1)
        while answered < count ?? .max, !deadline.hasPassed {
            try loop.wait(&ready, nanoseconds: deadline.left)
            for index in 0..<ready.count where ready[index].token == 1 && interrupts.take() { return answered }
            answered += try drain(socket, most: (count ?? .max) - answered)
        }
        return answered
    }

    private func drain(_ socket: DatagramSocket, most: Int) throws(SystemError) -> Int {
        var answered = 0
        while answered < most {
            switch try socket.receive() {
            case .nothing: return answered
            case .end: throw SystemError("receive", .connectionReset)
            case .datagram(let octets): if try answer(socket, octets) { answered += 1 }
            }
        }
        return answered
    }

    /// - Returns: false for what was no datagram: an error about one of ours.
    private func answer(_ socket: DatagramSocket, _ octets: [UInt8]) throws(SystemError) -> Bool {
        guard var header = unsafe DatagramHeader(octets.span.bytes), !header.flags.contains(.error) else { return false }
        (header.hopLimit, header.typeOfService, header.interface, header.time) = (0, 0, 0, 0)
        return try socket.send(header, Array(octets.dropFirst(DatagramHeader.octets)))
    }
}
