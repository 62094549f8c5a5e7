import CDriver
import DriverKit
import DriverVirtioNet
import NICModels
import Testing
import VirtioNetRegisters
import VirtioRegisters

/// Coming, going, and devices that misbehave.
@Suite struct LifeTests {
    @Test func `fifty attaches leave nothing behind`() throws {
        let rig = try Rig(options: "queues=2")
        for round in 0..<50 {
            #expect(rig.status == 0)
            rig.feed(20)
            #expect(rig.receive(ethernet(60, seed: round))?.octets == ethernet(60, seed: round))
            #expect(unsafe rig.send(rig.frame(ethernet(60))).count == 1)
            #expect(rig.stop() == 0)
            #expect(unsafe rig.all { unsafe rig.received() }.filter { unsafe $0.flags & UInt16(DRYDOCK_BUFFER_UNUSED) != 0 }.count == 20)
            rig.detach()
            #expect(rig.host.blocks.count == 1 && !rig.host.interruptsEnabled)
            rig.attach("queues=2")
        }
        rig.expectClean()
    }

    @Test func `stop, start and recover at any ring position are clean, and lose no count`() throws {
        let rig = try Rig(options: "receive=32,transmit=32")
        for round in 0..<6 {
            rig.feed(20 + round)
            for seed in 0..<7 + round {
                #expect(unsafe rig.send(rig.frame(ethernet(60, seed: seed))).count == 1)
                #expect(rig.receive(ethernet(60, seed: seed))?.octets == ethernet(60, seed: seed))
            }
            if round % 2 == 1 {
                let lost = rig.counter(DRYDOCK_RX_ERRORS)
                rig.deliver(ethernet(60))
                #expect(rig.method("recover") == 0)
                #expect(rig.counter(DRYDOCK_RX_ERRORS) == lost + 1)
                #expect(rig.receive(ethernet(61))?.octets == ethernet(61))
            }
            rig.serves = false
            #expect(unsafe rig.offer(rig.frame(ethernet(60))) == 1)
            let errors = rig.counter(DRYDOCK_TX_ERRORS)
            rig.serves = true
            rig.stores = []
            #expect(rig.stop() == 0)
            #expect(unsafe rig.transmitted().map(\.flags) == [UInt16(DRYDOCK_BUFFER_FAILED)])
            #expect(rig.counter(DRYDOCK_TX_ERRORS) == errors + 1)
            #expect(rig.start() == -16, "receive buffers must go home first")
            #expect(unsafe rig.all { unsafe rig.received() }.count == 20 + round)
            #expect(rig.start() == 0)
        }
        rig.expectClean()
    }

    @Test func `a pulled cable is noticed and so is its return`() throws {
        for messages in [UInt32(8), 0] {
            let rig = try Rig(messages: messages)
            #expect(rig.media().media.flags & DRYDOCK_MEDIA_LINK_UP != 0 && rig.media().media.megabits == 1000)
            rig.model.setCarrier(false)
            #expect(rig.interrupts() & DRYDOCK_EVENT_LINK != 0)
            #expect(rig.media().media.flags & DRYDOCK_MEDIA_LINK_UP == 0 && rig.host.linkChanges == 1)
            rig.model.setCarrier(true)
            #expect(rig.interrupts() & DRYDOCK_EVENT_LINK != 0 && rig.host.linkChanges == 2)
            #expect(rig.interrupt(0) == (messages == 0 ? DRYDOCK_EVENT_FOREIGN : DRYDOCK_EVENT_NONE))
        }
    }

