import CDriver
import DriverE1000
import DriverKit
import E1000Registers
import NICModels
import Testing

/// The driver against the strict model: traffic of every kind, and not one violation of the datasheet.
@Suite struct ModelTests {
    func expectClean(_ rig: ModelRig) {
        for violation in rig.violations.prefix(5) { Issue.record("\(violation.rule) \(violation.subject): \(violation.text)") }
    }

    @Test(arguments: [("82540em", UInt16(0x100E)), ("82545em", 0x100F), ("82544gc", 0x100C)])
    func `every model comes up, links and carries frames both ways`(name: String, device: UInt16) throws {
        let rig = try ModelRig(name, device: device)
        #expect(rig.bench.status == 0)
        let media = rig.bench.media().media
        #expect(media.megabits == 1000 && media.flags & DRYDOCK_MEDIA_LINK_UP != 0)
        #expect(rig.host.linkChanges == 1)
        #expect(rig.bench.feed(count: 200) == 200)
        for i in 0..<300 {
            let out = ethernet(46 + i * 4, to: [2, 0, 0, 0, 0, 7], seed: i), incoming = ethernet(46 + i * 4, seed: i + 1)
            #expect(unsafe rig.send(rig.bench.frame(out)).map(\.flags) == [0])
            #expect(rig.frames.last == out)
            rig.deliver(incoming)
            rig.pass(milliseconds: 1)
            #expect(rig.interruptIfAsserted() & DRYDOCK_EVENT_RECEIVE != 0)
            let got = unsafe rig.bench.received()
            #expect(unsafe Bench.octets(got) == incoming)
            #expect(unsafe rig.bench.feed(count: got.count) == got.count)
        }
        #expect(rig.bench.counter(DRYDOCK_TX_PACKETS) == 300 && rig.bench.counter(DRYDOCK_RX_PACKETS) == 300)
        #expect(rig.bench.counter(DRYDOCK_TX_OCTETS) == UInt64((0..<300).reduce(0) { $0 + 60 + $1 * 4 }))
        expectClean(rig)
    }

    @Test func `bursts beyond the ring lose nothing on the way out`() throws {
        let rig = try ModelRig(options: "transmit=64")
        var waiting: [drydock_buffer] = unsafe []
        for i in 0..<500 { unsafe waiting += rig.bench.frame(ethernet(50, seed: i)) }
        var back = 0
        for _ in 0..<200 where back < 500 {
            let taken = unsafe rig.bench.send(Array(waiting.prefix(100)))
            unsafe waiting.removeFirst(taken)
            rig.pass(milliseconds: 1)
            rig.interruptIfAsserted()
            back += unsafe rig.bench.all { unsafe rig.bench.transmitted($0) }.count
        }
        #expect(back == 500 && rig.frames == (0..<500).map { ethernet(50, seed: $0) })
        expectClean(rig)
    }

