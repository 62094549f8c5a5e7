import CDriver
import DriverKit
import DriverVirtioNet
import NICModels
import Testing
import VirtioNetRegisters
import VirtioRegisters

/// Traffic of every kind against the strict model, and not one violation.
@Suite struct FrameTests {
    /// Devices that can less.
    static let variants: [VirtioFeatures] = [[], .eventIndex, .mergeable, [.control, .mtu, .status], [.eventIndex, .mergeable, .checksum, .guestChecksum]]

    @Test(arguments: variants) func `frames of all sizes go both ways`(hidden: VirtioFeatures) throws {
        let rig = try Rig(hidden: hidden, messages: hidden.contains(.mergeable) ? 0 : 8)
        #expect(rig.status == 0)
        rig.feed(Int(rig.interface.receive_slots))
        let jumbo = !hidden.contains(.mergeable), sizes = Array(stride(from: 46, through: 1500, by: 11)) + (jumbo ? [2021, 2022, 2023, 2034, 2035, 2036, 2037, 4060, 9000] : [])
        #expect(rig.setMTU(jumbo ? 9000 : 1500) == 0)
        for (seed, size) in sizes.enumerated() {
            let out = ethernet(size, to: [2, 0, 0, 0, 0, 7], seed: seed), incoming = ethernet(size, seed: seed + 1)
            let back = unsafe rig.send(rig.frame(out))
            #expect(unsafe back.count == (size + 14 + 2047) / 2048 && back[0].flags & UInt16(DRYDOCK_BUFFER_FAILED) == 0)
            #expect(rig.frames.last == out)
            #expect(rig.receive(incoming)?.octets == incoming, "\(size)")
        }
        let octets = UInt64(sizes.reduce(0) { $0 + $1 + 14 })
        #expect(rig.counter(DRYDOCK_TX_PACKETS) == UInt64(sizes.count) && rig.counter(DRYDOCK_RX_PACKETS) == UInt64(sizes.count))
        #expect(rig.counter(DRYDOCK_TX_OCTETS) == octets && rig.counter(DRYDOCK_RX_OCTETS) == octets)
        rig.expectClean()
    }

    @Test func `a frame over many small buffers is put together, one over too many is dropped and counted`() throws {
        let rig = try Rig(options: "mtu=9000")
        #expect(rig.feed(3, capacity: 1000) == 0, "a buffer too small for a packet is not taken")
        #expect(rig.feed(100, capacity: 1538) == 100)
        rig.deliver(ethernet(9000))
        rig.interrupts()
        let got = unsafe rig.received()
        #expect(unsafe Rig.octets(got) == ethernet(9000) && got.count == 6)
        #expect(unsafe got.map { unsafe $0.flags & UInt16(DRYDOCK_BUFFER_MORE) != 0 } == [true, true, true, true, true, false])
        rig.expectClean()
    }

    @Test func `a frame that finds no room in the list comes with the next call, which is asked for`() throws {
        let rig = try Rig(options: "mtu=9000")
        rig.feed(100)
        for seed in 0..<4 { rig.deliver(ethernet(9000, seed: seed)) }
        rig.interrupts()
        #expect(unsafe rig.received(16).count == 15)
        #expect(rig.host.timers[1] != nil && rig.tick(1) & DRYDOCK_EVENT_RECEIVE != 0)
        #expect(unsafe rig.received(16).count == 5)
    }

    @Test func `bursts beyond the ring lose nothing on the way out`() throws {
        for hidden in [[], VirtioFeatures.eventIndex] {
            let rig = try Rig(options: "transmit=16", hidden: hidden)
            var waiting: [drydock_buffer] = unsafe []
            for i in 0..<500 { unsafe waiting += rig.frame(ethernet(50, seed: i)) }
            var back = 0
            for _ in 0..<200 where back < 500 {
                let taken = unsafe rig.offer(Array(waiting.prefix(100)))
                unsafe waiting.removeFirst(taken)
                rig.pass()
                rig.interrupts()
                back += unsafe rig.all { unsafe rig.transmitted() }.count
            }
            #expect(back == 500 && rig.frames == (0..<500).map { ethernet(50, seed: $0) })
            rig.expectClean()
        }
    }

