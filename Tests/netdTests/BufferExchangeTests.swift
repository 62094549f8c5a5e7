import CDriver
import Host
import Rings
import Testing

@testable import netd

/// What a stack believes of a driver's process, when that process writes whatever it likes into memory that both have.
// SAFETY: the rings and the packet memory live as long as the test, and the batch has 64 places.
@safe final class ExchangeRig {
    let memory = PacketMemory(layout: PacketMemoryLayout(smallSlots: 64, largeSlots: 4, dmaOctets: 4096))
    let rings: HostRings
    let exchange: BufferExchange
    let batch = UnsafeMutablePointer<drydock_buffer>.allocate(capacity: 64)
    /// The other side's ends.
    var returning: TokenProducer, returningSent: TokenProducer
    var given: TokenConsumer

    init() throws {
        rings = try HostRings()
        exchange = BufferExchange(memory: memory)
        let base = unsafe rings.memory.base
        unsafe (returning, returningSent) = (TokenProducer(base, .returnReceive), TokenProducer(base, .returnTransmit))
        unsafe given = TokenConsumer(base, .provideReceive)
        unsafe batch.initialize(repeating: drydock_buffer(), count: 64)
    }

    deinit { unsafe batch.deallocate() }

    /// Gives the host `count` slots. - Returns: their numbers.
    func give(_ count: Int, for use: SlotLedger.Use = .receive) -> [UInt32] {
        for k in 0..<count {
            guard let packet = memory.take(headroom: 0) else { continue }
            let slot = packet.surrender(to: .device)
            unsafe batch[k] = BufferToken(slot: slot, flags: 0).buffer(start: memory.base + memory.memoryOffset(slot: slot), deviceStart: 0)
        }
        let taken = unsafe exchange.provide(batch, count, for: use, to: rings)
        return (0..<taken).map { unsafe batch[$0].slot }
    }

    func say(_ tokens: [BufferToken], sent: Bool = false) {
        for (k, token) in tokens.enumerated() { if sent { returningSent.put(token, k) } else { returning.put(token, k) } }
        if sent { returningSent.publish(tokens.count) } else { returning.publish(tokens.count) }
    }

    func received(room: Int = 64) -> [UInt32] {
        let count = unsafe exchange.takeReceived(batch, room, from: rings)
        return (0..<count).map { unsafe batch[$0].slot }
    }

    func sent() -> [UInt32] {
        let count = unsafe exchange.takeSent(batch, 64, from: rings)
        return (0..<count).map { unsafe batch[$0].slot }
    }

    func flags(_ count: Int) -> [UInt16] { (0..<count).map { unsafe batch[$0].flags } }
    func slots(_ count: Int) -> Set<UInt32> { Set((0..<count).map { unsafe batch[$0].slot }) }
    func census(_ use: SlotLedger.Use) -> Int { unsafe exchange.census(batch, 64, use) }
}

struct BufferExchangeTests {
    @Test func `a buffer is the same on both sides, but for its address`() throws {
        var octets = [UInt8](repeating: 0, count: 2048)
        unsafe octets.withUnsafeMutableBytes { room in
            let start = room.baseAddress!
            let buffer = unsafe drydock_buffer(
                device_address: 0x1000 + 128, data: (start + 128).assumingMemoryBound(to: UInt8.self), slot: 7, capacity: 1920, length: 1514,
                flags: 0x0f71, vlan: 0xabcd, checksum_start: 34, checksum_offset: 16, checksum_ip_start: 14, checksum_ip_end: 33,
                segment_octets: 1460, header_octets: 54)
            let back = unsafe BufferToken(buffer, start: Int(bitPattern: start)).buffer(start: start, deviceStart: 0x1000)
            let isSame = unsafe withUnsafeBytes(of: buffer) { a in unsafe withUnsafeBytes(of: back) { b in unsafe a.elementsEqual(b) } }
            #expect(isSame)
        }
    }

    @Test func `frames pass, and the slots are the stack's again`() throws {
        let rig = try ExchangeRig()
        let slots = rig.give(3)
        #expect(slots.count == 3 && rig.given.ready == 3 && rig.exchange.ledger.receiveHeld == 3)
        rig.say(slots.map { BufferToken(slot: $0, flags: 0) })
        #expect(rig.received() == slots)
        #expect(rig.exchange.lie == nil && rig.exchange.ledger.receiveHeld == 0)
    }

    @Test(arguments: [2, 63, 64, 67, 68, 4096, 1 << 31, UInt32.max])
    func `a slot that the host does not have is a lie, whatever its number`(slot: UInt32) throws {
        let rig = try ExchangeRig()
        let slots = rig.give(2)
        rig.say([BufferToken(slot: slots[1], flags: 0), BufferToken(slot: slot, flags: 0), BufferToken(slot: slots[0], flags: 0)])
        #expect(rig.received() == [slots[1]])
        #expect(rig.exchange.lie == "it gave back a buffer that it does not have")
        #expect(rig.exchange.ledger.receiveHeld == 1)
    }

