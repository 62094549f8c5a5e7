internal import Host

/// `seqpacket:PATH`: any program that connects and sends a frame a message. One at a time; the next waits in the queue.
final class SocketEnd: CableEnd {
    private let file: ListeningFile
    private let path: String
    private var link: PacketLink?
    private var sender = FrameSender()

    init(path: String, cable: String) throws(CableFailure) {
        file = try ListeningFile(path, .messages, cable: cable)
        self.path = path
    }

    var carrier: Bool { link != nil }
    var counters: CableCounters { sender.counters }
    var state: String { carrier ? "a program is connected to \(path)" : "waiting for a program at \(path)" }

    var watched: [CableWatch] {
        guard let link else { return [CableWatch(file.listener.raw)] }
        return [CableWatch(link.raw, forWriting: sender.isWaiting)]
    }

    func send(_ frame: RawSpan) {
        if !sender.send(frame, carrier: carrier, write) { part() }
    }

    func service(now: UInt64, _ deliver: (RawSpan) -> Void) -> UInt64? {
        if link == nil, let accepted = try? UnixSocket.accept(file.listener.raw) { link = PacketLink(accepted) }
        if link != nil, !sender.flush(write) { part() }
        for _ in 0..<CableLimits.burst {
            guard let link else { return nil }
            let arrival = link.receive { frame in
                if sender.admit(frame.byteCount) { deliver(frame) }
            }
            switch arrival {
            case .message: continue
            case .tooLong: _ = sender.admit(.max)
            case .nothing: return nil
            case .closed:
                part()
                // Somebody else may wait.
                return now
            }
        }
        return now
    }

    private func write(_ frame: RawSpan) -> SendOutcome { link?.send(frame) ?? .broken }

    private func part() {
        sender.abandon()
        link = nil
    }

    func close() { part() }
}
