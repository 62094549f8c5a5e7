import CDriver
import DriverE1000
import DriverKit
import E1000Registers
import Testing

@Suite struct RecoveryTests {
    let bench = Bench()

    @Test func `a transmitter that hangs is reset, and its frames come back as failed`() {
        #expect(bench.feed(count: 50) == 50)
        bench.nic.transmitHangs = true
        for i in 0..<3 { #expect(unsafe bench.send(bench.frame(pattern(60, i))) == 1) }
        #expect(bench.tick() == 0, "one look is not enough")
        #expect(bench.tick() & DRYDOCK_EVENT_TRANSMIT != 0)
        let back = unsafe bench.all { unsafe bench.transmitted($0) }
        #expect(unsafe back.count == 3 && back.allSatisfy { unsafe $0.flags & UInt16(DRYDOCK_BUFFER_FAILED) != 0 })
        #expect(bench.counter(DRYDOCK_TX_HANGS) == 1 && bench.counter(DRYDOCK_TX_ERRORS) == 3)
        #expect(bench.nic.host.log.contains { $0.text.contains("TDH 0, TDT 3") })
        // It works again, both ways.
        bench.nic.transmitHangs = false
        #expect(unsafe bench.send(bench.frame(pattern(80))) == 1)
        #expect(bench.nic.sent == [pattern(80)])
        #expect(bench.nic.receive(pattern(90)) && bench.nic[.rdt] == 50)
        #expect(unsafe Bench.octets(bench.received()) == pattern(90))
        #expect(bench.nic.host.timers[0] != nil)
    }

    @Test func `buffers keep their order when the ring starts again in the middle`() {
        #expect(bench.feed(count: 200) == 200)
        for i in 0..<150 { #expect(bench.nic.receive(pattern(60, i))) }
        #expect(unsafe bench.all { unsafe bench.received($0) }.count == 150)
        #expect(bench.feed(count: 180) == 180)
        #expect(bench.method("recover", []) == 0)
        #expect(bench.nic[.rdt] == 230 && bench.nic[.rdh] == 0)
        var slots = Set<UInt32>()
        for i in 0..<230 {
            #expect(bench.nic.receive(pattern(100, i)))
            for unsafe buffer in unsafe bench.received() {
                unsafe slots.insert(buffer.slot)
                #expect(unsafe Bench.octets([buffer]) == pattern(100, i))
            }
        }
        #expect(slots.count == 230)
    }

    @Test func `a slow transmitter is not a hung one`() {
        bench.nic.transmitHangs = true
        #expect(unsafe bench.send(bench.frame(pattern(60))) == 1)
        #expect(bench.tick() == 0)
        bench.nic.transmitHangs = false
        bench.nic.transmit()
        bench.nic.transmitHangs = true
        #expect(bench.tick() & DRYDOCK_EVENT_TRANSMIT != 0, "the interrupt was lost, the frame was not")
        #expect(bench.counter(DRYDOCK_TX_HANGS) == 0)
        #expect(unsafe bench.transmitted().count == 1)
    }

    @Test func `without a link, or paused, nothing counts as hung`() {
        for status in [UInt32(0x81), 0x93] {
            bench.nic.transmitHangs = true
            bench.nic[.status] = status
            _ = unsafe bench.send(bench.frame(pattern(60)))
            for _ in 0..<5 { _ = bench.tick() }
            #expect(bench.counter(DRYDOCK_TX_HANGS) == 0)
        }
        #expect(bench.nic.host.linkChanges == 2)
    }

    @Test func `a device that has left is declared failed once, and gives its buffers back`() {
        #expect(bench.feed(count: 20) == 20)
        bench.nic.transmitHangs = true
        #expect(unsafe bench.send(bench.frame(pattern(60))) == 1)
        bench.nic.gone = true
        _ = bench.interrupt()
        _ = bench.tick()
        #expect(bench.nic.host.failures == ["e1000: the device has left the bus (all ones)"])
        #expect(unsafe bench.all { unsafe bench.received($0) }.count == 20)
        #expect(unsafe bench.all { unsafe bench.transmitted($0) }.count == 1)
        #expect(bench.media().status == -19 && bench.start() == -19)
        #expect(bench.nic.host.timers.isEmpty)
    }

    @Test func `an interrupt without a cause of ours is foreign`() {
        #expect(bench.interrupt() == DRYDOCK_EVENT_FOREIGN)
        bench.nic[.icr] = Causes().lsc.mask
        bench.nic[.status] = 0x81
        #expect(bench.interrupt() == DRYDOCK_EVENT_LINK)
        #expect(bench.nic.host.linkChanges == 1)
    }

    @Test func `a reset that does not end makes the device failed`() {
        bench.nic.transmitHangs = true
        _ = unsafe bench.send(bench.frame(pattern(60)))
        bench.nic.resetHangs = true
        _ = bench.tick()
        _ = bench.tick()
        #expect(bench.nic.host.failures == ["e1000: CTRL.RST did not happen in time"])
        #expect(unsafe bench.transmitted().count == 1)
    }
}