    @Test func `a device that needs a reset gets one`() throws {
        let rig = try Rig()
        rig.feed(20)
        // A notification of a queue index that jumped: the model gives up.
        rig.serves = false
        #expect(unsafe rig.offer(rig.frame(ethernet(60))) == 1)
        rig.poke(try #require(rig.availableRings[1]) + 2, UInt16(999))
        rig.serves = true
        rig.serve()
        #expect(rig.violations.map(\.rule) == [.availableIndex])
        rig.violations = []
        #expect(rig.interrupts() & DRYDOCK_EVENT_LINK != 0)
        #expect(unsafe rig.transmitted().map(\.flags) == [UInt16(DRYDOCK_BUFFER_FAILED)])
        #expect(rig.receive(ethernet(60))?.octets == ethernet(60))
        #expect(unsafe rig.send(rig.frame(ethernet(60))).count == 1 && rig.frames.count == 1)
        rig.expectClean()
    }

    @Test func `a transmitter that does nothing is reset after two looks`() throws {
        let rig = try Rig()
        rig.serves = false
        #expect(unsafe rig.offer(rig.frame(ethernet(60))) == 1)
        rig.tick()
        #expect(unsafe rig.transmitted().isEmpty)
        rig.serves = true
        rig.lie = { [unowned rig] _ in
            rig.lie = nil
            return nil
        }
        // The model worked in the meantime only if somebody told it to: here it did not.
        rig.tick()
        #expect(rig.counter(DRYDOCK_TX_HANGS) == 1 && rig.counter(DRYDOCK_TX_ERRORS) == 1)
        #expect(unsafe rig.transmitted().map(\.flags) == [UInt16(DRYDOCK_BUFFER_FAILED)])
        #expect(unsafe rig.send(rig.frame(ethernet(60))).map(\.flags) == [0])
    }

    @Test func `a control queue that does not answer is waited for with a bound, and ends in a failure`() throws {
        let rig = try Rig()
        rig.serves = false
        let before = rig.host.now
        #expect(rig.setFilter(DRYDOCK_FILTER_PROMISCUOUS) == -110)
        #expect(rig.host.now - before < 3_000_000)
        #expect(rig.host.failures.count == 1 && rig.host.failures[0].contains("control queue"))
        #expect(rig.setFilter() == -19)
    }

    @Test func `a device that has gone is said to be gone, once`() throws {
        for messages in [UInt32(8), 0] {
            let rig = try Rig(messages: messages)
            rig.feed(20)
            rig.host.regionLoad = { _, _, width in width == 4 ? .max : (1 << (8 * width)) - 1 }
            rig.host.configLoad = { _, width in width == 4 ? .max : (1 << (8 * width)) - 1 }
            rig.tick()
            rig.tick()
            _ = rig.interrupt(0)
            #expect(rig.host.failures == ["virtio-net: the device has left the bus (all ones)"])
            #expect(rig.media().status == -19 && rig.feed(1) == 0)
            #expect(unsafe rig.offer(rig.frame(ethernet(60))) == 0)
            #expect(unsafe rig.all { unsafe rig.received() }.count == 20)
            rig.detach()
            #expect(rig.host.blocks.count == 1)
        }
    }

    @Test func `quiesce silences at once`() throws {
        let rig = try Rig()
        rig.feed(20)
        rig.quiesce()
        #expect(rig.model.configLoad(offset: 4, width: 2) & 4 == 0)
        #expect(rig.model.load(region: 4, offset: VirtioRegister.deviceStatus.rawValue, width: 1) == 0)
        #expect(rig.host.blocks.count > 1, "nothing is freed")
    }

    /// Ways to lie in a used ring: of which queue, index, head and length of the entry.
    static let lies: [(UInt32, String, @Sendable (Rig, UInt64) -> Void)] = [
        (0, "descriptor 300", { rig, ring in
            rig.poke(ring + 4, UInt32(300))
            rig.poke(ring + 2, UInt16(1))
        }),
        (1, "descriptor 1,", { rig, ring in // A descriptor in a chain, but not its head.
            rig.poke(ring + 4, UInt32(1))
            rig.poke(ring + 2, UInt16(1))
        }),
        (0, "descriptor 0,", { rig, ring in // More than was ever handed over.
            rig.poke(ring + 2, UInt16(200))
        }),
        (0, "descriptor 4294967295", { rig, ring in
            rig.poke(ring + 4, UInt32.max)
            rig.poke(ring + 2, UInt16(1))
        }),
    ]

    @Test(arguments: lies.indices) func `a used ring that lies is named, counted, and the device not believed any more`(_ index: Int) throws {
        let (queue, text, lie) = Self.lies[index], rig = try Rig()
        rig.feed(20)
        rig.serves = false
        #expect(unsafe rig.offer(rig.frame(ethernet(60))) == 1)
        lie(rig, try #require(rig.usedRings[queue]))
        #expect(unsafe rig.received().filter { unsafe $0.flags & UInt16(DRYDOCK_BUFFER_UNUSED) == 0 }.isEmpty)
        #expect(unsafe rig.transmitted().map(\.flags) == [UInt16(DRYDOCK_BUFFER_FAILED)] || queue == 0)
        #expect(rig.host.failures.count == 1 && rig.host.failures[0].contains("queue \(queue) returned " + text))
        #expect(rig.model.configLoad(offset: 4, width: 2) & 4 == 0)
        rig.detach()
        #expect(rig.host.blocks.count == 1)
    }

    @Test func `a chain returned twice is found out, and every buffer comes home once`() throws {
        let rig = try Rig()
        rig.feed(20)
        rig.deliver(ethernet(60))
        let ring = try #require(rig.usedRings[0])
        rig.poke(ring + 12, rig.peek(ring + 4, as: UInt64.self))
        rig.poke(ring + 2, UInt16(2))
        var slots: [UInt32] = []
        for unsafe buffer in unsafe rig.all({ unsafe rig.received() }) { unsafe slots.append(buffer.slot) }
        #expect(slots.count == 20 && Set(slots).count == 20 && rig.host.failures.count == 1)
    }

    @Test(arguments: [UInt32(0), 11, 12, 25, 2049, 0xFFFF, .max]) func `a length that cannot be is a bad frame`(length: UInt32) throws {
        let rig = try Rig()
        rig.feed(20)
        rig.deliver(ethernet(60))
        rig.poke(try #require(rig.usedRings[0]) + 8, length)
        let got = unsafe rig.received()
        #expect(unsafe got.count == 1 && got[0].flags == UInt16(DRYDOCK_BUFFER_ERROR) && got[0].length <= 2036)
        #expect(rig.counter(DRYDOCK_RX_ERRORS) == 1 && rig.counter(DRYDOCK_RX_PACKETS) == 0)
    }

    @Test(arguments: [UInt16(0), 300]) func `a frame of no or of more buffers than there are fails the device`(buffers: UInt16) throws {
        let rig = try Rig()
        rig.feed(20)
        rig.deliver(ethernet(60))
        let ring = try #require(rig.usedRings[0]), head: UInt32 = rig.peek(ring + 4)
        let header: UInt64 = rig.peek(try #require(rig.availableRings[0]) - 256 * 16 + 16 * UInt64(head))
        rig.poke(header + 10, buffers)
        #expect(unsafe rig.all { unsafe rig.received() }.count == 20)
        #expect(rig.host.failures.count == 1)
    }
}
