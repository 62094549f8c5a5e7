import Foundation
@testable import Stack
import Testing

@Suite struct CubicTests {
    @Test func `a cube root is the largest number whose cube is not above`() {
        var random = RandomSource(seed: 1)
        for value in [0, 1, 7, 8, 26, 27, 28, 1 << 60] { check(UInt64(value)) }
        for _ in 0..<2000 { check(random.next() >> (1 + random.below(62))) }
        func check(_ value: UInt64) {
            let root = value.cubeRoot
            #expect(root * root * root <= value && (root + 1) * (root + 1) * (root + 1) > value)
        }
    }

    /// RFC 9438 §4.2 in real numbers, segments and seconds.
    static func formula(_ t: Double, from window: Double, to maximum: Double) -> Double {
        let k = cbrt((maximum - window) / 0.4)
        return 0.4 * pow(t - k, 3) + maximum
    }

    @Test(arguments: [(100, 1460), (1000, 1460), (20_000, 1448), (5000, 8948)])
    func `RFC 9438 §4.2: the curve is the formula's, before and behind its flat part`(segments: Int, segment: Int) {
        var cubic = Cubic()
        let maximum = UInt32(segments * segment), window = maximum / 10 * 7
        cubic.reduced(from: maximum)
        _ = cubic.grow(window, 1, segment: UInt32(segment), roundTrip: 0, now: 5_000_000)
        for tenth in 0...300 {
            let got = Double(cubic.curve(at: UInt64(tenth) * 100_000, UInt32(segment))) / Double(segment)
            let wanted = max(Self.formula(Double(tenth) / 10, from: Double(window) / Double(segment), to: Double(segments)), 0)
            #expect(abs(got - wanted) < max(wanted * 0.005, 0.5), "at \(tenth)/10 s: \(got), not \(wanted)")
        }
    }

    /// Seconds of avoidance over `roundTrip` with every octet of the window acknowledged each round trip.
    static func run(_ cubic: inout Cubic, from window: Int, seconds: Double, roundTrip: Double, segment: Int = 1460) -> [Double] {
        var window = UInt32(window), now = 1_000_000.0, rounds: [Double] = []
        let step = roundTrip * 1e6
        for _ in 0..<Int(seconds / roundTrip) {
            var left = Int(window)
            let count = max(left / segment, 1)
            for k in 0..<count {
                let octets = min(segment, left)
                left -= octets
                window = cubic.grow(window, UInt32(octets), segment: UInt32(segment), roundTrip: UInt64(step), now: UInt64(now + step * Double(k) / Double(count)))
            }
            now += step
            rounds.append(Double(window) / Double(segment))
        }
        return rounds
    }

    @Test func `RFC 9438 §4.4, §4.5: a large window follows the curve, a round trip ahead`() {
        var cubic = Cubic()
        cubic.reduced(from: 2000 * 1460)
        let rounds = Self.run(&cubic, from: 1400 * 1460, seconds: 16, roundTrip: 0.1)
        for (k, window) in rounds.enumerated() where k > 5 {
            let wanted = Self.formula(Double(k + 1) * 0.1, from: 1400, to: 2000)
            #expect(abs(window - wanted) < wanted * 0.02, "round \(k): \(window), not \(wanted)")
        }
    }

    @Test func `RFC 9438 §4.3: on a short path the window grows as Reno's, 9/17 of a segment a round trip, then one`() {
        var cubic = Cubic()
        cubic.reduced(from: 20 * 1460)
        let rounds = Self.run(&cubic, from: 14 * 1460, seconds: 0.2, roundTrip: 0.01)
        let early = (rounds[9] - rounds[1]) / 8
        #expect(abs(early - 9.0 / 17) < 0.03)
        let rest = (rounds[19] - rounds[14]) / 5 // above 20 segments
        #expect(abs(rest - 1) < 0.05)
    }

    @Test func `RFC 9438 §4.6, §4.7: beta is 0.7, and a second loss below the maximum lowers it by a further 0.85`() {
        var control = CongestionControl(RecoveryOptions(), SequenceNumber(rawValue: 0))
        control.setWindow(1_000_000)
        control.reduce(flight: 1_000_000, before: SequenceNumber(rawValue: 0))
        #expect(control.threshold == 700_000 && control.cubic.maximum == 1_000_000)
        control.settle()
        control.reduce(flight: 700_000, before: SequenceNumber(rawValue: 0))
        #expect(control.threshold == 490_000 && control.cubic.maximum == 595_000)
    }

    @Test func `RFC 9438 §4.8: after a timeout the curve begins at the window, without a climb back`() {
        var cubic = Cubic()
        cubic.reduced(from: 1000 * 1460)
        cubic.timedOut(from: 1000 * 1460)
        _ = cubic.grow(700 * 1460, 1, segment: 1460, roundTrip: 0, now: 1)
        #expect(cubic.maximum == 700 * 1460)
    }

    @Test func `RFC 9438 §5.8: time in which the window was not the limit does not count`() {
        var busy = Cubic(), idle = Cubic()
        busy.reduced(from: 2000 * 1460)
        idle.reduced(from: 2000 * 1460)
        let a = busy.grow(1400 * 1460, 1460, segment: 1460, roundTrip: 100_000, now: 1_000_000)
        _ = idle.grow(1400 * 1460, 1460, segment: 1460, roundTrip: 100_000, now: 1_000_000)
        idle.pause()
        let b = idle.grow(1400 * 1460, 1460, segment: 1460, roundTrip: 100_000, now: 60_000_000)
        #expect(a == b)
    }

