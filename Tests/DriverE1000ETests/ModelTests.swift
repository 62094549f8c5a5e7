import CDriver
import DriverE1000E
import DriverKit
import NICModels
import Testing

/// The driver against the strict model: traffic of every kind, and not one violation of the data sheet.
@Suite struct ModelTests {
    static let kinds: [InterruptKind] = [.msix, .msi, .line]

    @Test(arguments: kinds)
    func `frames of all sizes go both ways, by every kind of interrupt`(kind: InterruptKind) throws {
        let rig = try ModelRig(kind, options: "mtu=9000")
        #expect(rig.bench.status == 0)
        let media = rig.bench.media().media
        #expect(media.megabits == 1000 && media.flags & DRYDOCK_MEDIA_LINK_UP != 0)
        #expect(rig.bench.feed(count: 255) == 255)
        let step = kind == .msix ? 97 : 401
        var sizes = Array(stride(from: 60, through: 9018, by: step)) + [1514, 1518, 2048, 2049, 4096, 9014]
        if kind == .msix { sizes += Array(60..<130) }
        for (i, size) in sizes.enumerated() {
            let out = ethernet(size - 14, to: [2, 0, 0, 0, 0, 7], seed: i), incoming = ethernet(size - 14, seed: i + 1)
            #expect(unsafe rig.send(rig.bench.frame(out)).allSatisfy { unsafe $0.flags & UInt16(DRYDOCK_BUFFER_FAILED) == 0 })
            #expect(rig.frames.last == out, "\(size)")
            #expect(unsafe Bench.octets(rig.receive(incoming)) == incoming, "\(size)")
        }
        #expect(rig.bench.counter(DRYDOCK_TX_PACKETS) == UInt64(sizes.count) && rig.bench.counter(DRYDOCK_RX_PACKETS) == UInt64(sizes.count))
        #expect(rig.bench.counter(DRYDOCK_TX_OCTETS) == UInt64(sizes.reduce(0, +)))
        rig.expectClean()
    }

    @Test func `each direction has its own vector and none is used up by its first message`() throws {
        let rig = try ModelRig(options: "irq_thresh=0")
        #expect(rig.bench.feed(count: 255) == 255)
        let before = rig.sent.count
        for i in 0..<20 {
            #expect(unsafe rig.receive(ethernet(60, seed: i)).count == 1)
            #expect(unsafe rig.send(rig.bench.frame(ethernet(60, seed: i))).count == 1)
        }
        let sent = rig.sent[before...]
        #expect(sent.count { $0 == 0 } == 20 && sent.count { $0 == 2 } == 20 && !sent.contains(1))
        rig.expectClean()
    }

    @Test func `moderation holds a vector back`() throws {
        let rig = try ModelRig(options: "irq_thresh=1000")
        #expect(rig.bench.feed(count: 255) == 255)
        rig.pass(milliseconds: 5)
        let before = rig.sent.count
        for i in 0..<50 {
            rig.deliver(ethernet(60, seed: i))
            rig.host.now += 100
            rig.serve()
            rig.interrupts()
        }
        #expect(rig.sent.count - before <= 7 && rig.sent.count > before)
        #expect(unsafe rig.bench.received().count == 50)
        rig.expectClean()
    }

    @Test func `tags are inserted, stripped and filtered`() throws {
        let rig = try ModelRig()
        #expect(rig.bench.feed(count: 64) == 64)
        var out = unsafe rig.bench.frame(ethernet(60), flags: UInt16(DRYDOCK_BUFFER_VLAN))
        unsafe out[0].vlan = 0x2064
        #expect(unsafe rig.send(out).count == 1)
        let plain = ethernet(60)
        let tagged = Array(plain[0..<12]) + [0x81, 0x00, 0x20, 0x64] + Array(plain[12...])
        #expect(rig.frames == [tagged])
        let got = unsafe rig.receive(tagged)
        #expect(unsafe got.count == 1 && got[0].vlan == 0x2064 && got[0].flags & UInt16(DRYDOCK_BUFFER_VLAN) != 0)
        #expect(unsafe Bench.octets(got) == plain)
        #expect(rig.bench.setFilter(DRYDOCK_FILTER_VLAN, vlans: [5]) == 0)
        #expect(unsafe rig.receive(tagged).isEmpty)
        #expect(rig.bench.setFilter(DRYDOCK_FILTER_VLAN, vlans: [0x64]) == 0)
        #expect(unsafe rig.receive(tagged).count == 1)
        #expect(rig.bench.setOffloads(0) == 0)
        #expect(unsafe Bench.octets(rig.receive(tagged)) == tagged)
        rig.expectClean()
    }

