import CDriver
import DriverE1000
import DriverIntel
import DriverKit
import E1000Registers
import Testing

@Suite struct FilterTests {
    let bench = Bench()

    /// The hash of RCTL.MO 0: bits 47 to 36 of the address. 8254x §13.5.1
    @Test(arguments: [
        ([0x01, 0x00, 0x5E, 0x00, 0x00, 0x01], 0x010), ([0x33, 0x33, 0x00, 0x00, 0x00, 0x01], 0x010),
        ([0x01, 0x80, 0xC2, 0x00, 0x00, 0x00], 0x000), ([0x01, 0x00, 0x5E, 0x7F, 0xFF, 0xFA], 0xFAF),
        ([0x33, 0x33, 0xFF, 0x12, 0x34, 0x56], 0x563),
    ] as [([UInt8], UInt32)])
    func `a multicast address sets its one bit`(address: [UInt8], hash: UInt32) {
        #expect(bench.setFilter(multicast: [address]) == 0)
        for i in UInt32(0)..<128 { #expect(bench.nic[.mta, i] == (i == hash >> 5 ? 1 << (hash & 31) : 0)) }
        #expect(bench.setFilter() == 0)
        for i in UInt32(0)..<128 { #expect(bench.nic[.mta, i] == 0) }
    }

    @Test func `VLANs are listed by number and only then filtered`() {
        #expect(bench.setFilter(DRYDOCK_FILTER_VLAN, vlans: [0, 100, 4095]) == 0)
        #expect(bench.nic[.vfta, 0] == 1 && bench.nic[.vfta, 3] == 1 << 4 && bench.nic[.vfta, 127] == 1 << 31)
        #expect(RCTL().vfe.isSet(bench.nic[.rctl]))
        #expect(bench.setFilter() == 0)
        #expect(!RCTL().vfe.isSet(bench.nic[.rctl]) && bench.nic[.vfta, 3] == 0)
    }

    @Test func `RCTL is written only when it changes`() {
        func writes() -> Int { bench.nic.stores.filter { $0.offset == E1000Register.rctl.rawValue }.count }
        let before = writes()
        #expect(bench.setFilter(multicast: [[1, 0, 0x5E, 0, 0, 5]]) == 0 && bench.setMTU(1400) == 0 && bench.setFilter() == 0)
        #expect(writes() == before)
        #expect(bench.setFilter(DRYDOCK_FILTER_PROMISCUOUS) == 0 && bench.setFilter(DRYDOCK_FILTER_PROMISCUOUS) == 0)
        #expect(writes() == before + 1)
        #expect(bench.nic[.rctl] & 0x18 == 0x18)
    }

    @Test func `filters outlive a recovery`() {
        #expect(bench.setFilter(DRYDOCK_FILTER_ALL_MULTICAST | DRYDOCK_FILTER_VLAN, multicast: [[1, 0, 0x5E, 0, 0, 1]], vlans: [33]) == 0)
        let rctl = bench.nic[.rctl]
        #expect(bench.method("recover", []) == 0)
        #expect(bench.nic[.rctl] == rctl && bench.nic[.mta, 0] == 1 << 16 && bench.nic[.vfta, 1] == 2)
        #expect(bench.nic[.rah] == 0x8000_5634 && bench.nic[.ral] == 0x1200_5452)
    }

    @Test func `nomulticast means none`() {
        let deaf = Bench(options: "nomulticast")
        #expect(deaf.setFilter(DRYDOCK_FILTER_ALL_MULTICAST, multicast: [[1, 0, 0x5E, 0, 0, 1]]) == 0)
        #expect(deaf.nic[.mta, 0] == 0 && !RCTL().mpe.isSet(deaf.nic[.rctl]))
    }

    @Test func `counters add up what the device clears`() {
        for _ in 0..<3 {
            (bench.nic[.gprc], bench.nic[.gorcl], bench.nic[.gorch]) = (10, 640, 1)
            _ = bench.counter(DRYDOCK_RX_PACKETS)
        }
        bench.nic[.mpc] = 7
        #expect(bench.counter(DRYDOCK_RX_PACKETS) == 30)
        #expect(bench.counter(DRYDOCK_RX_OCTETS) == 3 * (1 << 32 + 640 - 40))
        #expect(bench.counter(DRYDOCK_RX_MISSED) == 7)
    }

    @Test func `the description lists every register, the live variables and the methods`() {
        let description = unsafe driverEntry()!.pointee.describe()!.pointee
        #expect(unsafe Int(description.register_count) == E1000Register.allCases.count)
        let rctl = unsafe (0..<Int(description.register_count)).map { i in unsafe description.registers[i] }.first { unsafe $0.offset == 0x100 }!
        #expect(unsafe String(cString: rctl.name) == "RCTL" && String(cString: rctl.section) == "8254x §13.4.22")
        #expect(unsafe String(cString: rctl.fields[0].name) == "EN" && rctl.fields[0].low == 1)
        let hangs = unsafe (0..<Int(description.variable_count)).map { i in unsafe description.variables[i] }.first { unsafe String(cString: $0.name) == "hangs" }!
        #expect(unsafe Int(hangs.offset) == MemoryLayout<E1000Variables>.offset(of: \.hangs)! && hangs.width == 4 && hangs.writable == 0)
        #expect(bench.method("phy_read", [2]) == 0x0141 && bench.method("eeprom_read", [0]) == 0x5452)
        #expect(bench.method("phy_read", []) == -22)
    }
}