    @Test func `jumbo frames go both ways`() throws {
        let rig = try ModelRig(options: "mtu=9000")
        #expect(rig.bench.feed(count: 255) == 255)
        let frame = ethernet(9000)
        #expect(unsafe rig.send(rig.bench.frame(frame)).count == 5)
        #expect(rig.frames == [frame])
        rig.deliver(frame)
        rig.pass(milliseconds: 1)
        let got = unsafe rig.bench.received()
        #expect(unsafe got.count == 5 && Bench.octets(got) == frame)
        expectClean(rig)
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
        rig.deliver(tagged)
        rig.pass(milliseconds: 1)
        var got = unsafe rig.bench.received()
        #expect(unsafe got.count == 1 && got[0].vlan == 0x2064 && got[0].flags & UInt16(DRYDOCK_BUFFER_VLAN) != 0)
        #expect(unsafe Bench.octets(got) == plain)
        #expect(rig.bench.setFilter(DRYDOCK_FILTER_VLAN, vlans: [5]) == 0)
        rig.deliver(tagged)
        rig.pass(milliseconds: 1)
        #expect(unsafe rig.bench.received().isEmpty)
        #expect(rig.bench.setFilter(DRYDOCK_FILTER_VLAN, vlans: [0x64]) == 0)
        rig.deliver(tagged)
        rig.pass(milliseconds: 1)
        unsafe got = rig.bench.received()
        #expect(unsafe got.count == 1)
        #expect(rig.bench.setOffloads(0) == 0)
        rig.deliver(tagged)
        rig.pass(milliseconds: 1)
        #expect(unsafe Bench.octets(rig.bench.received()) == tagged)
        expectClean(rig)
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
            rig.deliver(frame)
            rig.pass(milliseconds: 1)
            #expect(unsafe rig.bench.received().map(\.flags) == [flags])
        }
        expectClean(rig)
    }

    @Test func `only frames that were asked for arrive`() throws {
        let rig = try ModelRig()
        #expect(rig.bench.feed(count: 64) == 64)
        func arrives(_ to: [UInt8]) -> Bool {
            rig.deliver(ethernet(60, to: to))
            rig.pass(milliseconds: 1)
            return unsafe rig.bench.received().count == 1
        }
        let group: [UInt8] = [1, 0, 0x5E, 1, 2, 3], stranger: [UInt8] = [2, 0, 0, 0, 0, 5], all = [UInt8](repeating: 255, count: 6)
        #expect(arrives(all) && !arrives(group) && !arrives(stranger))
        #expect(rig.bench.setFilter(multicast: [group]) == 0)
        #expect(arrives(group) && !arrives([1, 0, 0x5E, 1, 2, 0x30]) && !arrives(stranger))
        #expect(rig.bench.setFilter(DRYDOCK_FILTER_ALL_MULTICAST) == 0)
        #expect(arrives([1, 0, 0x5E, 1, 2, 0x30]) && !arrives(stranger))
        #expect(rig.bench.setFilter(DRYDOCK_FILTER_PROMISCUOUS) == 0)
        #expect(arrives(stranger))
        expectClean(rig)
    }

    @Test func `stop, start, recover and detach at any ring position are clean`() throws {
        let rig = try ModelRig(options: "receive=64,transmit=64")
        for round in 0..<6 {
            #expect(rig.bench.feed(count: 30 + round) == 30 + round)
            for i in 0..<(7 + round) {
                #expect(unsafe rig.send(rig.bench.frame(ethernet(60, seed: i))).count == 1)
                rig.deliver(ethernet(60, seed: i))
            }
            rig.pass(milliseconds: 1)
            #expect(unsafe rig.bench.received().count == 7 + round)
            if round % 2 == 1 {
                #expect(rig.bench.method("recover", []) == 0)
                rig.pass(milliseconds: 60)
                rig.deliver(ethernet(60))
                rig.pass(milliseconds: 1)
                #expect(unsafe rig.bench.received().count == 1)
            }
            #expect(rig.bench.stop() == 0)
            _ = unsafe rig.bench.all { unsafe rig.bench.received($0) }
            #expect(rig.bench.start() == 0)
            rig.pass(milliseconds: 60)
            rig.interruptIfAsserted()
        }
        rig.bench.detach()
        #expect(rig.host.blocks.count == 1)
        expectClean(rig)
    }

    @Test func `a pulled cable is noticed and so is its return`() throws {
        let rig = try ModelRig()
        let before = rig.host.linkChanges
        rig.model.setCarrier(false)
        rig.pass(milliseconds: 5)
        #expect(rig.interruptIfAsserted() & DRYDOCK_EVENT_LINK != 0)
        #expect(rig.bench.media().media.flags & DRYDOCK_MEDIA_LINK_UP == 0)
        rig.model.setCarrier(true)
        rig.pass(milliseconds: 60)
        #expect(rig.interruptIfAsserted() & DRYDOCK_EVENT_LINK != 0)
        #expect(rig.host.linkChanges == before + 2)
        expectClean(rig)
    }
}
