import CDriver
import DriverKit
@testable import DriverTap
import Glibc
import HostLink
import Testing

/// The two halves of the data path over a socket pair in place of a TAP device: datagrams are frames.
@Suite struct FrameTests {
    /// Two ends of a cable, and slots to hold frames.
    // SAFETY: the memory is allocated for `slots` slots and lives as long as the rig.
    @safe final class Rig {
        static let slots = 96
        let near: Int32, far: Int32
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: Rig.slots * 2048)

        init() {
            var pair: [Int32] = [0, 0]
            let status = unsafe socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &pair)
            precondition(status == 0)
            (near, far) = (pair[0], pair[1])
            unsafe memory.initialize(repeating: 0xEE, count: Rig.slots * 2048)
        }
        deinit {
            close(near)
            close(far)
            unsafe memory.deallocate()
        }

        func buffer(_ slot: Int, length: Int = 0, _ flags: BufferFlags = []) -> Buffer {
            var c = unsafe drydock_buffer()
            unsafe (c.data, c.slot, c.capacity, c.length, c.flags) = (memory + slot * 2048, UInt32(slot), 2048, UInt16(length), flags.rawValue)
            return unsafe Buffer(c)
        }
        func octets(_ buffer: Buffer) -> [UInt8] { unsafe Array(UnsafeBufferPointer(start: buffer.data, count: buffer.length)) }
        /// The other end sends octets, behind a header when there is one.
        func send(_ octets: [UInt8], header: [UInt8] = []) { #expect(unsafe write(far, header + octets, header.count + octets.count) == header.count + octets.count) }
        func received() -> [UInt8]? {
            var room = [UInt8](repeating: 0, count: 70_000)
            let count = unsafe read(far, &room, room.count)
            return count < 0 ? nil : Array(room.prefix(count))
        }
    }

    private func settings(_ text: String) throws -> Settings {
        let host = TestHost(drydock_identity())
        var options = unsafe Options(text, services: Services(host.services), driver: "tap")
        return try Settings(&options)
    }

    private func frame(_ octets: Int) -> [UInt8] { (0..<octets).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 2) & 0xFE } }

    /// - Returns: how many of the slots were taken.
    private func provide(_ receiver: inout TapReceiver, _ rig: Rig, _ slots: Range<Int>) -> Int {
        let list = slots.map { rig.buffer($0) }
        return receiver.provide(list.span)
    }

    private func send(_ transmitter: inout TapTransmitter, _ list: [Buffer], _ counters: inout CounterSet, _ rig: Rig)
        -> (taken: Int, last: TapTransmitter.Outcome) { transmitter.provide(list.span, &counters, rig.near) }

    /// What comes home.
    private func home(_ transmitter: inout TapTransmitter) -> [Buffer] {
        var out = [Buffer](repeating: Buffer(), count: 16), span = out.mutableSpan
        let count = transmitter.take(&span)
        return Array(out.prefix(count))
    }

    private func take(_ receiver: inout TapReceiver, _ rig: Rig, _ counters: inout CounterSet, mtu: Int = 1500, room: Int = 16, joined: Bool = false) -> [Buffer] {
        var out = [Buffer](repeating: Buffer(), count: room)
        var span = out.mutableSpan
        let count = receiver.take(&span, &counters, rig.near, mtu: mtu, checked: true, joined: joined) ?? -1
        return Array(out.prefix(max(count, 0)))
    }

    @Test func `frames arrive one a buffer, with the kernel's word about their sums`() throws {
        let rig = Rig()
        var receiver = TapReceiver(try settings("")), counters = CounterSet()
        #expect(provide(&receiver, rig, 0..<8) == 8)
        rig.send(frame(60), header: [UInt8](repeating: 0, count: 10))
        rig.send(frame(1514), header: [1, 0, 0, 0, 0, 0, 34, 0, 16, 0])
        let got = take(&receiver, rig, &counters)
        #expect(got.map(\.length) == [60, 1514] && got.map(\.slot) == [0, 1])
        #expect(got[0].flags == [] && got[1].flags == .l4Checked)
        #expect(rig.octets(got[0]) == frame(60) && rig.octets(got[1]) == frame(1514))
        #expect(counters[DRYDOCK_RX_PACKETS] == 2)
    }

    @Test func `a frame longer than a slot goes over several`() throws {
        let rig = Rig()
        var receiver = TapReceiver(try settings("vnet=off")), counters = CounterSet()
        #expect(provide(&receiver, rig, 0..<16) == 16)
        rig.send(frame(9014))
        let got = take(&receiver, rig, &counters, mtu: 9000)
        #expect(got.map(\.length) == [2048, 2048, 2048, 2048, 822])
        #expect(got.map { $0.flags.contains(.more) } == [true, true, true, true, false])
        #expect(got.flatMap(rig.octets) == frame(9014))
    }

    @Test func `joined segments come whole where they were asked for, with the length that each had`() throws {
        let rig = Rig()
        var receiver = TapReceiver(try settings("")), counters = CounterSet()
        #expect(provide(&receiver, rig, 0..<96) == 96)
        let header: [UInt8] = [1, 1, 66, 0, 0xA8, 5, 34, 0, 16, 0] // to be summed, TCP over IPv4, 66 octets of headers, 1448 a segment
        rig.send(frame(64_000), header: header)
        rig.send(frame(60), header: [UInt8](repeating: 0, count: 10))
        let got = take(&receiver, rig, &counters, room: 64, joined: true)
        try #require(got.count == 32)
        #expect(got.dropLast().allSatisfy { $0.length == 2048 && $0.flags.contains(.more) } && got[31].length == 512)
        #expect(got[0].flags == [.more, .l4Checked, .segment] && got[0].segmentOctets == 1448)
        #expect(got.flatMap(rig.octets) == frame(64_000))
        // The next may need as much room as any: it comes with the next call.
        let next = take(&receiver, rig, &counters, room: 64, joined: true)
        #expect(next.map(\.length) == [60] && next.map(\.flags) == [[]])
        #expect(counters[DRYDOCK_RX_PACKETS] == 2)
    }

    @Test func `joined segments that nobody asked for are too long`() throws {
        let rig = Rig()
        var receiver = TapReceiver(try settings("")), counters = CounterSet()
        #expect(provide(&receiver, rig, 0..<8) == 8)
        rig.send(frame(3000), header: [1, 1, 66, 0, 0xA8, 5, 34, 0, 16, 0])
        #expect(take(&receiver, rig, &counters).map(\.flags) == [.error] && counters[DRYDOCK_RX_OVERSIZED] == 1)
    }

    @Test func `what is too short or too long is marked bad and counted once`() throws {
        let rig = Rig()
        var receiver = TapReceiver(try settings("vnet=off")), counters = CounterSet()
        #expect(provide(&receiver, rig, 0..<8) == 8)
        rig.send(frame(13))
        rig.send(frame(1600))
        let got = take(&receiver, rig, &counters)
        #expect(got.count == 2 && got.allSatisfy { $0.flags.contains(.error) })
        #expect(counters[DRYDOCK_RX_UNDERSIZED] == 1 && counters[DRYDOCK_RX_OVERSIZED] == 1)
        #expect(counters[DRYDOCK_RX_PACKETS] == 0)
    }

    @Test func `without a buffer it asks not to be woken, and is woken again with one`() throws {
        let rig = Rig()
        var receiver = TapReceiver(try settings("vnet=off")), counters = CounterSet()
        #expect(provide(&receiver, rig, 0..<1) == 1)
        rig.send(frame(60))
        #expect(take(&receiver, rig, &counters).count == 1)
        let paused = receiver.isPaused
        receiver.resume()
        let resumed = !receiver.isPaused
        #expect(paused && resumed)
    }

    @Test func `after a stop every buffer goes home empty, and no frame with it`() throws {
        let rig = Rig()
        var receiver = TapReceiver(try settings("vnet=off")), counters = CounterSet()
        #expect(provide(&receiver, rig, 0..<20) == 20)
        rig.send(frame(60))
        receiver.drain()
        let got = take(&receiver, rig, &counters) + take(&receiver, rig, &counters)
        #expect(got.count == 20 && got.allSatisfy { $0.flags == .unused } && Set(got.map(\.slot)).count == 20)
        #expect(provide(&receiver, rig, 0..<1) == 1, "and then it begins anew")
    }

    @Test func `sent frames carry their header, and go home in order`() throws {
        let rig = Rig()
        var transmitter = TapTransmitter(try settings("")), counters = CounterSet()
        var list = [rig.buffer(0, length: 60), rig.buffer(1, length: 2048, .more), rig.buffer(2, length: 100)]
        #expect(send(&transmitter, list, &counters, rig).taken == 3)
        #expect(rig.received() == [UInt8](repeating: 0, count: 10) + [UInt8](repeating: 0xEE, count: 60))
        #expect(rig.received()?.count == 10 + 2148)
        list = home(&transmitter)
        #expect(list.map(\.slot) == [0, 1, 2] && list[1].flags == .more)
        #expect(counters[DRYDOCK_TX_PACKETS] == 2 && counters[DRYDOCK_TX_OCTETS] == 2208)
    }

    /// What a stack leaves to hardware: a TCP sum of the pseudo header without its length, and no IPv4 sum.
    private func uncut(_ rig: Rig) -> Buffer {
        var c = unsafe rig.buffer(0, length: 2000, [.segment, .insertChecksum, .insertIP]).contract
        unsafe (c.checksum_start, c.checksum_offset, c.checksum_ip_start, c.checksum_ip_end) = (34, 16, 14, 33)
        unsafe (c.segment_octets, c.header_octets) = (1000, 54)
        let header: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,
                               0x45, 0, 0x07, 0xC2, 0, 1, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]
        for (at, octet) in header.enumerated() { unsafe rig.memory[at] = octet }
        // 192.0.2.1 + 192.0.2.2 + 6, as 16-bit words: c000 + 0201 + c000 + 0202 + 0006 = 1_8409 = 840a.
        unsafe (rig.memory[50], rig.memory[51]) = (0x84, 0x0A)
        return unsafe Buffer(c)
    }

    @Test func `a frame to be cut has the sums that the kernel wants, and stays in the buffer as it was`() throws {
        let rig = Rig(), buffer = uncut(rig), before = rig.octets(buffer)
        var transmitter = TapTransmitter(try settings("")), counters = CounterSet()
        #expect(send(&transmitter, [buffer], &counters, rig).taken == 1)
        let got = try #require(rig.received())
        #expect(got.count == 2010 && got.prefix(10) == [1, 1, 54, 0, 0xE8, 3, 34, 0, 16, 0])
        // 1966 octets of TCP (07ae) are in the pseudo header. VIRTIO 1.2 §5.1.6.2
        #expect(got[60..<62] == [0x8B, 0xB8])
        // 4500 + 07c2 + 0001 + 4000 + 4006 + c000 + 0201 + c000 + 0202 = 2_50cc = 50ce, of which the complement.
        #expect(got[34..<36] == [0xAF, 0x31])
        #expect(got[62...] == before[52...] && rig.octets(buffer) == before)
    }

    @Test func `what the kernel must not be given comes back as failed`() throws {
        let rig = Rig()
        var transmitter = TapTransmitter(try settings("vnet=off")), counters = CounterSet()
        var list = [rig.buffer(0, length: 13), rig.buffer(1, length: 60, .insertChecksum), rig.buffer(2, length: 60, .vlan)]
        #expect(send(&transmitter, list, &counters, rig).taken == 3)
        #expect(rig.received() == nil)
        list = home(&transmitter)
        let refused = transmitter.refused
        #expect(list.count == 3 && list.allSatisfy { $0.flags == .failed } && refused == 3)
        #expect(counters[DRYDOCK_TX_ERRORS] == 3)
    }

    @Test func `a full cable keeps frames for later, in order`() throws {
        let rig = Rig()
        var transmitter = TapTransmitter(try settings("vnet=off")), counters = CounterSet()
        var sent = 0, last = TapTransmitter.Outcome.sent
        while last == .sent, sent < 200 {
            let result = send(&transmitter, [rig.buffer(sent % 32, length: 1000)], &counters, rig)
            (sent, last) = (sent + result.taken, result.last)
            #expect(home(&transmitter).count == result.taken)
        }
        #expect(last == .later && sent > 0)
        #expect(counters[DRYDOCK_TX_PACKETS] == UInt64(sent))
        _ = rig.received()
        #expect(send(&transmitter, [rig.buffer(0, length: 1000)], &counters, rig).taken == 1)
    }
}
