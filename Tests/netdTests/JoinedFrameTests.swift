import CDriver
import Rings
import Stack
import Testing
import Wire

@testable import netd

/// A driver in C that joins TCP segments, and one packet that is to be cut.
struct JoinedFrameTests {
    /// Once switched on, one frame of 40,000 octets arrives in twenty buffers.
    static let source = """
        #include "drydock_driver.h"
        static drydock_buffer held[100];
        static uint32_t count, isOn;
        static int32_t match(const drydock_identity *i) { return 0; }
        static int32_t attach(const drydock_services *s, const char *o, void **i, drydock_interface *out) {
            *i = &count; out->mac[0] = 2; out->mtu = out->maximum_mtu = 1500; out->receive_slots = 64; out->transmit_slots = 64;
            out->capabilities = DRYDOCK_CAP_JOIN_RX; count = isOn = 0;
            return 0;
        }
        static int32_t one(void *i) { return 0; }
        static void none(void *i) {}
        static uint32_t keep(void *i, const drydock_buffer *b, uint32_t n) {
            uint32_t k = 0;
            while (k < n && count < 100) held[count++] = b[k++];
            return k;
        }
        static uint32_t get(void *i, drydock_buffer *b, uint32_t n) {
            uint32_t at = 0, octets = 40000;
            if (!isOn || n < 40) return 0;
            for (isOn = 0; octets > 0; at++) {
                b[at] = held[--count];
                b[at].length = octets < 2048 ? octets : 2048;
                octets -= b[at].length;
                b[at].flags = octets ? DRYDOCK_BUFFER_MORE : 0;
                for (uint32_t k = 0; k < b[at].length; k++) b[at].data[k] = at || k > 5 ? 0x77 : k ? 0 : 2;
            }
            b[0].flags |= DRYDOCK_BUFFER_SEGMENT | DRYDOCK_BUFFER_L4_CHECKED;
            b[0].segment_octets = 1448;
            return at;
        }
        static uint32_t give(void *i, const drydock_buffer *b, uint32_t n) { return 0; }
        static uint32_t take(void *i, drydock_buffer *b, uint32_t n) { return 0; }
        static uint32_t event(void *i, uint32_t v) { return 0; }
        static int32_t filter(void *i, const drydock_filter *f) { return 0; }
        static int32_t media(void *i, drydock_media *m) { return 0; }
        static int32_t choose(void *i, const drydock_media *m) { return 0; }
        static int32_t offloads(void *i, uint32_t v) { isOn = v == DRYDOCK_CAP_JOIN_RX; return isOn ? 0 : -95; }
        static int32_t word(void *i, uint32_t v) { return 0; }
        static int32_t statistics(void *i, drydock_statistics *s) { return 0; }
        static drydock_driver table = {DRYDOCK_ABI, sizeof(drydock_driver), "abc", "abc", "1.0", "", match, attach, one, one, none,
            keep, get, give, take, event, event, filter, media, choose, offloads, word, statistics, none, 0};
        const drydock_driver *drydock_driver_entry(void) { return &table; }
        """

    @Test func `a frame of joined segments, longer than any slot for the device, arrives whole`() throws {
        var attachment = try LongFrameTests().attachment(Self.source)
        var stack = Stack(StackConfiguration(seed: 1), memory: attachment.memory)
        attachment.joinReceived()
        let name = try #require(InterfaceName("abc0"))
        let index = try stack.addInterface(attachment.interfaceDescription(name))
        try stack.setUp(index, true, now: Instant(nanoseconds: 0))
        #expect(attachment.start() == 0)
        let moved = attachment.receive(into: &stack, on: index, now: Instant(nanoseconds: 0))
        let counters = stack.listInterfaces()[1].counters, lost = attachment.drops
        attachment.detach()
        #expect(moved == 20 && counters.receivedFrames == 1 && counters.receivedOctets == 40_000)
        #expect(lost.malformed == 0 && lost.noMemory == 0)
    }

    @Test func `a packet to be cut tells the driver where its headers end and how long a segment is`() throws {
        let attachment = try LongFrameTests().attachment(Self.source)
        for isIPv4 in [true, false] {
            let headers = isIPv4 ? 66 : 86
            let taken = attachment.memory.take(octets: 8000)
            guard var packet = taken, packet.append(8000) else {
                Issue.record("no packet")
                return
            }
            packet.flags = isIPv4 ? [.insertTransportChecksum, .segment, .insertIPChecksum] : [.insertTransportChecksum, .segment]
            packet.checksum = (headers - 32, 16)
            packet.segmentation = (1448, headers)
            let buffer = unsafe attachment.fullBuffer(packet)
            let wanted = DRYDOCK_BUFFER_INSERT_CHECKSUM | DRYDOCK_BUFFER_SEGMENT | (isIPv4 ? DRYDOCK_BUFFER_INSERT_IP : 0)
            #expect(unsafe buffer.flags == UInt16(wanted) && buffer.length == 8000)
            #expect(unsafe buffer.segment_octets == 1448 && buffer.header_octets == UInt16(headers))
            #expect(unsafe buffer.checksum_start == UInt16(headers - 32) && buffer.checksum_ip_start == 14)
        }
        attachment.detach()
    }
}
