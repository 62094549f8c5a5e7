@testable import Stack
import Testing

@Suite struct LossDetectionTests {
    /// Ten segments in flight over a path of 100 ms, one a millisecond.
    static func flight(_ count: Int = 10, sack: Bool = true, _ change: (inout RecoveryOptions) -> Void = { _ in }) -> RecoveryLab {
        let lab = RecoveryLab(sack: sack, change)
        lab.measure(100)
        for _ in 0..<count {
            lab.send(1)
            lab.wait(1)
        }
        lab.wait(100 - count)
        return lab
    }

    @Test func `RFC 8985 §6.2: three segments sacked beyond a hole need no reordering window`() {
        let lab = Self.flight()
        lab.ack(1, [2..<3])
        #expect(lab.lost == 0)
        lab.wait(1)
        lab.ack(1, [2..<4])
        lab.wait(1)
        let outcome = lab.ack(1, [2..<5])
        #expect(lab.lost == 1)
        #expect(outcome.events == .enteredRecovery)
        #expect(lab.pump() == [-2])
    }

    @Test func `RFC 8985 §6.2 step 5: one sacked segment and a quarter of a round trip are enough`() {
        let lab = Self.flight()
        lab.wait(1)
        lab.ack(1, [2..<3])
        #expect(lab.lost == 0)
        // Sent at 1 ms, so due at 1 + 100 (its round trip: 99 + 1) + 25.
        let waiting = lab.recovery.deadline - lab.now
        #expect(waiting == .milliseconds(24))
        #expect(lab.expire() == .reorderingSettled)
        #expect(lab.lost == 1)
        #expect(lab.pump() == [-2])
    }

    @Test func `RFC 8985 §6.2 step 3: a segment that comes after later ones is reordering, and no loss`() {
        let lab = Self.flight()
        lab.ack(1, [2..<3])
        lab.wait(1)
        lab.ack(3)
        #expect(lab.recovery.information.hasSeenReordering)
        #expect(lab.recovery.state == .open && lab.recovery.information.retransmitted == 0)
        // From now on three sacked segments alone prove nothing.
        lab.wait(1)
        lab.ack(3, [4..<8])
        #expect(lab.lost == 0)
    }

    @Test func `one acknowledgment that reports two new blocks shows no reordering, whatever their order`() {
        let lab = Self.flight()
        lab.ack(1, [7..<8, 3..<5])
        #expect(!lab.recovery.information.hasSeenReordering)
    }

    @Test func `RFC 8985 §6.2 step 4: a reported duplicate widens the window once a round trip, sixteen recoveries narrow it`() {
        var rack = Rack(SequenceNumber(rawValue: 0))
        let at = { (n: UInt32) in SequenceNumber(rawValue: n) }
        rack.adapt(hasDSACK: true, una: at(10), nxt: at(20))
        rack.adapt(hasDSACK: true, una: at(15), nxt: at(25))
        #expect(rack.multiplier == 2)
        rack.adapt(hasDSACK: true, una: at(20), nxt: at(30))
        #expect(rack.multiplier == 3)
        for _ in 0..<15 { rack.leftRecovery() }
        #expect(rack.multiplier == 3)
        rack.leftRecovery()
        #expect(rack.multiplier == 1)
    }

    @Test func `RFC 8985 §6.2 step 4: the window is a quarter of the shortest round trip, at most the smoothed one`() {
        var rack = Rack(SequenceNumber(rawValue: 0))
        #expect(rack.window(isRecovering: false, sackedSegments: 2, least: 40_000, smoothed: 50_000) == 10_000)
        #expect(rack.window(isRecovering: false, sackedSegments: 3, least: 40_000, smoothed: 50_000) == 0)
        #expect(rack.window(isRecovering: true, sackedSegments: 0, least: 40_000, smoothed: 50_000) == 0)
        for round in 1..<20 { rack.adapt(hasDSACK: true, una: SequenceNumber(rawValue: UInt32(round)), nxt: SequenceNumber(rawValue: UInt32(round + 1))) }
        #expect(rack.window(isRecovering: false, sackedSegments: 2, least: 40_000, smoothed: 50_000) == 50_000)
    }