    @Test func `a buffer that comes back twice is a lie`() throws {
        let rig = try ExchangeRig()
        let slots = rig.give(2)
        rig.say([BufferToken(slot: slots[0], flags: 0)])
        #expect(rig.received().count == 1)
        rig.say([BufferToken(slot: slots[0], flags: 0)])
        #expect(rig.received().isEmpty)
        #expect(rig.exchange.lie?.contains("does not have") == true)
    }

    @Test func `a buffer for receive does not come back as one that was sent`() throws {
        let rig = try ExchangeRig()
        let slots = rig.give(1)
        rig.say([BufferToken(slot: slots[0], flags: 0)], sent: true)
        #expect(rig.sent().isEmpty && rig.exchange.lie != nil)
        #expect(rig.exchange.ledger.receiveHeld == 1)
    }

    @Test func `a frame without an end is a lie, and one that does not fit waits`() throws {
        let rig = try ExchangeRig()
        let slots = rig.give(5), more = UInt32(DRYDOCK_BUFFER_MORE)
        rig.say([BufferToken(slot: slots[0], flags: 0), BufferToken(slot: slots[1], flags: more), BufferToken(slot: slots[2], flags: 0)])
        #expect(rig.received(room: 2) == [slots[0]])
        #expect(rig.received(room: 2) == [slots[1], slots[2]])
        #expect(rig.exchange.lie == nil)
        rig.say([BufferToken(slot: slots[3], flags: more)])
        #expect(rig.received().isEmpty)
        #expect(rig.exchange.lie == "it gave a frame in parts")
    }

    @Test func `a frame that would leave its slot is what the attachment refuses`() throws {
        let rig = try ExchangeRig()
        let slot = try #require(rig.give(1).first)
        rig.say([BufferToken(a: UInt64(slot) | 1000 << 32, b: 2000, c: 0, d: 0)])
        #expect(rig.received() == [slot])
        guard let packet = rig.memory.adopt(slot: slot) else { throw SystemError("adopt", .invalid) }
        let fits = rig.memory.place(packet, offset: 1000, length: 2000)
        #expect(!fits)
    }

    @Test(arguments: [RingName.returnReceive, .returnTransmit, .provideReceive]) func `a cursor that cannot be is a lie`(ring: RingName) throws {
        let rig = try ExchangeRig()
        let slots = rig.give(2)
        let place = ring == .provideReceive ? IsolationLayout.head(ring) : IsolationLayout.tail(ring)
        unsafe (rig.rings.memory.base + place).storeBytes(of: 1 << 20, as: UInt32.self)
        switch ring {
        case .returnReceive: #expect(rig.received().isEmpty)
        case .returnTransmit: #expect(rig.sent().isEmpty)
        default: #expect(rig.give(1).isEmpty)
        }
        #expect(rig.exchange.lie == "its ring's cursor cannot be")
        #expect(slots.count == 2 && rig.exchange.ledger.receiveHeld == 2)
    }

    @Test func `the census returns every slot once, by its use`() throws {
        let rig = try ExchangeRig()
        let receive = rig.give(9), transmit = rig.give(5, for: .transmit)
        #expect(receive.count == 9 && transmit.count == 5)
        #expect(rig.census(.transmit) == 5)
        #expect(rig.flags(5) == [UInt16](repeating: UInt16(DRYDOCK_BUFFER_FAILED), count: 5))
        #expect(rig.census(.receive) == 9)
        #expect(rig.slots(9) == Set(receive))
        #expect(rig.census(.receive) == 0 && rig.census(.transmit) == 0)
    }

    @Test func `what nobody asks for any more is free again`() throws {
        let rig = try ExchangeRig()
        let free = rig.memory.freeSmall
        _ = rig.give(9)
        _ = rig.give(5, for: .transmit)
        #expect(rig.memory.freeSmall == free - 14)
        rig.exchange.forgetAll()
        #expect(rig.memory.freeSmall == free)
    }

    @Test func `random tokens never bring a slot that was not given, and never lose one`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let rig = try ExchangeRig()
            let slots = Set(rig.give(16))
            rig.say((0..<20).map { _ in
                let slot = Bool.random(using: &random) ? UInt64.random(in: 0..<80, using: &random) : UInt64.random(in: 0...UInt64.max, using: &random)
                return BufferToken(a: slot | UInt64.random(in: 0...3, using: &random) << 48, b: .random(in: 0...UInt64.max, using: &random), c: 0, d: 0)
            })
            let back = rig.received()
            #expect(Set(back).count == back.count && slots.isSuperset(of: back))
            #expect(rig.exchange.ledger.receiveHeld == 16 - back.count)
            #expect(rig.census(.receive) == 16 - back.count)
        }
    }
}

struct HostWatchTests {
    static let ms: UInt64 = 1_000_000

    private func beat(_ milliseconds: UInt64) -> UInt32 { HostWatch.beat(now: milliseconds * Self.ms) }

