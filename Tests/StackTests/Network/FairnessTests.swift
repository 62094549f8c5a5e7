@testable import Stack
import Testing

/// How flows share a way, and what a lossy one leaves of it.
@Suite struct FairnessNetworkTests {
    /// Two flows through one bottleneck of 20 octets a millisecond, 100 ms one way, short segments; the second comes five seconds later.
    static func share(_ algorithm: CongestionAlgorithm, seed: UInt64) throws -> (first: Int, second: Int) {
        let network = try SimulatedNetwork(seed: seed)
        var way = NetworkConditions()
        (way.delay, way.rate, way.queue) = (.milliseconds(100), 20, 4000)
        network.setConditions(way)
        try network.begin()
        var options = StreamOptions()
        (options.congestion, options.maximumSegment) = (algorithm, 256)
        var flows = [network.flow(try network.connect(port: 80, options), from: .a)]
        network.transfer(60_000, &flows, limit: .seconds(60))
        flows.append(network.flow(try network.connect(port: 81, options), from: .a))
        for k in 0...1 { flows[k].wanted = .max / 2 }
        let settled = network.now + .seconds(60), end = network.now + .seconds(660)
        var before: (Int, Int)?
        while network.now < end {
            for k in 0...1 { network.pump(&flows[k]) }
            network.step(until: end)
            if before == nil, network.now >= settled { before = (flows[0].read, flows[1].read) }
        }
        #expect(flows.allSatisfy { $0.isRight }, "\(network.replay)")
        return (flows[0].read - (before?.0 ?? 0), flows[1].read - (before?.1 ?? 0))
    }

    @Test(arguments: CongestionAlgorithm.allCases) func `two flows of one algorithm share a bottleneck, and leave none of it`(algorithm: CongestionAlgorithm) throws {
        let (first, second) = try Self.share(algorithm, seed: 3)
        let ratio = Double(first) / Double(max(second, 1))
        #expect((0.8...1.25).contains(ratio), "\(first) and \(second) octets")
        // 20 octets a millisecond, of which 66 in 322 are headers.
        #expect(first + second > 600_000 * 20 * 7 / 10, "\(first + second) octets in 600 seconds")
    }

    /// CUBIC's Reno-friendly window (RFC 9438 §4.3) in the long run is 12 segments here, 440 octets a millisecond; slow start brings
    /// more at first.
    @Test func `CUBIC brings 440 octets a millisecond over 20 ms and one loss in a hundred`() throws {
        let network = try SimulatedNetwork(seed: 11)
        network.conditions[0] = .percent(1, delay: 20)
        network.conditions[1] = .percent(0, delay: 20)
        try network.begin()
        let ends = try network.connect()
        var flows = [network.flow(ends, from: .a)]
        let began = network.now
        network.transfer(3_000_000, &flows, limit: .seconds(60))
        let milliseconds = Int((network.now - began).nanoseconds / 1_000_000)
        #expect(3_000_000 / milliseconds >= 440, "\(3_000_000 / milliseconds) octets a millisecond")
    }
}
