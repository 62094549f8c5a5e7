@testable import Stack
import Testing

@Suite struct RateReductionTests {
    @Test func `RFC 9937 §6.2: of a hundred segments in flight seventy are sent while the others arrive`() {
        var reduction = RateReduction(flight: 100_000)
        var sent = 0, inFlight = 100_000
        for _ in 0..<100 {
            inFlight -= 1000
            let allowed = reduction.allowance(delivered: 1000, inFlight: inFlight, threshold: 70_000, isProgress: false, segment: 1000)
            let whole = allowed / 1000 * 1000
            reduction.transmitted(whole)
            (sent, inFlight) = (sent + whole, inFlight + whole)
        }
        #expect(sent == 70_000 && inFlight == 70_000)
    }

    @Test func `RFC 9937 §6.2: below the threshold progress opens a segment more, and further loss does not`() {
        var reduction = RateReduction(flight: 100_000)
        reduction.transmitted(1000)
        let careful = reduction.allowance(delivered: 1000, inFlight: 10_000, threshold: 70_000, isProgress: false, segment: 1000)
        #expect(careful == 1000)
        let bold = reduction.allowance(delivered: 1000, inFlight: 10_000, threshold: 70_000, isProgress: true, segment: 1000)
        #expect(bold == 2000)
        let last = reduction.allowance(delivered: 1000, inFlight: 69_500, threshold: 70_000, isProgress: true, segment: 1000)
        #expect(last == 500)
    }

    @Test func `RFC 9937 §6.2: the first retransmission goes out whatever the window says`() {
        var reduction = RateReduction(flight: 10_000)
        let allowed = reduction.allowance(delivered: 0, inFlight: 9000, threshold: 5000, isProgress: false, segment: 1000)
        #expect(allowed == 1000)
    }

    @Test func `a window ends its recovery at the threshold`() {
        let lab = RecoveryLab()
        lab.measure(100)
        lab.unsent = 10_000
        lab.pump()
        for _ in 0..<3 { // doubles
            lab.wait(100)
            for k in lab.segment(lab.recovery.board.una) + 1...lab.segment(lab.recovery.board.nxt) { lab.ack(k) }
            lab.pump()
        }
        let flight = lab.inFlight, hole = lab.segment(lab.recovery.board.una), end = lab.segment(lab.recovery.board.nxt)
        #expect(flight >= 64)
        lab.wait(100)
        for k in hole + 1..<end {
            lab.ack(hole, [hole + 1..<k + 1])
            lab.pump()
        }
        #expect(lab.recovery.state == .recovery)
        lab.wait(100)
        lab.ack(lab.segment(lab.recovery.point))
        #expect(lab.recovery.state == .open)
        let expected = lab.threshold ?? 0
        #expect(lab.window == expected && abs(expected * 10 - flight * 7) < 20)
        #expect(abs(lab.inFlight - expected) <= 3)
    }
}

@Suite struct TimeoutTests {
    @Test func `RFC 6298 §5: the timer runs from the first in flight, starts anew with each acknowledgment, and doubles`() {
        let lab = RecoveryLab(sack: false)
        lab.measure(100) // RTO 300 ms
        lab.send(2)
        #expect(lab.recovery.deadline - lab.now == .milliseconds(300))
        lab.wait(50)
        lab.send(1)
        #expect(lab.recovery.deadline - lab.now == .milliseconds(250))
        lab.wait(50)
        lab.ack(2)
        let timeout = lab.recovery.information.timeout
        #expect(lab.recovery.deadline - lab.now == timeout)
        #expect(lab.expire() == .timeout(count: 1))
        lab.pump()
        #expect(lab.recovery.deadline - lab.now == timeout * 2)
        #expect(lab.expire() == .timeout(count: 2))
        lab.pump()
        #expect(lab.recovery.deadline - lab.now == timeout * 4)
        lab.ack(4)
        #expect(lab.recovery.deadline == .never) // §5.2
    }

    @Test func `nothing expires before its time`() {
        let lab = RecoveryLab()
        lab.send(1)
        let expiry = lab.recovery.expired(now: lab.now, pool: &lab.pool)
        #expect(expiry == .none)
    }

    @Test func `RFC 5681 §3.1: a timeout leaves one segment and half the flight as threshold; the next one changes neither`() {
        let lab = RecoveryLab(.newReno, sack: false)
        lab.unsent = 100
        lab.pump()
        lab.expire()
        #expect(lab.pump() == [-1])
        #expect(lab.threshold == 5 && lab.window == 1)
        lab.expire()
        #expect(lab.pump() == [-1])
        #expect(lab.threshold == 5 && lab.window == 1)
    }

    @Test func `after a timeout all that is missing goes again, in slow start, and nothing that is held`() {
        let lab = RecoveryLab()
        lab.measure(100)
        lab.send(10)
        lab.wait(100)
        lab.ack(1, [5..<6]) // too little to know, and then nothing
        #expect(lab.expire() == .reorderingSettled)
        lab.pump()
        #expect(lab.expire() == .timeout(count: 1))
        #expect(lab.pump() == [-2])
        var sent: [Int] = []
        for una in [2, 3, 4, 6, 7, 8, 9] {
            lab.wait(100)
            lab.ack(una)
            sent += lab.pump()
        }
        #expect(Set(sent).isSuperset(of: [-3, -4, -5, -7, -8, -9, -10, -11]))
        #expect(!sent.contains(-6))
    }

    @Test func `RFC 5681 §3.1: slow start after a timeout doubles, also when what was lost had not filled the window`() {
        let lab = RecoveryLab(sack: false)
        lab.measure(100)
        lab.send(4)
        lab.expire()
        #expect(lab.pump() == [-2])
        lab.ack(2)
        #expect(lab.pump() == [-3, -4])
        lab.ack(4)
        #expect(lab.pump() == [-5])
    }

