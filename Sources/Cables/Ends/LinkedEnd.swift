internal import Host

/// An end whose far side is another Drydock process: it calls `path` again and again until somebody answers, or waits to
/// be called, and survives the far side's death and return.
final class LinkedEnd: CableEnd {
    /// Who is meant to be there.
    enum Far: Equatable {
        case nic(String)
        case `switch`(String)
        /// Whoever calls this NIC's port.
        case anybody

        var name: String? {
            switch self {
            case .nic(let name), .switch(let name): name
            case .anybody: nil
            }
        }
        var description: String {
            switch self {
            case .nic(let name): "NIC \(name)"
            case .switch(let name): "switch \(name)"
            case .anybody: "a caller"
            }
        }
    }

    private enum Phase { case apart, calling(until: UInt64), joined(to: String) }

    private let own: String
    private let far: Far
    private let path: String?
    /// Called when nobody listens: starts a switch.
    private let nobodyThere: () -> Void
    private var phase = Phase.apart
    private var link: PacketLink?
    private var sender = FrameSender()
    private var nextCall: UInt64 = 0
    private var lastRefusal: String?

    /// - Parameters:
    ///   - own: this NIC's name, which the far side is told.
    ///   - path: the far side's port; nil: wait to be called.
    init(own: String, far: Far, path: String?, nobodyThere: @escaping () -> Void = {}) {
        (self.own, self.far, self.path, self.nobodyThere) = (own, far, path, nobodyThere)
    }

    var carrier: Bool { if case .joined = phase { true } else { false } }
    var counters: CableCounters { sender.counters }

    var state: String {
        if case .joined(let name) = phase { return "connected to \(name)" }
        let waiting = "waiting for \(far.description)"
        return lastRefusal.map { "\(waiting) (refused: \($0))" } ?? waiting
    }

    var watched: [CableWatch] {
        link.map { [CableWatch($0.raw, forWriting: sender.isWaiting)] } ?? []
    }

    /// Whether a caller may be this end's far side; nil: yes.
    ///
    /// Where two NICs are cabled to each other, both call. The one whose name comes first wins: the other accepts its
    /// call even while calling itself, and its own call is refused.
    func objection(to caller: String) -> String? {
        if case .joined(let name) = phase, name != caller { return "\(own) is connected to \(name)" }
        switch far {
        case .anybody: return nil
        case .switch(let name): return "\(own) is cabled to switch \(name)"
        case .nic(let name) where name != caller: return "\(own) is cabled to \(name)"
        case .nic: return own < caller ? "\(own) calls by itself" : nil
        }
    }

    /// Takes an accepted caller as the far side, in place of an older connection.
    func take(_ connection: CableConnection) {
        part()
        phase = .joined(to: connection.name)
        link = connection.link
    }

    func send(_ frame: RawSpan) {
        if !sender.send(frame, carrier: carrier, write) { part() }
    }

    func service(now: UInt64, _ deliver: (RawSpan) -> Void) -> UInt64? {
        switch phase {
        case .apart:
            guard path != nil else { return nil }
            guard now >= nextCall else { return nextCall }
            call(now: now)
            return nextCall
        case .calling(let until):
            if now >= until { part() } else { hearAnswer() }
            return carrier ? now : nextCall
        case .joined:
            if !sender.flush(write) { part() }
            return receive(deliver) ? now : link == nil ? nextCall : nil
        }
    }

    private func write(_ frame: RawSpan) -> SendOutcome { link?.send(frame) ?? .broken }

    /// - Returns: true when there may be more.
    private func receive(_ deliver: (RawSpan) -> Void) -> Bool {
        for _ in 0..<CableLimits.burst {
            guard let link else { return false }
            let arrival = link.receive { frame in
                if sender.admit(frame.byteCount) { deliver(frame) }
            }
            switch arrival {
            case .message: continue
            case .tooLong: _ = sender.admit(.max)
            case .nothing: return false
            case .closed:
                part()
                return false
            }
        }
        return true
    }

    private func call(now: UInt64) {
        nextCall = now &+ CableLimits.retry
        guard let path else { return }
        do throws(SystemError) {
            let socket = try UnixSocket.connect(path, deadline: Deadline(in: .milliseconds(2)))
            guard try UnixSocket.peer(socket.raw).isTrusted else { return }
            let fresh = PacketLink(socket)
            _ = fresh.send(Greeting.call(from: own))
            link = fresh
            phase = .calling(until: now &+ CablePort.patience)
        } catch {
            if error.number == .notFound || error.number == .connectionRefused { nobodyThere() }
        }
    }

    private func hearAnswer() {
        var answer: Greeting?
        switch link?.receive({ answer = Greeting($0) }) {
        case .nothing, nil: return
        case .closed, .tooLong: part()
        case .message:
            switch answer {
            case .accept(let by):
                phase = .joined(to: by)
                lastRefusal = nil
            case .refuse(let why):
                part()
                lastRefusal = why
            case .call, nil: part()
            }
        }
    }

    private func part() {
        sender.abandon()
        link = nil
        phase = .apart
    }

    func close() { part() }
}