    @Test func `RFC 8985 §6.2 step 2: a lost retransmission is seen by what was sent after it`() {
        let lab = Self.flight()
        lab.unsent = 20
        lab.ack(1, [2..<6])
        #expect(lab.pump().first == -2)
        lab.wait(50)
        lab.ack(1, [2..<11])
        let sent = lab.pump()
        #expect(sent.allSatisfy { $0 >= 11 } && !sent.isEmpty)
        lab.wait(100)
        lab.ack(1, [2..<(sent.last! + 1)])
        #expect(lab.lost == 1)
        #expect(lab.pump().first == -2)
        #expect(lab.recovery.information.recoveries == 1)
    }

    @Test func `a sacked retransmission counts as one although the echo is of before the hole`() {
        let lab = Self.flight(0)
        lab.send(10)
        lab.expire()
        #expect(lab.pump() == [-11])
        lab.wait(100)
        let first = Int((lab.now - Instant(microseconds: 1_000_000)).nanoseconds / 1_000_000)
        lab.ack(1, [10..<11], echo: first)
        #expect(lab.lost == 9 && lab.recovery.state == .recovery)
    }

    @Test func `a recovery that was a mistake is reordering, and the next of its kind is waited for`() {
        let lab = Self.flight()
        lab.ack(1, [2..<6])
        #expect(lab.pump() == [-2])
        lab.wait(2)
        #expect(lab.ack(6, echo: 110).events.contains(.undone))
        #expect(lab.recovery.information.hasSeenReordering)
        lab.ack(6, [7..<11])
        #expect(lab.lost == 0)
    }

    @Test func `RFC 6675 §4: what is held or lost is not in flight`() {
        let lab = Self.flight()
        lab.ack(1, [3..<5, 8..<10])
        #expect(lab.lost == 5) // 1, 2 and 5 to 7; the tenth was sent later than all that arrived
        #expect(lab.inFlight == 1)
    }

    @Test func `RFC 5681 §3.2 without SACK: the third duplicate brings one segment, partial acknowledgments the next`() {
        let lab = Self.flight(sack: false)
        lab.ack(1)
        lab.ack(1)
        #expect(lab.pump() == [])
        #expect(lab.ack(1).events == .enteredRecovery)
        #expect(lab.pump() == [-2])
        for _ in 0..<5 { lab.ack(1) }
        lab.wait(100)
        lab.ack(4) // RFC 6582 §3.2 step 3
        #expect(lab.pump() == [-5])
        lab.wait(100)
        #expect(lab.ack(11).events == .leftRecovery)
        #expect(lab.recovery.state == .open)
        #expect(lab.recovery.information.recoveries == 1)
    }

    @Test func `RFC 5681 §2 without SACK: what carries data or changes the window is no duplicate`() {
        let lab = Self.flight(sack: false)
        for _ in 0..<5 { lab.ack(1) { $0.carriesData = true } }
        for _ in 0..<5 { lab.ack(1) { $0.windowChanged = true } }
        #expect(lab.recovery.state == .open && lab.lost == 0)
    }

    @Test func `RFC 6582 §3.2 step 2: duplicates of what was sent again after a timeout begin no recovery`() {
        let lab = Self.flight(sack: false)
        #expect(lab.expire() == .timeout(count: 1))
        lab.pump()
        lab.wait(100)
        lab.ack(11)
        lab.send(5)
        for _ in 0..<5 { lab.ack(11) }
        #expect(lab.recovery.state == .open && lab.lost == 0)
    }

    @Test func `RFC 3042: the first two duplicates let new segments out`() {
        let lab = RecoveryLab(sack: false)
        lab.unsent = 100
        let first = lab.pump().count
        #expect(first == 10)
        lab.wait(100)
        lab.ack(0)
        #expect(lab.pump() == [10])
        lab.ack(0)
        #expect(lab.pump() == [11])
    }

    @Test func `a path that takes less loses what is in flight, and the window is what it was`() {
        let lab = Self.flight()
        let window = lab.window
        lab.recovery.segmentShrank(to: 500, now: lab.now, pool: &lab.pool)
        #expect(lab.lost == 10 && lab.window == window && lab.recovery.state == .open)
        let run = lab.recovery.nextRetransmission(most: 500, pool: lab.pool)
        #expect(run?.octets == 500)
    }
}