    @Test func `RFC 2018 §8: a receiver that let go of what it held gets it again`() {
        let lab = RecoveryLab()
        lab.measure(100)
        lab.send(5)
        lab.wait(100)
        lab.ack(1, [2..<6])
        #expect(lab.pump() == [-2])
        lab.wait(100)
        lab.ack(2) // 2 is at the front now and said to be held
        #expect(lab.expire() == .timeout(count: 1))
        #expect(lab.pump() == [-3])
        #expect(lab.recovery.board.sacked == 0)
    }

    @Test func `RFC 5682 §2.1 without SACK: two acknowledgments of what was not sent again take a timeout back`() {
        let lab = RecoveryLab(sack: false)
        lab.measure(100)
        lab.unsent = 10
        lab.pump()
        let window = lab.window
        lab.expire()
        #expect(lab.pump() == [-2])
        lab.unsent = 5
        lab.wait(10)
        lab.ack(2)
        #expect(lab.pump() == [11, 12]) // step 2b: new ones
        #expect(lab.ack(3).events == .undone)
        #expect(lab.window == window && lab.recovery.state == .open && lab.lost == 0)
    }

    @Test func `RFC 5682 §2.1 without SACK: a duplicate instead, and the timeout was needed`() {
        let lab = RecoveryLab(sack: false)
        lab.measure(100)
        lab.unsent = 10
        lab.pump()
        lab.expire()
        lab.pump()
        lab.unsent = 5
        lab.wait(10)
        lab.ack(2)
        lab.pump()
        #expect(lab.ack(2).events == [])
        #expect(lab.recovery.state == .timeout)
        #expect(lab.pump().first == -3)
    }

    @Test func `RFC 5682 §3.1 with SACK: a block of what was not sent again takes a timeout back, one of new octets does not`() {
        for isMistake in [true, false] {
            let lab = RecoveryLab()
            lab.measure(100)
            lab.unsent = 10
            lab.pump()
            #expect(lab.expireToProbe())
            lab.pump()
            #expect(lab.expire() == .timeout(count: 1))
            #expect(lab.pump() == [-2])
            lab.unsent = 5
            lab.wait(10)
            lab.ack(2)
            let new = lab.pump()
            #expect(new.allSatisfy { $0 > 10 } && !new.isEmpty)
            let outcome = isMistake ? lab.ack(2, [4..<5]) : lab.ack(2, [new[0]..<new[0] + 1])
            #expect(outcome.events.contains(.undone) == isMistake)
            #expect((lab.recovery.state == .timeout) != isMistake)
        }
    }

    @Test func `RFC 3522: an echo from before the retransmission takes a timeout back, a later one does not`() {
        for isMistake in [true, false] {
            let lab = RecoveryLab(sack: false)
            lab.measure(100)
            lab.unsent = 10
            lab.pump()
            let window = lab.window
            lab.expire()
            lab.pump()
            lab.wait(20)
            let outcome = lab.ack(2, echo: isMistake ? 320 : 20)
            #expect(outcome.events.contains(.undone) == isMistake)
            #expect((lab.window >= window) == isMistake)
        }
    }

    @Test func `RFC 3522: the echo of what lies before the retransmission is no verdict on it`() {
        let at = { (n: UInt32) in SequenceNumber(rawValue: n) }
        var undo = Undo(at(0))
        undo.arm(at(0), RecoveryLab().recovery.congestion)
        undo.resend(at(5), 1, at: 2000)
        let verdicts = [undo.echoed(before: 1000, una: at(5)), undo.echoed(before: 2500, una: at(6)), undo.echoed(before: 1000, una: at(7))]
        #expect(verdicts == [false, false, false])
    }

    @Test func `RFC 2883: when all that was sent again is reported twice, a recovery is taken back`() {
        let lab = LossDetectionTests.flight()
        lab.unsent = 0
        let window = lab.window
        lab.ack(1, [3..<8])
        #expect(lab.pump() == [-2, -3])
        #expect(lab.window < window)
        lab.wait(20)
        #expect(lab.ack(11).events == .leftRecovery)
        lab.wait(80)
        #expect(lab.ack(11, [1..<2]).events == [])
        #expect(lab.ack(11, [2..<3]).events == .undone)
        #expect(lab.window >= window)
        #expect(lab.threshold == nil)
    }

    @Test func `a duplicate that a full record table cannot note changes nothing that is in flight`() {
        let lab = RecoveryLab(records: 1)
        lab.send(4)
        lab.wait(100)
        lab.ack(0, [1..<2])
        #expect(lab.recovery.board.inFlight == 4000)
        lab.expire()
        #expect(lab.pump().first == -1)
        lab.ack(4)
        #expect(lab.pool.used == 0)
    }
}

@Suite struct MarkTests {
    @Test func `RFC 3168 §6.1.2: a mark reduces once a window, without a retransmission, and CWR is owed once`() {
        let lab = RecoveryLab()
        lab.measure(100)
        lab.unsent = 1000
        lab.pump()
        let window = lab.window
        lab.wait(100)
        #expect(lab.ack(2) { $0.isECNEcho = true }.events == .reduced)
        lab.pump()
        let once = lab.recovery.takeCWR(), again = lab.recovery.takeCWR()
        #expect(once && !again)
        for k in 3...10 {
            #expect(lab.ack(k) { $0.isECNEcho = true }.events == [])
            lab.pump()
        }
        #expect(lab.threshold == window * 7 / 10)
        #expect(lab.recovery.information.retransmitted == 0)
        let end = lab.segment(lab.recovery.point)
        lab.ack(end)
        #expect(lab.recovery.state == .open && lab.window == window * 7 / 10)
    }
}
