@testable import Stack

/// A path in virtual time between a sender, which is a `LossRecovery`, and a receiver that acknowledges every segment.
struct PathDescription {
    var name: String
    /// Segments of 1000 octets to bring over.
    var segments = 2000
    /// One way, milliseconds.
    var delay = 20
    /// Octets a millisecond, and octets that wait for it at most.
    var rate = 1250, queue = 50_000
    /// Which transmissions are lost, by their number from zero on.
    var loses: @Sendable (_ transmission: Int, _ random: inout RandomSource) -> Bool = { _, _ in false }
    /// Milliseconds by which a transmission comes late.
    var delays: @Sendable (_ transmission: Int, _ random: inout RandomSource) -> Int = { _, _ in 0 }
    /// From when to when nothing comes through, and all of it then; milliseconds.
    var stop: Range<Int>?
    /// Which acknowledgments are lost.
    var losesAck: @Sendable (_ acknowledgment: Int, _ random: inout RandomSource) -> Bool = { _, _ in false }
    var algorithm = CongestionControl.Algorithm.cubic
    var hasSACK = true, hasTimestamps = true
    /// Above half a queue, segments are marked. RFC 3168.
    var marks = false
}

final class SimulatedPath {
    private enum Event { case data(segment: Int, sentAt: Instant, isMarked: Bool), ack(Acknowledgment, echo: Instant?) }

    let description: PathDescription
    let lab: RecoveryLab
    private var random = RandomSource(seed: 11)
    private var events: [(at: UInt64, order: Int, event: Event)] = []
    private var order = 0, transmissions = 0, acknowledgments = 0
    /// When the bottleneck is free again.
    private var freeAt: UInt64 = 0
    private var received: [Bool], next = 0, recent: [Int] = [], duplicate: Int?
    private var lastEcho: Instant?, isMarking = false
    private(set) var dropped = 0, greatestWindow = 0

    init(_ description: PathDescription) {
        self.description = description
        lab = RecoveryLab(description.algorithm, sack: description.hasSACK, start: .max - 300_000)
        received = Array(repeating: false, count: description.segments)
        lab.unsent = description.segments
    }

    /// Milliseconds until everything was acknowledged; nil: not within ten minutes.
    func run() -> Int? {
        let start = lab.now
        transmit()
        while lab.recovery.board.una != lab.at(description.segments) {
            guard lab.now - start < .seconds(600) else { return nil }
            let due = events.first.map { Instant(microseconds: $0.at) } ?? .never
            if lab.recovery.deadline < due {
                lab.expire()
            } else if !events.isEmpty {
                lab.now = max(lab.now, due)
                take(events.removeFirst().event)
            } else {
                return nil // a standstill
            }
            transmit()
        }
        return Int((lab.now - start).nanoseconds / 1_000_000)
    }

    private func transmit() {
        for sent in lab.pump() {
            let segment = sent < 0 ? -1 - sent : sent
            enter(segment)
        }
        greatestWindow = max(greatestWindow, lab.window)
    }

    private func enter(_ segment: Int) {
        let number = transmissions
        transmissions += 1
        let now = lab.now.microseconds
        let waiting = Int(max(freeAt, now) - now) * description.rate / 1000
        if description.loses(number, &random) || waiting > description.queue {
            dropped += 1
            return
        }
        freeAt = max(freeAt, now) + UInt64(RecoveryLab.segment * 1000 / description.rate)
        let late = description.delay + description.delays(number, &random)
        let isMarked = description.marks && waiting > description.queue / 2
        var arrival = freeAt + UInt64(late * 1000)
        if let stop = description.stop, stop.contains(Int(arrival / 1000) - 1000) { arrival = UInt64(stop.upperBound + 1000) * 1000 }
        schedule(.data(segment: segment, sentAt: lab.now, isMarked: isMarked), arrival)
    }

    private func schedule(_ event: Event, _ at: UInt64) {
        order += 1
        let position = events.firstIndex { $0.at > at } ?? events.count
        events.insert((at, order, event), at: position)
    }

    private func take(_ event: Event) {
        switch event {
        case .data(let segment, let sentAt, let isMarked): arrive(segment, sentAt, isMarked)
        case .ack(var ack, let echo):
            if let echo, description.hasTimestamps { ack.echo = .milliseconds(Int((lab.now - echo).nanoseconds / 1_000_000)) }
            ack.canSendNew = lab.unsent > 0
            guard ack.una >= lab.recovery.board.una else { return } // an old one
            _ = lab.recovery.acknowledged(ack, now: lab.now, pool: &lab.pool)
            if lab.recovery.takeCWR() { isMarking = false }
        }
    }

    /// The receiver: RFC 2018 §4, RFC 2883 §4, RFC 7323 §4.3.
    private func arrive(_ segment: Int, _ sentAt: Instant, _ isMarked: Bool) {
        if isMarked { isMarking = true }
        duplicate = received[segment] ? segment : nil
        if segment <= next { lastEcho = sentAt }
        if !received[segment] {
            received[segment] = true
            recent.removeAll { $0 == segment }
            recent.insert(segment, at: 0)
        }
        while next < received.count, received[next] { next += 1 }
        acknowledgments += 1
        if description.losesAck(acknowledgments - 1, &random) { return }
        var ack = Acknowledgment(una: lab.at(next))
        ack.isECNEcho = isMarking
        if description.hasSACK { report(into: &ack) }
        schedule(.ack(ack, echo: lastEcho), lab.now.microseconds + UInt64(description.delay * 1000))
    }

    private func report(into ack: inout Acknowledgment) {
        if let duplicate { ack.blocks.append(lab.at(duplicate), lab.at(duplicate + 1)) }
        var told: [Range<Int>] = []
        recent.removeAll { $0 < next }
        for segment in recent where told.count < 3 && !told.contains(where: { $0.contains(segment) }) {
            var first = segment, end = segment + 1
            while first > next, received[first - 1] { first -= 1 }
            while end < received.count, received[end] { end += 1 }
            told.append(first..<end)
            ack.blocks.append(lab.at(first), lab.at(end))
        }
    }
}