    @Test func `extremes neither trap nor leave the largest window`() {
        for window in [1, 1460, 1 << 30] as [UInt32] {
            for segment in [1, 536, 65_495] as [UInt32] {
                var cubic = Cubic()
                cubic.reduced(from: 1 << 30)
                for now in [0, 1, 1 << 20, 1 << 50] as [UInt64] {
                    let grown = cubic.grow(window, window, segment: segment, roundTrip: 1 << 32, now: now)
                    #expect(grown >= window)
                }
            }
        }
    }
}

@Suite struct WindowTests {
    @Test func `RFC 6928 §2: ten segments, at most 14600 octets or two segments; RFC 5681 §3.1: one after a lost SYN`() {
        let windows = [536, 1000, 1460, 4000, 8948].map { CongestionControl.initialWindow(segment: $0, wasHandshakeResent: false) }
        #expect(windows == [5360, 10_000, 14_600, 14_600, 17_896])
        #expect(CongestionControl.initialWindow(segment: 1460, wasHandshakeResent: true) == 1460)
    }

    @Test func `RFC 9293 MUST-19: slow start doubles the window in a round trip`() {
        let lab = RecoveryLab()
        lab.unsent = 1000
        var flights: [Int] = []
        for _ in 0..<5 {
            lab.pump()
            flights.append(lab.inFlight)
            lab.wait(50)
            for k in lab.segment(lab.recovery.board.una) + 1...lab.segment(lab.recovery.board.nxt) { lab.ack(k) }
        }
        #expect(flights == [10, 20, 40, 80, 160])
    }

    @Test func `RFC 7661: a window that is not used does not grow`() {
        let lab = RecoveryLab()
        for _ in 0..<50 { lab.measure(10) }
        #expect(lab.window == 10)
    }

    @Test func `RFC 9293 MUST-19, RFC 5681 §3.1 NewReno: beyond the threshold a segment a round trip`() {
        var control = CongestionControl({ var o = RecoveryOptions(); (o.segment, o.algorithm) = (1000, .newReno); return o }(), SequenceNumber(rawValue: 0))
        control.setWindow(40_000)
        control.reduce(flight: 40_000, before: SequenceNumber(rawValue: 0))
        control.settle()
        #expect(control.window == 20_000)
        var una = SequenceNumber(rawValue: 0)
        for _ in 0..<10 {
            let count = Int(control.window) / 1000
            control.transmitted(inFlight: count * 1000, nxt: una + count * 1000)
            for _ in 0..<count {
                control.grow(1000, before: una, una: una + 1000, nxt: una + count * 1000, GrowthTime(now: 1, smoothed: 1, sample: nil))
                una += 1000
            }
        }
        #expect(abs(Int(control.window) - 30_000) <= 500)
    }

    @Test func `RFC 5681 §4.1: after idle time the window is forgotten by halves, not below the initial one`() {
        let lab = RecoveryLab()
        lab.unsent = 300
        for _ in 0..<4 {
            lab.pump()
            lab.wait(50)
            lab.ack(lab.segment(lab.recovery.board.nxt))
        }
        let window = lab.window
        #expect(window >= 80)
        lab.wait(100)
        lab.recovery.resume(now: lab.now)
        #expect(lab.window == window) // less than a timeout
        let timeout = lab.recovery.information.timeout
        lab.now = lab.now + timeout * 2
        lab.recovery.resume(now: lab.now)
        #expect(lab.window == window / 4)
        lab.wait(60_000)
        lab.recovery.resume(now: lab.now)
        #expect(lab.window == 10)
    }
}

@Suite struct HyStartTests {
    /// Rounds of sixteen acknowledgments whose round trips are given, in milliseconds; the state after each round.
    static func rounds(_ trips: [Int]) -> [String] {
        var start = HyStart(SequenceNumber(rawValue: 1)), una = SequenceNumber(rawValue: 0), states: [String] = []
        for trip in trips {
            var isOver = false
            for k in 0..<16 {
                una += 1
                if start.acknowledged(una, nxt: una + (16 - k), roundTrip: UInt32(trip * 1000)) { isOver = true }
            }
            states.append(isOver ? "over" : start.isConservative ? "slower" : "fast")
            if isOver { break }
        }
        return states
    }

    @Test func `RFC 9406 §4.2: a round trip longer by an eighth slows slow start, and five such rounds end it`() {
        #expect(Self.rounds([100, 100, 100, 113, 113, 113, 113, 113, 113]) == ["fast", "fast", "fast", "slower", "slower", "slower", "slower", "slower", "over"])
    }

    @Test func `RFC 9406 §4.2: jitter that goes away brings slow start back`() {
        #expect(Self.rounds([100, 100, 120, 120, 105, 105]) == ["fast", "fast", "slower", "slower", "fast", "fast"])
    }

    @Test func `RFC 9406 §4.3: less than four milliseconds is no sign, sixteen always are`() {
        #expect(Self.rounds([1, 1, 4, 4]) == ["fast", "fast", "fast", "fast"])
        #expect(Self.rounds([1, 1, 5]) == ["fast", "fast", "slower"])
        #expect(Self.rounds([500, 500, 515]) == ["fast", "fast", "fast"])
        #expect(Self.rounds([500, 500, 516]) == ["fast", "fast", "slower"])
    }
}
