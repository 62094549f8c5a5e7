import Rings
@testable import Stack
import Testing
import Wire

/// Two stacks and a way between them that loses, delays, reorders, duplicates, corrupts and shortens, all by one seed and in
/// virtual time: the same seed is the same run, octet for octet.
final class SimulatedNetwork {
    enum Side: Int, CaseIterable { case a = 0, b = 1 }

    let seed: UInt64
    let memory: [PacketMemory]
    var a: Stack, b: Stack
    var now: Instant
    /// From A to B, and from B to A.
    var conditions = [NetworkConditions(), NetworkConditions()]
    private(set) var digest = TraceDigest()
    private(set) var fates: [FrameFate: Int] = [:]
    var random: RandomSource
    private var way = FrameHeap()
    /// When each direction's bottleneck is free again.
    private var freeAt = [Instant.zero, .zero]

    static let em = InterfaceIndex(1)

    /// - Parameter start: of the clock; timers, numbers and timestamps follow from it.
    init(seed: UInt64, start: Instant = .init(nanoseconds: 1_000_000_000), change: (inout StackConfiguration) -> Void = { _ in }) throws {
        self.seed = seed
        random = RandomSource(seed: seed)
        memory = [PacketMemory(), PacketMemory()]
        var configuration = StackConfiguration(seed: seed &* 2)
        configuration.conflicts.isProbing = false
        configuration.isIPv6On = false
        change(&configuration)
        a = Stack(configuration, memory: memory[0])
        configuration.seed = seed &* 2 &+ 1
        b = Stack(configuration, memory: memory[1])
        now = start
        _ = try a.addInterface(Lab.description(Lab.macA))
        _ = try b.addInterface(Lab.description(Lab.macB))
    }

    /// Both interfaces get their address and come up.
    func begin() throws {
        try a.addAddress(Self.em, Lab.network(Lab.addressA), now: now)
        try b.addAddress(Self.em, Lab.network(Lab.addressB), now: now)
        try a.setUp(Self.em, true, now: now)
        try b.setUp(Self.em, true, now: now)
    }

    func setConditions(_ both: NetworkConditions) { conditions = [both, both] }

    /// One event: what waits enters the way, time passes to the next deadline or arrival, what arrives is received.
    /// - Returns: false when nothing happens before `end`; time is `end` then.
    @discardableResult
    func step(until end: Instant) -> Bool {
        var next = Instant.never
        for _ in 0..<1000 {
            next = min(a.advance(to: now) ?? .never, b.advance(to: now) ?? .never)
            if collect() == 0 { break }
        }
        next = min(next, way.first ?? .never)
        guard next <= end else {
            now = end
            (_, _) = (a.advance(to: now), b.advance(to: now))
            return false
        }
        now = max(now, next)
        while let frame = way.pop(until: now) { arrive(frame) }
        return true
    }

    func run(_ interval: Interval) {
        let end = now + interval
        while step(until: end) {}
        _ = a.advance(to: now)
        _ = b.advance(to: now)
        _ = collect()
    }

    private func collect() -> Int {
        var count = 0
        while let frame = a.nextTransmit(on: Self.em) { enter(frame.array, 0); count += 1 }
        while let frame = b.nextTransmit(on: Self.em) { enter(frame.array, 1); count += 1 }
        return count
    }

    // The way.

    private func note(_ fate: FrameFate, _ direction: Int, _ octets: [UInt8]) {
        digest.note(now, direction, fate, octets)
        fates[fate, default: 0] += 1
    }

    private func happens(_ chance: UInt64) -> Bool { chance > 0 && random.below(100_000) < chance }