@Suite struct TailProbeTests {
    @Test func `RFC 8985 §7.2: silence of two round trips brings a probe, and what it shows is repaired without a timeout`() {
        let lab = LossDetectionTests.flight(0)
        lab.send(4)
        #expect(lab.recovery.deadline - lab.now == .milliseconds(202))
        lab.wait(100)
        lab.ack(2) // 2, 3, 4 are lost
        #expect(lab.expireToProbe())
        #expect(lab.pump() == [-5])
        lab.wait(100)
        #expect(lab.ack(2, [4..<5]).events == .enteredRecovery)
        #expect(lab.pump().first == -3)
        #expect(lab.recovery.information.timeouts == 0)
    }

    @Test func `RFC 8985 §7.2: a single segment may be acknowledged late, but never later than the timeout`() {
        let lab = RecoveryLab()
        lab.measure(100)
        for _ in 0..<40 { lab.measure(100) }
        lab.send(1)
        #expect(lab.recovery.deadline - lab.now == lab.recovery.information.timeout)
        let longer = RecoveryLab()
        longer.measure(100)
        longer.measure(400) // RTO above 2 × SRTT + 200 ms
        longer.send(1)
        let expected = longer.recovery.roundTrip.smoothedInterval.nanoseconds * 2 + 200_000_000
        #expect((longer.recovery.deadline - longer.now).nanoseconds == expected)
    }

    @Test func `RFC 8985 §7.3: what is new goes first, beyond the window, and one probe a flight`() {
        let lab = RecoveryLab()
        lab.measure(100)
        lab.unsent = 30
        let sent = lab.pump()
        #expect(lab.recovery.budget < 1000)
        #expect(lab.expireToProbe())
        #expect(lab.pump() == [sent.last! + 1])
        #expect(lab.expire() == .timeout(count: 1))
    }

    @Test func `RFC 8985 §7.4.2: the probe repaired a loss that nothing else shows: the window answers for it`() {
        let lab = LossDetectionTests.flight(0)
        lab.send(10)
        lab.wait(100)
        lab.ack(10)
        let window = lab.window
        lab.expire()
        #expect(lab.pump() == [-11])
        lab.unsent = 1
        lab.pump()
        lab.wait(100)
        #expect(lab.ack(12).events == .reduced)
        #expect(lab.window < window)
    }

    @Test func `RFC 8985 §7.4.2: the probe was needless, as a reported duplicate shows`() {
        let lab = LossDetectionTests.flight(0)
        lab.send(10)
        lab.wait(100)
        lab.ack(10)
        let window = lab.window
        lab.expire()
        lab.pump()
        lab.unsent = 1
        lab.pump()
        lab.wait(100)
        lab.ack(11)
        lab.ack(11, [10..<11])
        #expect(lab.ack(12).events == [])
        #expect(lab.window >= window)
    }

    @Test func `RFC 8985 §7.3: no second probe before a round trip was measured`() {
        let lab = RecoveryLab()
        lab.measure(100)
        lab.send(1)
        #expect(lab.expireToProbe())
        #expect(lab.pump() == [-2])
        lab.wait(10)
        lab.ack(2) // of which of the two?
        lab.ack(2, [1..<2])
        lab.send(1)
        #expect(lab.expire() == .timeout(count: 1))
        lab.pump()
        lab.wait(10)
        lab.ack(3)
        lab.measure(100)
        lab.send(1)
        #expect(lab.expireToProbe())
    }

    @Test func `RFC 8985 §7.2: no probe without SACK, nor while something is held out of order`() {
        let lab = LossDetectionTests.flight(2, sack: false)
        #expect(lab.expire() == .timeout(count: 1))
        let fresh = RecoveryLab() // nothing measured yet
        fresh.send(1)
        #expect(fresh.expire() == .timeout(count: 1))
        let other = LossDetectionTests.flight(2)
        other.ack(1, [2..<3])
        #expect(other.expire() == .reorderingSettled)
    }
}
