import CDriver
import HostLink
import Testing

@Suite struct LinkCountersTests {
    @Test func `frames are counted by where they go`() {
        var counters = LinkCounters(also: LinkCounters.bit(DRYDOCK_RX_MISSED)), out = drydock_statistics()
        counters.received(octets: 60, to: 0xFFFF)
        counters.received(octets: 70, to: 0x5E01 & 0x00FF)
        counters.received(octets: 80, to: 0x0002)
        counters.sent(octets: 90, to: 0x3333)
        counters.fill(&out)
        func value(_ counter: drydock_counter) -> UInt64 {
            unsafe withUnsafeBytes(of: out.counter) { unsafe $0.load(fromByteOffset: Int(counter.rawValue) * 8, as: UInt64.self) }
        }
        #expect(value(DRYDOCK_RX_PACKETS) == 3 && value(DRYDOCK_RX_OCTETS) == 210)
        #expect(value(DRYDOCK_RX_BROADCAST) == 1 && value(DRYDOCK_RX_MULTICAST) == 1)
        #expect(value(DRYDOCK_TX_PACKETS) == 1 && value(DRYDOCK_TX_MULTICAST) == 1 && value(DRYDOCK_TX_BROADCAST) == 0)
        #expect(out.valid >> UInt64(DRYDOCK_RX_MISSED.rawValue) & 1 == 1)
        #expect(out.valid >> UInt64(DRYDOCK_RX_CRC_ERRORS.rawValue) & 1 == 0, "what is not kept is not claimed")
    }
}