    @Test func `checksums are inserted and verified`() throws {
        let rig = try ModelRig()
        #expect(rig.bench.feed(count: 64) == 64)
        for count in [18, 100, 1472] {
            var out = unsafe rig.bench.frame(datagram(count, sums: false), flags: UInt16(DRYDOCK_BUFFER_INSERT_CHECKSUM | DRYDOCK_BUFFER_INSERT_IP))
            unsafe (out[0].checksum_ip_start, out[0].checksum_ip_end) = (14, 33)
            unsafe (out[0].checksum_start, out[0].checksum_offset) = (34, 6)
            #expect(unsafe rig.send(out).count == 1)
            #expect(rig.frames.last == datagram(count, sums: true))
        }
        let good = UInt16(DRYDOCK_BUFFER_IP_CHECKED | DRYDOCK_BUFFER_L4_CHECKED)
        var broken = datagram(100, sums: true)
        broken[60] ^= 1
        for (frame, flags) in [(datagram(100, sums: true), good), (broken, UInt16(DRYDOCK_BUFFER_IP_CHECKED)), (ethernet(60), 0)] {
            #expect(unsafe rig.receive(frame).map(\.flags) == [flags])
        }
        rig.expectClean()
    }

    @Test(arguments: [1448, 1460, 536, 100], [false, true])
    func `a large frame is cut into the segments that software would have made`(segment: Int, tagged: Bool) throws {
        let rig = try ModelRig()
        let payload = pattern(20_000, 3)
        var out = unsafe rig.bench.frame(segmented(payload, segment: 0, of: payload.count, sums: false),
                                         flags: UInt16(DRYDOCK_BUFFER_SEGMENT | DRYDOCK_BUFFER_INSERT_CHECKSUM | DRYDOCK_BUFFER_INSERT_IP))
        unsafe (out[0].checksum_ip_start, out[0].checksum_ip_end) = (14, 33)
        unsafe (out[0].checksum_start, out[0].checksum_offset) = (34, 16)
        unsafe (out[0].segment_octets, out[0].header_octets) = (UInt16(segment), 54)
        if tagged {
            unsafe out[0].flags |= UInt16(DRYDOCK_BUFFER_VLAN)
            unsafe out[0].vlan = 7
        }
        #expect(unsafe rig.send(out).allSatisfy { unsafe $0.flags & UInt16(DRYDOCK_BUFFER_FAILED) == 0 })
        var expected: [[UInt8]] = [], start = 0
        while start < payload.count {
            let part = Array(payload[start..<min(start + segment, payload.count)])
            let frame = segmented(part, segment: expected.count, of: payload.count, at: start, sums: true)
            expected.append(tagged ? Array(frame[0..<12]) + [0x81, 0, 0, 7] + Array(frame[12...]) : frame)
            start += segment
        }
        #expect(rig.frames.count == expected.count)
        for (sent, wanted) in zip(rig.frames, expected) { #expect(sent == wanted) }
        // A plain frame after it has a context of its own.
        var after = unsafe rig.bench.frame(datagram(64, sums: false), flags: UInt16(DRYDOCK_BUFFER_INSERT_CHECKSUM | DRYDOCK_BUFFER_INSERT_IP))
        unsafe (after[0].checksum_ip_start, after[0].checksum_ip_end) = (14, 33)
        unsafe (after[0].checksum_start, after[0].checksum_offset) = (34, 6)
        #expect(unsafe rig.send(after).count == 1)
        #expect(rig.frames.last == datagram(64, sums: true))
        rig.expectClean()
    }

    @Test func `only frames that were asked for arrive`() throws {
        let rig = try ModelRig()
        #expect(rig.bench.feed(count: 64) == 64)
        func arrives(_ to: [UInt8]) -> Bool { unsafe rig.receive(ethernet(60, to: to)).count == 1 }
        let group: [UInt8] = [1, 0, 0x5E, 1, 2, 3], stranger: [UInt8] = [2, 0, 0, 0, 0, 5], all = [UInt8](repeating: 255, count: 6)
        #expect(arrives(all) && !arrives(group) && !arrives(stranger))
        #expect(rig.bench.setFilter(multicast: [group]) == 0)
        #expect(arrives(group) && !arrives([1, 0, 0x5E, 1, 2, 0x30]) && !arrives(stranger))
        #expect(rig.bench.setFilter(DRYDOCK_FILTER_ALL_MULTICAST) == 0)
        #expect(arrives([1, 0, 0x5E, 1, 2, 0x30]) && !arrives(stranger))
        #expect(rig.bench.setFilter(DRYDOCK_FILTER_PROMISCUOUS) == 0)
        #expect(arrives(stranger))
        rig.expectClean()
    }

    @Test(arguments: kinds)
    func `a pulled cable is noticed and so is its return`(kind: InterruptKind) throws {
        let rig = try ModelRig(kind)
        let before = rig.host.linkChanges
        for flap in 1...3 {
            rig.model.setCarrier(false)
            rig.pass(milliseconds: 5)
            #expect(rig.interrupts() & DRYDOCK_EVENT_LINK != 0)
            #expect(rig.bench.media().media.flags & DRYDOCK_MEDIA_LINK_UP == 0)
            rig.model.setCarrier(true)
            rig.pass(milliseconds: 60)
            #expect(rig.interrupts() & DRYDOCK_EVENT_LINK != 0)
            #expect(rig.host.linkChanges == before + 2 * flap)
        }
        rig.expectClean()
    }

    @Test func `fifty starts, stops, recoveries and detachments leave nothing behind`() throws {
        let rig = try ModelRig(options: "receive=64,transmit=64,rss=on")
        for round in 0..<50 {
            #expect(rig.bench.feed(count: 30 + round % 7) == 30 + round % 7)
            #expect(unsafe rig.send(rig.bench.frame(ethernet(60, seed: round))).count == 1)
            #expect(unsafe Bench.octets(rig.receive(ethernet(60, seed: round))) == ethernet(60, seed: round))
            if round % 10 == 9 {
                #expect(rig.bench.method("recover", []) == 0)
                rig.pass(milliseconds: 60)
                #expect(unsafe rig.receive(ethernet(70)).count == 1)
            }
            #expect(rig.bench.stop() == 0)
            _ = unsafe rig.bench.all { unsafe rig.bench.received($0) }
            if round % 3 == 0 {
                rig.bench.detach()
                #expect(rig.host.blocks.count == 1)
                #expect(rig.bench.attach("receive=64,transmit=64,rss=on") == 0)
            }
            #expect(rig.bench.start() == 0)
            rig.pass(milliseconds: 60)
            rig.interrupts()
        }
        rig.bench.detach()
        #expect(rig.host.blocks.count == 1)
        rig.expectClean()
    }

    @Test func `two queues share the flows, and each flow keeps its order`() throws {
        let rig = try ModelRig(options: "rss=on,irq_thresh=0")
        #expect(rig.bench.feed(count: 510) == 510)
        var seen: [Int: [Int]] = [:]
        for round in 0..<8 {
            for flow in 0..<16 { rig.deliver(flowFrame(flow, round)) }
            rig.pass(milliseconds: 1)
            #expect(rig.interrupts() & DRYDOCK_EVENT_RECEIVE != 0)
            for octets in unsafe rig.bench.all({ unsafe rig.bench.received($0) }).map({ unsafe Bench.octets([$0]) }) {
                seen[Int(octets[35]), default: []].append(Int(octets[54]))
            }
            _ = rig.bench.feed(count: 16)
        }
        #expect(seen.count == 16 && seen.values.allSatisfy { $0 == Array(0..<8) })
        #expect(rig.sent.contains(0) && rig.sent.contains(1))
        let first = rig.bench.variable("queue0_buffers"), second = rig.bench.variable("queue1_buffers")
        #expect(first > 0 && second > 0 && first + second == 128)
        rig.expectClean()
    }
}

/// A TCP segment of `payload` of a flow that is the test's: part `segment` of `total` octets, from `start`. Without `sums`, as a
/// stack leaves a frame to a device that cuts it: no lengths, no sums but the pseudo header's without the length.
func segmented(_ payload: [UInt8], segment: Int, of total: Int, at start: Int = 0, sums: Bool) -> [UInt8] {
    let length = 20 + payload.count, ipLength = sums ? 20 + length : 0, id = 1 + segment, sequence = 1000 + start
    var ip: [UInt8] = [0x45, 0, UInt8(ipLength >> 8), UInt8(ipLength & 255), UInt8(id >> 8), UInt8(id & 255), 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    let isLast = !sums || start + payload.count == total
    var tcp: [UInt8] = [0x12, 0x34, 0x56, 0x78, UInt8(sequence >> 24), UInt8(sequence >> 16 & 255), UInt8(sequence >> 8 & 255), UInt8(sequence & 255),
                        0, 0, 0, 9, 0x50, isLast ? 0x18 : 0x10, 0x10, 0, 0, 0, 0, 0] + payload
    let pseudo = onesSum(ip[12..<20], 6 + (sums ? UInt32(length) : 0))
    let check = sums ? ~onesSum(tcp[...], UInt32(pseudo)) : pseudo
    (tcp[16], tcp[17]) = (UInt8(check >> 8), UInt8(check & 255))
    if sums {
        let header = ~onesSum(ip[...])
        (ip[10], ip[11]) = (UInt8(header >> 8), UInt8(header & 255))
    }
    return Array(ethernet(0, type: [0x08, 0x00])) + ip + tcp
}

/// Frame `number` of TCP flow `flow`: the flow in the source port, the number in the payload.
func flowFrame(_ flow: Int, _ number: Int) -> [UInt8] {
    var frame = segmented([UInt8(number)] + pattern(30), segment: 0, of: 31, sums: true)
    frame[35] = UInt8(flow)
    return frame
}