    @Test func `frames that the device must not be given come back as failed`() throws {
        let rig = try Rig()
        var tagged = unsafe rig.frame(ethernet(60), flags: DRYDOCK_BUFFER_VLAN), header = unsafe rig.frame(ethernet(60), flags: DRYDOCK_BUFFER_INSERT_IP)
        var sums = unsafe rig.frame(ethernet(60), flags: DRYDOCK_BUFFER_INSERT_CHECKSUM)
        unsafe (sums[0].checksum_start, sums[0].checksum_offset) = (70, 6)
        unsafe (tagged[0].vlan, header[0].checksum_ip_end) = (5, 33)
        let cut = unsafe rig.frame(ethernet(60), flags: DRYDOCK_BUFFER_SEGMENT | DRYDOCK_BUFFER_INSERT_CHECKSUM)
        let long = unsafe rig.frame(ethernet(1505)), short = unsafe rig.frame([1, 2, 3]), empty = unsafe rig.frame([])
        for unsafe frame in unsafe [tagged, header, sums, cut, long, short, empty] {
            let back = unsafe rig.send(frame)
            #expect(unsafe back.count == frame.count && back[0].flags & UInt16(DRYDOCK_BUFFER_FAILED) != 0)
        }
        #expect(rig.counter(DRYDOCK_TX_ERRORS) == 7 && rig.frames.isEmpty)
        rig.expectClean()
    }