    @Test func `a host hangs from the begin of its round, whenever it is looked at`() {
        for look in stride(from: UInt64(1010), through: 1040, by: 10) {
            var watch = HostWatch(limit: 90 * Self.ms), now = look * Self.ms
            #expect(!watch.look(beat: beat(900), isIdle: true, now: 990 * Self.ms) { 0 })
            while !watch.look(beat: beat(1000), isIdle: false, now: now, waited: { 0 }) {
                let next = watch.next(since: 0, now: now)
                #expect(next > now && next <= now + HostWatch.round)
                now = next
            }
            #expect(now == 1090 * Self.ms)
        }
    }

    @Test func `one that gets further, or sleeps, does not`() {
        var watch = HostWatch()
        for round in UInt64(0)..<20 { #expect(!watch.look(beat: beat(round / 4 * 80), isIdle: false, now: round * 20 * Self.ms) { 0 }) }
        for round in UInt64(20)..<40 { #expect(!watch.look(beat: beat(400), isIdle: true, now: round * 20 * Self.ms) { 0 }) }
        // It slept until its bell rang.
        #expect(!watch.look(beat: beat(400), isIdle: false, since: 800 * Self.ms, now: 801 * Self.ms) { 0 })
        #expect(!watch.look(beat: beat(400), isIdle: false, since: 800 * Self.ms, now: 889 * Self.ms) { 0 })
        #expect(watch.look(beat: beat(400), isIdle: false, since: 800 * Self.ms, now: 890 * Self.ms) { 0 })
    }

    @Test func `a begin that lies in the future wins nothing`() {
        var watch = HostWatch()
        #expect(!watch.look(beat: beat(900), isIdle: true, now: 990 * Self.ms) { 0 })
        #expect(!watch.look(beat: beat(5000), isIdle: false, now: 1000 * Self.ms) { 0 })
        #expect(watch.look(beat: beat(5000), isIdle: false, now: 1091 * Self.ms) { 0 })
    }

    @Test func `without a limit nothing hangs`() {
        var watch = HostWatch(limit: 0)
        for round in UInt64(1)..<100 { #expect(!watch.look(beat: beat(1), isIdle: false, now: round * 1000 * Self.ms) { 0 }) }
    }

    @Test func `what it waited for a processor is not its fault, from before the first look either`() {
        var watch = HostWatch()
        #expect(!watch.look(beat: beat(900), isIdle: true, now: 990 * Self.ms) { 7 * Self.ms })
        #expect(!watch.look(beat: beat(1000), isIdle: false, now: 1091 * Self.ms) { 67 * Self.ms })
        #expect(!watch.look(beat: beat(1000), isIdle: false, now: 1104 * Self.ms) { 67 * Self.ms })
        #expect(watch.look(beat: beat(1000), isIdle: false, now: 1105 * Self.ms) { 67 * Self.ms })
    }

    @Test func `one that spins beside others is found by the limit`() {
        var watch = HostWatch()
        #expect(!watch.look(beat: beat(900), isIdle: true, now: 990 * Self.ms) { 0 })
        #expect(!watch.look(beat: beat(1000), isIdle: false, now: 1089 * Self.ms) { 44 * Self.ms })
        #expect(watch.look(beat: beat(1000), isIdle: false, now: 1090 * Self.ms) { 44 * Self.ms })
    }

    /// The beat has 32 bits of microseconds: half of them, and all of them.
    @Test(arguments: [35, 36, 71, 72] as [UInt64]) func `one that slept for long and is rung has all its time`(minutes: UInt64) {
        var watch = HostWatch()
        let rung = 1000 + minutes * 60_000
        #expect(!watch.look(beat: beat(1000), isIdle: true, now: 1010 * Self.ms) { 0 })
        for after in [1, 89] as [UInt64] {
            #expect(!watch.look(beat: beat(1000), isIdle: false, since: rung * Self.ms, now: (rung + after) * Self.ms) { 0 })
        }
        #expect(watch.look(beat: beat(1000), isIdle: false, since: rung * Self.ms, now: (rung + 91) * Self.ms) { 0 })
    }

    @Test func `of the time before its first look nothing is held against a host`() {
        var watch = HostWatch()
        #expect(!watch.look(beat: beat(1), isIdle: false, now: 1000 * Self.ms) { 500 * Self.ms })
        #expect(!watch.look(beat: beat(1), isIdle: false, now: 1050 * Self.ms) { 500 * Self.ms })
    }

    @Test func `a driver that dies young waits longer each time, and is left out in the end`() {
        var budget = RestartBudget(), pauses: [UInt64?] = []
        for life in 0..<8 {
            let born = UInt64(life) * 10_000 * Self.ms
            budget.begin(now: born)
            pauses.append(budget.end(now: born + 50 * Self.ms))
        }
        #expect(pauses == RestartBudget.pauses.map { Optional($0) } + [nil, nil])
    }

    @Test func `one that lives a while may die as often as it likes`() {
        var budget = RestartBudget()
        for life in 0..<1000 {
            let born = UInt64(life) * 1000 * Self.ms
            budget.begin(now: born)
            #expect(budget.end(now: born + 300 * Self.ms) == 0)
        }
    }
}