    private func enter(_ octets: [UInt8], _ direction: Int) {
        let way = conditions[direction]
        if way.isCut { return note(.cut, direction, octets) }
        if happens(way.loss) { return note(.lost, direction, octets) }
        if octets.count - 14 > max(way.mtu, 46) { return note(.tooLong, direction, octets) }
        var leaves = now
        if way.rate > 0 {
            let begins = max(freeAt[direction], now)
            if Int((begins - now).nanoseconds / 1000) * way.rate / 1000 > way.queue { return note(.overflowed, direction, octets) }
            leaves = begins + .microseconds(octets.count * 1000 / way.rate)
            freeAt[direction] = leaves
        }
        var arrival = leaves + way.delay
        if happens(way.reordering) {
            arrival = arrival + random.interval(upTo: way.lateness)
            note(.late, direction, octets)
        }
        note(.carried, direction, octets)
        self.way.push(damaged(octets, way, direction), at: arrival, direction)
        if happens(way.duplication) {
            note(.duplicated, direction, octets)
            self.way.push(octets, at: arrival + random.interval(upTo: way.lateness), direction)
        }
    }

    private func damaged(_ octets: [UInt8], _ way: NetworkConditions, _ direction: Int) -> [UInt8] {
        guard octets.count > 34, octets[12] == 8, octets[13] == 0, happens(way.corruption) else { return octets }
        note(.corrupted, direction, octets)
        var broken = octets
        let bit = Int(random.below(UInt64((octets.count - 14) * 8)))
        broken[14 + bit / 8] ^= 1 << UInt8(bit % 8)
        return broken
    }

    private func arrive(_ frame: FrameHeap.Frame) {
        let memory = memory[1 - frame.direction]
        guard var packet = memory.take(octets: frame.octets.count), packet.append(copying: unsafe frame.octets.span.bytes) else { return }
        if frame.direction == 0 { b.receive(packet, on: Self.em, now: now) } else { a.receive(packet, on: Self.em, now: now) }
    }

    /// Nothing was lost from sight; with `atRest`, nothing is held either.
    func expectBalance(atRest: Bool = false, _ location: SourceLocation = #_sourceLocation) {
        #expect(a.ledger.isBalanced, "\(a.ledger), \(replay)", sourceLocation: location)
        #expect(b.ledger.isBalanced, "\(b.ledger), \(replay)", sourceLocation: location)
        guard atRest else { return }
        for stack in [0, 1] {
            let used = stack == 0
                ? (a.pools.memory.used, a.pools.records.used, a.pools.ranges.used, a.ledger.held)
                : (b.pools.memory.used, b.pools.records.used, b.pools.ranges.used, b.ledger.held)
            #expect(used == (0, 0, 0, 0), "pages, records, ranges, frames of stack \(stack); \(replay)", sourceLocation: location)
            #expect(memory[stack].freeSmall == 1024 && memory[stack].freeLarge == 32, "\(replay)", sourceLocation: location)
        }
    }

    /// How to see a failure again.
    var replay: String { "seed \(seed); again: DRYDOCK_NETWORK_SEED=\(seed) swift test --filter Network" }
}

/// Frames on their way, by arrival; at the same moment, in order of entering.
struct FrameHeap {
    struct Frame { let at: Instant, order: Int, direction: Int, octets: [UInt8] }
    private var frames: [Frame] = []
    private var order = 0

    var first: Instant? { frames.first?.at }
    var count: Int { frames.count }

    private static func isBefore(_ a: Frame, _ b: Frame) -> Bool { a.at < b.at || a.at == b.at && a.order < b.order }

    mutating func push(_ octets: [UInt8], at: Instant, _ direction: Int) {
        order += 1
        frames.append(Frame(at: at, order: order, direction: direction, octets: octets))
        var child = frames.count - 1
        while child > 0, Self.isBefore(frames[child], frames[(child - 1) / 2]) {
            frames.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The earliest, if it arrives no later than `now`.
    mutating func pop(until now: Instant) -> Frame? {
        guard let first = frames.first, first.at <= now else { return nil }
        frames.swapAt(0, frames.count - 1)
        frames.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < frames.count && Self.isBefore(frames[child], frames[least]) { least = child }
            if least == parent { return first }
            frames.swapAt(parent, least)
            parent = least
        }
    }
}