    @Test(arguments: [4, 6]) func `checksums are left to the device, and large packets cut into segments`(version: Int) throws {
        let rig = try Rig()
        let one = segment(1000, version: version)
        var buffers = unsafe rig.frame(one.frame, flags: DRYDOCK_BUFFER_INSERT_CHECKSUM)
        unsafe (buffers[0].checksum_start, buffers[0].checksum_offset) = (UInt16(one.transport), 16)
        #expect(unsafe rig.send(buffers).count == 1)
        #expect(tcpHolds(try #require(rig.frames.last), transport: one.transport))
        rig.frames = []
        let large = segment(20_000, version: version, flags: 0x19, toBeCut: true), headers = large.transport + 20
        unsafe buffers = rig.large(large.frame, version: version, headers: headers)
        let given = unsafe rig.send(buffers)
        #expect(unsafe given.count == buffers.count)
        // What the device was given has the sums of the whole frame, as Linux wants them of a segmentation. virtio 1.2 §5.1.6.2
        let whole = segment(20_000, version: version, flags: 0x19).frame
        #expect(unsafe Array(Rig.octets(given)[..<headers]) == Array(whole[..<headers]))
        #expect(rig.frames.count == 15 && rig.frames.flatMap { $0[headers...] } == Array(large.frame[headers...]))
        for (i, frame) in rig.frames.enumerated() {
            #expect(tcpHolds(frame, transport: large.transport), "segment \(i)")
            let sequence = frame[large.transport + 4..<large.transport + 8].reduce(0) { $0 << 8 | Int($1) }
            #expect(sequence == 0x1000 + 1400 * i && frame[large.transport + 13] == (i == 14 ? 0x19 : 0x10))
            if version == 4 { #expect(onesSum(frame[14..<34]) == 0xFFFF) }
        }
        #expect(rig.setOffloads(rig.interface.enabled & ~(DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TSO6)) == 0)
        #expect(unsafe rig.send(rig.large(large.frame, version: version, headers: headers))[0].flags & UInt16(DRYDOCK_BUFFER_FAILED) != 0)
        rig.expectClean()
    }

    @Test func `what the device verified is said, and what it did not is not`() throws {
        let rig = try Rig()
        rig.feed(64)
        var good = segment(100, version: 4).frame
        let check = ~onesSum(good[34...])
        good.replaceSubrange(50..<52, with: two(Int(check)))
        var bad = good
        bad[60] ^= 1
        let checked = UInt16(DRYDOCK_BUFFER_L4_CHECKED)
        #expect(rig.receive(good)?.flags == checked && rig.receive(bad)?.flags == 0 && rig.receive(ethernet(60))?.flags == 0)
        #expect(rig.setOffloads(0) == 0)
        #expect(rig.receive(good)?.flags == 0)
        rig.expectClean()
    }

    @Test func `a local peer's unfinished checksum needs no verification`() throws {
        let rig = try Rig()
        rig.feed(64)
        for (start, expected) in [(UInt16(34), UInt16(DRYDOCK_BUFFER_L4_CHECKED)), (5000, 0)] {
            rig.deliver(segment(100, version: 4).frame)
            // The header of the chain that came back last, as such a device would have written it.
            let ring = try #require(rig.usedRings[0]), index: UInt16 = rig.peek(ring + 2)
            let head: UInt32 = rig.peek(ring + 4 + 8 * UInt64((index - 1) % 256))
            let table = try #require(rig.availableRings[0]) - 256 * 16, header: UInt64 = rig.peek(table + 16 * UInt64(head))
            rig.poke(header, UInt8(1))
            rig.poke(header + 6, start)
            rig.poke(header + 8, UInt16(16))
            rig.interrupts()
            #expect(unsafe rig.received().map(\.flags) == [expected])
        }
    }

    @Test func `only frames that were asked for arrive`() throws {
        let rig = try Rig(options: "vlanfilter")
        rig.feed(64)
        func arrives(_ to: [UInt8], _ tag: [UInt8] = []) -> Bool {
            let plain = ethernet(60, to: to)
            return rig.receive(Array(plain[..<12]) + tag + Array(plain[12...])) != nil
        }
        let me: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56], group: [UInt8] = [1, 0, 0x5E, 1, 2, 3], stranger: [UInt8] = [2, 0, 0, 0, 0, 5]
        let all = [UInt8](repeating: 255, count: 6), other: [UInt8] = [1, 0, 0x5E, 1, 2, 0x30]
        #expect(arrives(me) && arrives(all) && !arrives(group) && !arrives(stranger) && arrives(me, [0x81, 0, 0, 5]))
        #expect(rig.setFilter(multicast: [group]) == 0)
        #expect(arrives(group) && !arrives(other) && !arrives(stranger))
        #expect(rig.setFilter(multicast: (0..<100).map { [1, 0, 0x5E, 1, 3, UInt8($0)] }) == 0)
        #expect(arrives(other), "more groups than the table takes: all of them")
        #expect(rig.setFilter(DRYDOCK_FILTER_VLAN, vlans: [5, 4095]) == 0)
        #expect(arrives(me, [0x81, 0, 0x20, 5]) && arrives(me, [0x81, 0, 0x0F, 0xFF]) && arrives(me, [0x81, 0, 0x60, 0]) && !arrives(me, [0x81, 0, 0, 6]))
        #expect(rig.setFilter(DRYDOCK_FILTER_ALL_MULTICAST) == 0)
        #expect(arrives(other) && !arrives(stranger) && arrives(me, [0x81, 0, 0, 6]))
        #expect(rig.setFilter(DRYDOCK_FILTER_PROMISCUOUS) == 0)
        #expect(arrives(stranger))
        #expect(rig.setFilter(mac: stranger) == 0)
        #expect(arrives(stranger) && !arrives(me))
        #expect(rig.setFilter(mac: group) == -22)
        rig.expectClean()
    }

    @Test func `flows keep to their pair of queues, and all frames arrive`() throws {
        let rig = try Rig(options: "queues=4")
        #expect(rig.feed(Int(rig.interface.receive_slots)) == Int(rig.interface.receive_slots))
        for flow in 0..<32 {
            var out = segment(40, version: 4).frame
            (out[34], out[29]) = (UInt8(flow * 5), UInt8(flow))
            #expect(unsafe rig.send(rig.frame(out)).count == 1)
            let incoming = Array(out[6..<12]) + Array(out[..<6]) + Array(out[12..<26]) + Array(out[30..<34]) + Array(out[26..<30]) + Array(out[36..<38]) + Array(out[34..<36])
                + Array(out[38...])
            var toMe = incoming
            toMe.replaceSubrange(0..<6, with: [0x52, 0x54, 0, 0x12, 0x34, 0x56])
            #expect(rig.receive(toMe)?.octets == toMe)
        }
        let used = [0, 2, 4, 6].map { rig.peek(rig.usedRings[$0]! + 2, as: UInt16.self) }
        #expect(used.reduce(0, +) == 32 && used.filter { $0 > 0 }.count > 1)
        rig.expectClean()
    }
}
