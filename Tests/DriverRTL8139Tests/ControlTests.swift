import CDriver
import DriverKit
import RTL8139Registers
import Testing

@Suite struct ControlTests {
    let nic = FakeRTL8139()

    @Test func `a multicast address sets the bit that its CRC names`() {
        let bench = Bench(nic)
        #expect(bench.setFilter(multicast: [[0x01, 0x00, 0x5E, 0x00, 0x00, 0x01], [0x33, 0x33, 0, 0, 0, 1]]) == 0)
        // 01:00:5e:00:00:01 is bit 31 and 33:33:00:00:00:01 bit 32 of 64: the upper six bits of the CRC.
        var expected: UInt64 = 0
        for octets in [[0x01, 0x00, 0x5E, 0x00, 0x00, 0x01], [0x33, 0x33, 0, 0, 0, 1]] as [[UInt8]] {
            var register: UInt32 = .max
            for octet in octets {
                for bit in 0..<8 { register = register << 1 ^ ((register >> 31 ^ UInt32(octet >> UInt8(bit) & 1)) & 1 == 1 ? 0x04C1_1DB7 : 0) }
            }
            expected |= 1 << UInt64(register >> 26)
        }
        #expect(UInt64(nic.get(8, 4)) | UInt64(nic.get(12, 4)) << 32 == expected)
        #expect(bench.setFilter(DRYDOCK_FILTER_ALL_MULTICAST) == 0 && nic.get(8, 4) == .max)
        #expect(nic.offences.isEmpty)
    }

