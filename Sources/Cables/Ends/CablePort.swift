public import Host

/// A listening socket that callers greet: the `port` of a NIC or of a switch.
///
/// At most `mostWaiting` callers that have not said who they are, each for at most a second.
public final class CablePort {
    static let mostWaiting = 16
    static let patience: UInt64 = 1_000_000_000

    private let listener: FileDescriptor
    private var waiting: [Caller] = []

    private struct Caller {
        var link: PacketLink
        var since: UInt64
    }

    /// - Parameter path: must not exist.
    public init(path: String) throws(SystemError) { listener = try UnixSocket.listen(path) }

    public var watched: [CableWatch] { [CableWatch(listener.raw)] + waiting.map { CableWatch($0.link.raw) } }

    /// Accepts callers and hears who they are.
    ///
    /// - Parameter answer: gets a caller's name; nil accepts it, and `connected` is called with its connection; else why not.
    /// - Returns: when to look again at the latest.
    public func service(
        now: UInt64, as name: String, _ answer: (String) -> String?, _ connected: (CableConnection) -> Void
    ) -> UInt64? {
        while waiting.count < Self.mostWaiting, let accepted = try? UnixSocket.accept(listener.raw) {
            guard let peer = try? UnixSocket.peer(accepted.raw), peer.isTrusted else { continue }
            waiting.append(Caller(link: PacketLink(accepted), since: now))
        }
        var remaining: [Caller] = []
        for caller in waiting {
            var greeting: Greeting?
            switch caller.link.receive({ greeting = Greeting($0) }) {
            case .nothing:
                if now &- caller.since < Self.patience { remaining.append(caller) }
            case .tooLong, .closed: break
            case .message:
                guard case .call(let from) = greeting else { break }
                if let why = answer(from) {
                    _ = caller.link.send(Greeting.refuse(why: why))
                } else if case .sent = caller.link.send(Greeting.accept(by: name)) {
                    connected(CableConnection(link: caller.link, name: from))
                }
            }
        }
        waiting = remaining
        return waiting.map { $0.since &+ Self.patience }.min()
    }
}

/// A caller that was accepted, on its way to the end that takes it.
public struct CableConnection {
    let link: PacketLink
    /// Who called.
    public let name: String
}

extension PacketLink {
    func send(_ greeting: Greeting) -> SendOutcome {
        let octets = greeting.octets
        return unsafe send(octets.span.bytes)
    }
}
