import AbcRegisters
import CDriver
import DriverAbc
import DriverKit
import Testing

@Suite struct AbcTests {
    let nic = FakeAbc()
    /// A frame with something recognisable in it.
    func frame(_ count: Int, _ seed: UInt8 = 0) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) &+ seed } }

    @Test func `the device is matched by its identity`() {
        #expect(Bench.match(0x1234, 0x0ABC) > 0)
        #expect(Bench.match(0x1234, 0x1111) == 0 && Bench.match(0x8086, 0x0ABC) == 0)
    }

    @Test func `attach says what the device is, and detach gives everything back`() {
        let bench = Bench(host: nic.host)
        #expect(bench.status == 0)
        let mac = bench.interface.mac
        #expect([mac.0, mac.1, mac.2, mac.3, mac.4, mac.5] == [0x52, 0x54, 0, 0x12, 0x34, 0x56])
        #expect(bench.interface.receive_slots == 63 && bench.interface.mtu == 1500 && bench.interface.vectors == 1)
        #expect(bench.media()?.megabits == 100)
        bench.detach()
        #expect(nic.host.blocks.count == 1 && !nic.host.interruptsEnabled, "packet memory is the test's own")
        #expect(nic.registers[.mask] == 0 && nic.host.config[4] & 4 == 0)
    }

    @Test func `frames go out, and their buffers come back`() {
        let bench = Bench(host: nic.host)
        for round in 0..<100 as Range<UInt8> {
            let one = frame(60, round), two = frame(1514, round)
            #expect(unsafe bench.send([bench.buffer(one), bench.buffer(Array(two[..<100]), more: true), bench.buffer(Array(two[100...]))]) == 3)
            #expect(nic.sent.suffix(2) == [one, two])
            #expect(bench.interrupt() & DRYDOCK_EVENT_TRANSMIT != 0)
            let back = unsafe bench.transmitted()
            #expect(unsafe back.map(\.flags) == [0, UInt16(DRYDOCK_BUFFER_MORE), 0])
        }
        #expect(bench.counter(DRYDOCK_TX_PACKETS) == 200 && bench.counter(DRYDOCK_TX_OCTETS) == 157_400)
    }

    @Test func `a frame that the device refuses comes back as failed, and is counted`() {
        let bench = Bench(host: nic.host)
        nic.refusesFrames = true
        #expect(unsafe bench.send([bench.buffer(frame(60))]) == 1)
        #expect(unsafe bench.transmitted().map(\.flags) == [UInt16(DRYDOCK_BUFFER_FAILED)])
        #expect(bench.counter(DRYDOCK_TX_ERRORS) == 1 && bench.counter(DRYDOCK_TX_PACKETS) == 0)
    }

    @Test func `a full ring takes no more`() {
        let bench = Bench(host: nic.host, options: "transmit=8,receive=16")
        nic.registers[.txBaseHigh] = 0x7777 // Out of reach: nothing is sent.
        #expect(unsafe bench.send((0..<20).map { _ in unsafe bench.buffer(frame(60)) }) == 7)
        #expect(bench.feed(64) == 15 && bench.feed(1) == 0)
    }

    @Test func `frames come in, whole and in order`() {
        let bench = Bench(host: nic.host)
        for round in 0..<100 as Range<UInt8> {
            _ = bench.feed(3)
            for k in 0..<3 as Range<UInt8> { #expect(nic.deliver(frame(60 + Int(round), round &+ k))) }
            #expect(bench.interrupt() & DRYDOCK_EVENT_RECEIVE != 0)
            let got = unsafe bench.received()
            #expect(unsafe got.map { unsafe Bench.octets($0) } == (0..<3).map { frame(60 + Int(round), round &+ $0) })
        }
        #expect(bench.counter(DRYDOCK_RX_PACKETS) == 300)
    }

    @Test(arguments: [(4096, false), (3, false), (60, true)])
    func `a frame that cannot be is handed up as bad, and counted`(claim: Int, error: Bool) {
        let bench = Bench(host: nic.host)
        _ = bench.feed(4)
        #expect(nic.deliver(frame(60), claim: claim, error: error))
        let got = unsafe bench.received()
        #expect(unsafe got.map(\.flags) == [UInt16(DRYDOCK_BUFFER_ERROR)] && got[0].length == 0)
        #expect(bench.counter(DRYDOCK_RX_ERRORS) == 1)
    }

    @Test func `after a stop every buffer comes home, and a start works again`() {
        let bench = Bench(host: nic.host)
        #expect(bench.feed(10) == 10)
        #expect(nic.deliver(frame(60)))
        #expect(bench.stop() == 0)
        #expect(unsafe bench.received().count == 10)
        #expect(bench.start() == 0)
        #expect(bench.feed(10) == 10 && nic.deliver(frame(64)))
        #expect(unsafe bench.received().map(\.length) == [64])
    }

    @Test func `the filter asks for groups, for all of them, for everything`() {
        let bench = Bench(host: nic.host)
        #expect(bench.setFilter(multicast: [[1, 0, 0x5E, 1, 2, 3]]) == 0)
        let bit = UInt32(1 ^ 0x5E ^ 1 ^ 2 ^ 3) & 63
        #expect(nic.registers[.hashLow] == (bit < 32 ? 1 << bit : 0) && nic.registers[.hashHigh] == (bit < 32 ? 0 : 1 << (bit - 32)))
        #expect(bench.setFilter(DRYDOCK_FILTER_ALL_MULTICAST) == 0)
        #expect(nic.registers[.hashLow] == .max && nic.registers[.hashHigh] == .max)
        #expect(bench.setFilter(DRYDOCK_FILTER_PROMISCUOUS) == 0)
        #expect(CTRL().promisc.isSet(nic.registers[.ctrl] ?? 0))
    }

    @Test func `an interrupt of nobody is somebody else's`() {
        let bench = Bench(host: nic.host)
        #expect(bench.interrupt() == DRYDOCK_EVENT_FOREIGN)
        nic.raise(Causes().link.mask)
        #expect(bench.interrupt() == 0, "the link is as it was")
        nic.registers[.status, default: 0] &= ~STATUS().link.mask
        nic.raise(Causes().link.mask)
        #expect(bench.interrupt() & DRYDOCK_EVENT_LINK != 0 && nic.host.linkChanges == 1)
        #expect(nic.registers[.cause] == 0)
    }

    @Test func `a device that is gone is said to be, once`() {
        let bench = Bench(host: nic.host)
        #expect(bench.feed(5) == 5)
        nic.gone = true
        #expect(bench.interrupt() == 0)
        _ = bench.interrupt()
        #expect(nic.host.failures == ["abc: the device has left the bus (all ones)"])
        #expect(unsafe bench.received().count == 5)
    }

    @Test func `a device that was pulled out is missed within a second`() {
        let bench = Bench(host: nic.host)
        #expect(nic.host.timers[0] == nic.host.now + 1_000_000)
        #expect(bench.tick() & DRYDOCK_EVENT_RECEIVE != 0 && nic.host.failures.isEmpty, "a lost interrupt costs one tick")
        nic.gone = true
        _ = bench.tick()
        #expect(nic.host.failures.count == 1 && nic.host.timers[0] == nil)
    }

    @Test func `a transmitter that hangs is reset, and what it held comes back as failed`() {
        let bench = Bench(host: nic.host)
        #expect(bench.feed(5) == 5)
        nic.registers[.txBaseHigh] = 0x7777 // Out of reach: nothing is sent.
        #expect(unsafe bench.send([bench.buffer(frame(60))]) == 1)
        for _ in 0..<2 { _ = bench.tick() }
        #expect(bench.counter(DRYDOCK_TX_HANGS) == 1 && bench.counter(DRYDOCK_TX_ERRORS) == 1)
        #expect(unsafe bench.transmitted().map(\.flags) == [UInt16(DRYDOCK_BUFFER_FAILED)])
        #expect(nic.deliver(frame(60)), "the receive buffers were offered again")
        #expect(unsafe bench.send([bench.buffer(frame(60))]) == 1 && nic.sent == [frame(60)])
    }

    @Test func `a reset that never ends is given up by its name`() {
        nic.resetHangs = true
        #expect(Bench(host: nic.host).status == -110)
        #expect(nic.host.log.contains { $0.text.contains("CTRL.RESET") })
    }

    @Test(arguments: 1...2) func `a failed attach leaves nothing behind`(allocation: Int) {
        nic.host.failAllocation = allocation
        #expect(Bench(host: nic.host).status == -12)
        #expect(nic.host.blocks.count == 1 && nic.host.config[4] & 4 == 0)
    }

    @Test func `without a message it takes the line, without either it does not attach`() {
        nic.host.grantedVectors = [1, 1, 0]
        let bench = Bench(host: nic.host)
        #expect(nic.host.interruptKind == UInt32(DRYDOCK_MSI.rawValue))
        bench.detach()
        nic.host.grantedVectors = [1, 0, 0]
        #expect(Bench(host: nic.host).status == 0 && nic.host.interruptKind == UInt32(DRYDOCK_INTX.rawValue))
        nic.host.refusesInterrupts = true
        #expect(Bench(host: nic.host).status == -5)
    }

    @Test(arguments: ["receive=7", "transmit=1000", "mac=1", "promiscuous=1", "speed=10"])
    func `an option that is not allowed is refused by name`(option: String) {
        #expect(Bench(host: nic.host, options: option).status == -22)
        #expect(nic.host.log.contains { $0.text.hasPrefix("abc: option '\(option)'") })
    }
}