    @Test func `promiscuity is switched on a running device without losing a frame`() {
        let bench = Bench(nic)
        #expect(bench.feed(count: 32) == 32)
        for i in 0..<5 { #expect(nic.receive(pattern(200, i))) }
        #expect(nic[.rcr] & RCR().aap.mask == 0)
        #expect(bench.setFilter(DRYDOCK_FILTER_PROMISCUOUS) == 0)
        #expect(nic[.rcr] & RCR().aap.mask != 0 && nic.get(8, 4) == .max)
        #expect(nic.receive(pattern(200, 5)))
        _ = bench.interrupt()
        #expect(unsafe bench.frames(bench.received()) == (0..<6).map { pattern(200, $0) })
        #expect(bench.setFilter(mac: [2, 0, 0, 0, 0, 7]) == 0)
        #expect(Array(nic.octets[0..<6]) == [2, 0, 0, 0, 0, 7] && nic[.rcr] & RCR().aap.mask == 0 && nic.offences.isEmpty)
        #expect(bench.setFilter(mac: [1, 0, 0, 0, 0, 7]) == -22)
    }

    @Test func `the link is told when it changes, and only then`() {
        let bench = Bench(nic)
        nic.setLink(false)
        #expect(bench.interrupt() == DRYDOCK_EVENT_LINK)
        #expect(bench.media().media.flags & DRYDOCK_MEDIA_LINK_UP == 0)
        nic[.isr] = Causes().pun.mask
        #expect(bench.interrupt() == 0)
        nic.setLink(true)
        #expect(bench.interrupt() == DRYDOCK_EVENT_LINK && nic.host.linkChanges == 2)
        let media = bench.media().media
        #expect(media.megabits == 100 && media.flags & (DRYDOCK_MEDIA_LINK_UP | DRYDOCK_MEDIA_FULL_DUPLEX | DRYDOCK_MEDIA_AUTO) == 7)
    }

    @Test func `a forced speed is forced, and undone again`() {
        let bench = Bench(nic, options: "speed=10,duplex=0")
        #expect(nic[.bmcr] == 0)
        #expect(bench.setMedia(megabits: 100, flags: DRYDOCK_MEDIA_FULL_DUPLEX) == 0 && nic[.bmcr] == BMCR().spdSet.mask | BMCR().duplex.mask)
        #expect(bench.setMedia(megabits: 0, flags: DRYDOCK_MEDIA_AUTO) == 0 && BMCR().ane.isSet(nic[.bmcr]))
        #expect(bench.setMedia(megabits: 1000, flags: 0) == -22)
        #expect(nic.offences.isEmpty)
    }

    @Test func `an interrupt without a cause of ours is foreign`() {
        let bench = Bench(nic)
        #expect(bench.interrupt() == DRYDOCK_EVENT_FOREIGN && bench.variable("foreign_interrupts") == 1)
        nic[.isr] = Causes().tok.mask
        #expect(bench.interrupt() == DRYDOCK_EVENT_TRANSMIT && nic[.isr] == 0)
    }

    @Test func `a transmitter that hangs is reset, and its frames come back as failed`() {
        let bench = Bench(nic)
        #expect(bench.feed(count: 32) == 32)
        nic.transmitHangs = true
        for i in 0..<3 { #expect(unsafe bench.send(bench.frame(pattern(60, i))) == 1) }
        #expect(nic.receive(pattern(300)))
        _ = bench.tick()
        #expect(bench.counter(DRYDOCK_TX_HANGS) == 0, "one look is not enough")
        #expect(bench.tick() & DRYDOCK_EVENT_TRANSMIT != 0)
        let back = unsafe bench.all { unsafe bench.transmitted($0) }
        #expect(unsafe back.count == 3 && Bench.failed(back) == 3)
        #expect(bench.counter(DRYDOCK_TX_HANGS) == 1 && bench.counter(DRYDOCK_TX_ERRORS) == 3)
        nic.transmitHangs = false
        #expect(unsafe bench.frames(bench.received()) == [pattern(300)], "what had arrived is not lost")
        for i in 0..<9 {
            #expect(unsafe bench.send(bench.frame(pattern(80, i))) == 1 && bench.transmitted().count == 1)
            #expect(nic.receive(pattern(90, i)))
            #expect(unsafe bench.frames(bench.received()) == [pattern(90, i)])
        }
        #expect(nic.sent.count == 9 && nic.host.timers[0] != nil && nic.offences.isEmpty)
    }

    @Test func `stop gives every buffer back, and start goes on`() {
        let bench = Bench(nic)
        for _ in 0..<3 {
            #expect(bench.feed(count: 40) == 40)
            nic.transmitHangs = true
            #expect(unsafe bench.send(bench.frame(pattern(60))) == 1)
            #expect(nic.receive(pattern(100)))
            #expect(bench.stop() == 0)
            let back = unsafe bench.all { unsafe bench.received($0) }
            #expect(unsafe back.count == 40 && bench.frames([back[0]]) == [pattern(100)])
            #expect(unsafe back[1...].allSatisfy { unsafe $0.flags == UInt16(DRYDOCK_BUFFER_UNUSED) })
            #expect(unsafe bench.all { unsafe bench.transmitted($0) }.count == 1)
            #expect(nic[.imr] == 0 && nic[.cr] == 0)
            nic.transmitHangs = false
            #expect(bench.start() == 0)
        }
        #expect(bench.counter(DRYDOCK_RX_PACKETS) == 3 && bench.counter(DRYDOCK_TX_ERRORS) == 3)
    }

    @Test func `a device that has left is declared failed once, and gives its buffers back`() {
        let bench = Bench(nic)
        #expect(bench.feed(count: 20) == 20)
        nic.transmitHangs = true
        #expect(unsafe bench.send(bench.frame(pattern(60))) == 1)
        nic.gone = true
        _ = bench.interrupt()
        _ = bench.tick()
        #expect(nic.host.failures == ["rtl8139: the device has left the bus (all ones)"])
        #expect(unsafe bench.all { unsafe bench.received($0) }.count == 20 && bench.all { unsafe bench.transmitted($0) }.count == 1)
        #expect(bench.media().status == -19 && bench.start() == -19 && nic.host.timers.isEmpty)
    }

    @Test func `a PCI system error ends the device by name`() {
        let bench = Bench(nic)
        nic[.isr] = Causes().serr.mask
        _ = bench.interrupt()
        #expect(nic.host.failures.count == 1 && nic.host.failures[0].contains("ISR.SERR"))
        #expect(nic[.cr] == 0 && nic.host.config[4] & 4 == 0 && bench.isAttached)
    }

    @Test func `the shell's methods do what they say`() {
        let bench = Bench(nic)
        #expect(bench.method("phy_read", [1]) == 0x782D && bench.method("phy_read", [2]) == -22)
        #expect(bench.method("rings") == 0 && nic.host.log.last?.text.contains("CAPR") == true)
        let resets = nic.resets
        #expect(bench.method("recover") == 0 && nic.resets == resets + 1)
        #expect(bench.setMTU(1400) == 0 && bench.setMTU(1501) == -22 && bench.setOffloads(DRYDOCK_CAP_TSO4) == -95)
        bench.quiesce()
        #expect(nic[.imr] == 0 && nic[.cr] == 0 && nic.host.config[4] & 4 == 0)
    }
}
