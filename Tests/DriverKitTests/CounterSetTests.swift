import CDriver
import DriverKit
import Testing

@Suite struct CounterSetTests {
    @Test func `frames are counted by whom they are for`() {
        var counters = CounterSet()
        counters.received(100, to: .station)
        counters.received(60, to: .multicast)
        counters.sent(70, to: .broadcast)
        #expect(counters[DRYDOCK_RX_PACKETS] == 2 && counters[DRYDOCK_RX_OCTETS] == 160 && counters[DRYDOCK_RX_MULTICAST] == 1)
        #expect(counters[DRYDOCK_TX_PACKETS] == 1 && counters[DRYDOCK_TX_BROADCAST] == 1 && counters[DRYDOCK_RX_BROADCAST] == 0)
    }

    @Test func `the report says which counters are kept`() {
        var counters = CounterSet(), out = drydock_statistics()
        counters.add(DRYDOCK_RX_MISSED, 7)
        counters.report(DRYDOCK_RX_MISSED.bit, into: &out)
        #expect(out.valid == 1 << UInt64(DRYDOCK_RX_MISSED.rawValue))
        let value = unsafe withUnsafeBytes(of: out.counter) { unsafe $0.load(fromByteOffset: Int(DRYDOCK_RX_MISSED.rawValue) * 8, as: UInt64.self) }
        #expect(value == 7)
    }

    @Test func `the remainder is that of IEEE 802_3`() {
        // Bit by bit, lowest bit of each octet first, as the polynomial is written. IEEE 802.3 §3.2.9
        let address = HardwareAddress([0x01, 0x00, 0x5E, 0x00, 0x00, 0x01])
        var register: UInt32 = .max
        for octet in [0x01, 0x00, 0x5E, 0x00, 0x00, 0x01] as [UInt8] {
            for bit in 0..<8 {
                let feedback = (register >> 31 ^ UInt32(octet >> UInt8(bit) & 1)) & 1
                register = register << 1 ^ (feedback == 1 ? 0x04C1_1DB7 : 0)
            }
        }
        #expect(address.reversedRemainder == register)
        #expect((0..<32).allSatisfy { address.remainder >> UInt32($0) & 1 == register >> UInt32(31 - $0) & 1 })
    }
}
