import CDriver
import Foundation
import Logging
import Rings
import Stack
import Testing
import Wire

@testable import netd

/// A driver in C whose frames fill several buffers each: what the frame path leaves with it, nobody asks for again.
struct LongFrameTests {
    /// Twenty frames of five buffers in each direction. TX_PACKETS and RX_PACKETS say how many are left.
    static let source = DriverImageTests.table.replacingOccurrences(of: "return -19;", with: """
        *i = &slots; out->mac[0] = 2; out->mtu = out->maximum_mtu = 9000; out->receive_slots = 100; out->transmit_slots = 100; return 0;
        """).replacingOccurrences(of: "static int32_t match", with: """
        static uint32_t slots[100], given, received = 20, sent = 20;
        static int32_t match
        """).replacingOccurrences(of: "give, take, give, take", with: "keep, get, give, done").replacingOccurrences(
        of: "word, count, none", with: "word, left, none").replacingOccurrences(of: "static drydock_driver table", with: """
        static uint32_t keep(void *i, const drydock_buffer *b, uint32_t n) {
            uint32_t k = 0;
            while (k < n && given < 100) slots[given++] = b[k++].slot;
            return k;
        }
        static uint32_t frames(drydock_buffer *b, uint32_t n, uint32_t *left) {
            uint32_t at = 0;
            for (; *left > 0 && at + 5 <= n; (*left)--)
                for (uint32_t part = 0; part < 5; part++, at++) {
                    b[at] = (drydock_buffer){ .slot = given > 0 ? slots[--given] : 0xFFFFFFFF, .length = 100, .flags = part < 4 ? DRYDOCK_BUFFER_MORE : 0 };
                }
            return at;
        }
        static uint32_t get(void *i, drydock_buffer *b, uint32_t n) { return frames(b, n, &received); }
        static uint32_t done(void *i, drydock_buffer *b, uint32_t n) { return frames(b, n, &sent); }
        static int32_t left(void *i, drydock_statistics *s) {
            s->counter[DRYDOCK_RX_PACKETS] = received;
            s->counter[DRYDOCK_TX_PACKETS] = sent;
            return 0;
        }
        static drydock_driver table
        """) + "\nconst drydock_driver *drydock_driver_entry(void) { return &table; }\n"

    func attachment(_ source: String = Self.source) throws -> netd.Attachment {
        let memory = PacketMemory()
        let bus = HostBus(add: { _, _ in }, remove: { _ in })
        let log = DriverLog(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, driver: "test")
        let context = try DeviceContext(bus: bus, memory: memory, arena: SharedArena(layout: memory.layout), log: log)
        let mark = unsafe CalloutMark(word: UnsafeMutablePointer<UInt32>.allocate(capacity: 1), slot: 0)
        return try netd.Attachment(image: DriverImageTests().load(source), context: context, memory: memory, options: "", mark: mark)
    }

    @Test func `a received frame that did not fit behind the others is fetched at once`() throws {
        var attachment = try attachment(), stack = Stack(StackConfiguration(seed: 1), memory: attachment.memory)
        let name = try #require(InterfaceName("abc0"))
        let index = try stack.addInterface(InterfaceDescription(name: name, mac: MACAddress(value: 0x02_00_00_00_00_00)))
        #expect(attachment.start() == 0)
        let moved = attachment.receive(into: &stack, on: index, now: Instant(nanoseconds: 0))
        let left = attachment.statistics()?.counter.5 // DRYDOCK_RX_PACKETS
        attachment.detach()
        #expect(moved == 100 && left == 0)
    }

    @Test func `a sent frame that did not fit behind the others is fetched at once`() throws {
        var attachment = try attachment()
        _ = attachment.reclaim()
        let left = attachment.statistics()?.counter.0 // DRYDOCK_TX_PACKETS
        attachment.detach()
        #expect(left == 0)
    }
}
