@testable import Stack

/// A sender whose every segment is told: what goes out, and what comes back, at times that the test chooses. A segment is
/// 1000 octets, and the first begins at zero.
final class RecoveryLab {
    var recovery: LossRecovery
    var pool: RecordPool
    var now = Instant(microseconds: 1_000_000)
    /// Segments of new data still to be sent.
    var unsent = 0
    static let segment = 1000

    init(
        _ algorithm: CongestionControl.Algorithm = .cubic, sack: Bool = true, records: Int = 4096,
        start: UInt32 = 0, _ change: (inout RecoveryOptions) -> Void = { _ in }
    ) {
        var options = RecoveryOptions()
        (options.segment, options.algorithm, options.hasSACK) = (Self.segment, algorithm, sack)
        change(&options)
        origin = SequenceNumber(rawValue: start)
        recovery = LossRecovery(options, start: origin)
        pool = RecordPool(records: records)
    }

    let origin: SequenceNumber
    func at(_ segment: Int) -> SequenceNumber { origin + segment * Self.segment }
    func segment(_ number: SequenceNumber) -> Int { (number - origin) / Self.segment }

    func wait(_ milliseconds: Int) { now = now + .milliseconds(milliseconds) }
    func wait(microseconds: Int) { now = now + .microseconds(microseconds) }

    /// Sends new segments without asking the window.
    func send(_ count: Int) {
        for _ in 0..<count {
            _ = recovery.transmitted(recovery.board.nxt, octets: Self.segment, isRetransmission: false, now: now, pool: &pool)
        }
    }

    /// The last segment, which a probe asked for.
    private var tail: (start: SequenceNumber, octets: Int)?

    /// Sends what may be sent: a probe, lost segments, then `unsent` new ones. Each as its number; retransmissions negative, minus one.
    @discardableResult func pump() -> [Int] {
        var sent: [Int] = []
        if let (start, octets) = tail {
            _ = recovery.transmitted(start, octets: octets, isRetransmission: true, now: now, pool: &pool)
            sent.append(-1 - segment(start))
            tail = nil
        }
        while sent.count < 10_000 {
            if let run = recovery.nextRetransmission(most: Self.segment, pool: pool) {
                _ = recovery.transmitted(run.start, octets: run.octets, isRetransmission: true, now: now, pool: &pool)
                sent.append(-1 - segment(run.start))
            } else if unsent > 0, recovery.budget >= Self.segment {
                unsent -= 1
                sent.append(segment(recovery.board.nxt))
                send(1)
            } else {
                break
            }
        }
        return sent
    }

    /// An acknowledgment up to segment `una`, with blocks of segments.
    @discardableResult func ack(
        _ una: Int, _ blocks: [Range<Int>] = [], echo: Int? = nil, _ change: (inout Acknowledgment) -> Void = { _ in }
    ) -> AckOutcome {
        var ack = Acknowledgment(una: at(una))
        for block in blocks { ack.blocks.append(at(block.lowerBound), at(block.upperBound)) }
        ack.echo = echo.map { .milliseconds($0) }
        ack.canSendNew = unsent > 0
        change(&ack)
        return recovery.acknowledged(ack, now: now, pool: &pool)
    }

    /// Goes to the deadline.
    @discardableResult func expire() -> Expiry {
        now = max(now, recovery.deadline)
        let expiry = recovery.expired(now: now, pool: &pool)
        if case .probe(let last, let octets) = expiry, unsent == 0 { tail = (last, octets) }
        return expiry
    }

    func expireToProbe() -> Bool { if case .probe = expire() { true } else { false } }

    /// A round trip of this many milliseconds, measured on one segment.
    func measure(_ milliseconds: Int) {
        let next = segment(recovery.board.nxt)
        send(1)
        wait(milliseconds)
        ack(next + 1)
    }

    var window: Int { recovery.congestionWindow / Self.segment }
    var threshold: Int? { recovery.information.threshold.map { $0 / Self.segment } }
    /// Lost and not sent again, in segments.
    var lost: Int { Int(recovery.board.lost) / Self.segment }
    var inFlight: Int { recovery.inFlight / Self.segment }
}
