/// `peer:ADDRESS/LENGTH`: somebody to talk to without another process.
final class PeerEnd: CableEnd {
    private let specification: PeerSpecification
    private var responder: PeerResponder
    private var sender = FrameSender()
    /// Answers on their way to the NIC; bounded by `CableLimits.queuedFrames`, and what does not fit is counted.
    private var answers: [[UInt8]] = []
    private var overflowed: UInt64 = 0

    init(_ specification: PeerSpecification) {
        self.specification = specification
        responder = PeerResponder(specification)
    }

    var carrier: Bool { true }
    var counters: CableCounters { sender.counters }
    var watched: [CableWatch] { [] }
    var state: String {
        let c = responder.counters
        return "built-in peer \(specification.address) (\(specification.mac)): \(c.answered) answered, \(c.discarded) discarded, "
            + "\(c.ignored) ignored, \(c.malformed) malformed, \(overflowed) too many at once"
    }

    func send(_ frame: RawSpan) {
        _ = sender.send(frame, carrier: true) { frame in
            guard let answer = responder.hear(frame) else { return .sent }
            if answers.count < CableLimits.queuedFrames { answers.append(answer) } else { overflowed &+= 1 }
            return .sent
        }
    }

    func service(now: UInt64, _ deliver: (RawSpan) -> Void) -> UInt64? {
        let burst = answers
        answers.removeAll()
        for answer in burst where sender.admit(answer.count) { answer.show(deliver) }
        return nil
    }

    func close() { answers.removeAll() }
}
