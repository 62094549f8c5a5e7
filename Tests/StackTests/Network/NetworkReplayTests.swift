import Glibc
@testable import Stack
import Testing

/// A seed is a run.
@Suite struct NetworkReplayTests {
    /// DRYDOCK_NETWORK_SEED, or those of every day.
    static let seeds: [UInt64] = unsafe getenv("DRYDOCK_NETWORK_SEED").flatMap { unsafe UInt64(String(cString: $0)) }.map { [$0] } ?? Array(1...12)

    /// Anything that a way can do, by the seed; both directions carry octets.
    static func life(_ seed: UInt64) throws -> SimulatedNetwork {
        let network = try SimulatedNetwork(seed: seed)
        try network.begin()
        for direction in 0...1 {
            var way = NetworkConditions()
            way.delay = network.random.interval(.milliseconds(1), .milliseconds(80))
            way.rate = network.random.below(2) == 0 ? 0 : 500 + Int(network.random.below(5000))
            way.queue = 10_000 + Int(network.random.below(100_000))
            (way.loss, way.corruption) = (network.random.below(5000), network.random.below(2000))
            (way.duplication, way.reordering) = (network.random.below(5000), network.random.below(10_000))
            way.lateness = network.random.interval(.milliseconds(1), .milliseconds(50))
            network.conditions[direction] = way
        }
        let ends = try network.connect()
        var flows = [network.flow(ends, from: .a), network.flow(ends, from: .b)]
        for _ in 0..<4 {
            network.transfer(Int(network.random.below(60_000)), &flows, limit: .seconds(900))
            network.run(network.random.interval(upTo: .seconds(20)))
        }
        network.setConditions(NetworkConditions())
        network.finish(ends)
        return network
    }

    @Test(arguments: seeds) func `whatever the way does, every octet arrives, and nothing is left behind`(seed: UInt64) throws {
        let network = try Self.life(seed)
        network.expectBalance(atRest: true)
        #expect(network.a.listStreams().isEmpty && network.b.listStreams().isEmpty, "\(network.replay)")
    }

    @Test(arguments: seeds.prefix(3)) func `the same seed is the same run, another seed another`(seed: UInt64) throws {
        let first = try Self.life(seed), again = try Self.life(seed), other = try Self.life(seed &+ 1000)
        #expect(first.digest == again.digest, "\(first.replay)")
        #expect(first.digest != other.digest)
        #expect(first.digest.events > 100)
        #expect(first.replay.contains("DRYDOCK_NETWORK_SEED=\(seed) "))
    }

    @Test func `a way does all that its conditions say`() throws {
        let network = try SimulatedNetwork(seed: 5)
        try network.begin()
        var way = NetworkConditions.percent(2, delay: 10, rate: 1000)
        (way.queue, way.corruption, way.duplication, way.reordering, way.mtu) = (4000, 2000, 2000, 2000, 1400)
        network.setConditions(way)
        let ends = try network.connect()
        var flows = [network.flow(ends, from: .a)]
        network.transfer(300_000, &flows, limit: .seconds(900))
        for fate in [FrameFate.carried, .lost, .overflowed, .tooLong, .corrupted, .duplicated, .late] {
            #expect(network.fates[fate, default: 0] > 0, "\(fate)")
        }
        network.conditions[0].isCut = true
        network.transfer(0, &flows, limit: .seconds(1))
        #expect(network.a.write(ends.a, [1], now: network.now) == 1)
        network.run(.seconds(5))
        #expect(network.fates[.cut, default: 0] > 0)
    }
}
