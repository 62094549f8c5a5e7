@testable import Stack
import Testing

@Suite struct RoundTripTests {
    @Test func `RFC 6298 §2.1, §2.2: one second before a measurement, then twice its half as variation`() {
        var estimator = RoundTripEstimator()
        #expect(estimator.timeout == .seconds(1))
        estimator.measure(100_000, perRoundTrip: 1)
        #expect(estimator.smoothed == 100_000_000 && estimator.variation == 50_000_000)
        #expect(estimator.timeout == .milliseconds(300)) // 100 + 4 × 50
    }

    @Test func `RFC 6298 §2.3: variation moves by a quarter, the mean by an eighth`() {
        var estimator = RoundTripEstimator()
        estimator.measure(100_000, perRoundTrip: 1)
        estimator.measure(180_000, perRoundTrip: 1)
        #expect(estimator.variation == 57_500_000) // 3/4 × 50 + 1/4 × 80
        #expect(estimator.smoothed == 110_000_000) // 7/8 × 100 + 1/8 × 180
    }

    @Test func `a steady path has a timeout 200 ms above its round trip`() {
        var estimator = RoundTripEstimator()
        for _ in 0..<100 { estimator.measure(20_000, perRoundTrip: 1) }
        #expect(estimator.timeout == .milliseconds(220))
    }

    @Test func `RFC 6298 §2.5, §5.5: the timeout doubles up to 120 s, and a measurement ends that`() {
        var estimator = RoundTripEstimator()
        estimator.measure(100_000, perRoundTrip: 1)
        var seen: [Int] = []
        for _ in 0..<11 {
            estimator.backOff()
            seen.append(Int(estimator.timeout.nanoseconds / 1_000_000))
        }
        #expect(seen == [600, 1200, 2400, 4800, 9600, 19_200, 38_400, 76_800, 120_000, 120_000, 120_000])
        estimator.measure(100_000, perRoundTrip: 1)
        #expect(estimator.timeout == .milliseconds(300))
    }

    @Test func `RFC 7323 appendix G: ten measurements in a round trip weigh as one`() {
        var one = RoundTripEstimator(), ten = RoundTripEstimator()
        one.measure(100_000, perRoundTrip: 1)
        ten.measure(100_000, perRoundTrip: 10)
        one.measure(140_000, perRoundTrip: 1)
        for _ in 0..<10 { ten.measure(140_000, perRoundTrip: 10) }
        #expect(abs(Int(one.smoothed) - Int(ten.smoothed)) < 400_000)
    }

    @Test func `the shortest round trip is forgotten after five minutes`() {
        var estimator = RoundTripEstimator()
        estimator.measureLeast(10_000, now: 1_000_000)
        estimator.measureLeast(20_000, now: 200_000_000)
        #expect(estimator.least == 10_000)
        estimator.measureLeast(20_000, now: 302_000_000)
        #expect(estimator.least == 20_000)
    }

    @Test func `RFC 6298 §3, RFC 9293 MUST-18: what was sent twice measures nothing, with timestamps it does`() {
        let lab = RecoveryLab()
        lab.measure(100)
        lab.send(1)
        #expect(lab.expireToProbe())
        lab.pump()
        lab.wait(50)
        #expect(lab.ack(2).roundTrip == nil)
        lab.send(1)
        lab.expire()
        lab.pump()
        lab.wait(50)
        #expect(lab.ack(3, echo: 50).roundTrip == .milliseconds(50))
    }

    @Test func `RFC 6298 §5.7: after a lost SYN the timeout is three seconds until something is measured`() {
        let lab = RecoveryLab { $0.wasHandshakeResent = true }
        #expect(lab.recovery.information.timeout == .seconds(3))
        #expect(lab.window == 1 && lab.threshold == nil)
        lab.measure(10)
        #expect(lab.recovery.information.timeout < .milliseconds(250))
    }
}
