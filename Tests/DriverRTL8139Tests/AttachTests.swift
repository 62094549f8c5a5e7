import CDriver
import DriverKit
import RTL8139Registers
import Testing

@Suite struct AttachTests {
    func tuple(_ mac: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)) -> [UInt8] { [mac.0, mac.1, mac.2, mac.3, mac.4, mac.5] }

    @Test func `the device reaches memory only after its reset`() {
        let nic = FakeRTL8139(), before = nic.resets
        var seen: [Int] = []
        nic.host.configStore = { [unowned nic] offset, width, value in
            for i in 0..<width { nic.host.config[Int(offset + i)] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
            if offset == 4, value & 4 != 0 { seen.append(nic.resets - before) }
        }
        #expect(Bench(nic, start: false).status == 0 && seen.first ?? 0 > 0)
    }

    @Test func `a device is matched by its identity`() {
        for (vendor, device, matched) in [(0x10EC, 0x8139, true), (0x10EC, 0x8169, false), (0x8086, 0x8139, false)] {
            var identity = drydock_identity()
            (identity.vendor, identity.device) = (UInt16(vendor), UInt16(device))
            #expect(unsafe (imageTable().pointee.match(&identity) > 0) == matched)
        }
    }

    @Test func `attach takes the EEPROM's address and says what the device is`() {
        let nic = FakeRTL8139(), bench = Bench(nic, start: false)
        #expect(bench.status == 0)
        #expect(tuple(bench.interface.mac) == nic.address && tuple(bench.interface.permanent_mac) == nic.address)
        #expect(bench.interface.mtu == 1500 && bench.interface.receive_slots == 64 && bench.interface.transmit_slots == 4)
        #expect(nic.host.config[4] & 6 == 6 && nic[.imr] == 0 && nic[.cr] == 0)
        #expect(nic.offences.isEmpty)
    }

    @Test func `an address of the user's is what the device is told, and the permanent one stays known`() {
        let nic = FakeRTL8139()
        do {
            let bench = Bench(nic, options: "mac=02:00:00:00:00:09")
            #expect(tuple(bench.interface.mac) == [2, 0, 0, 0, 0, 9] && Array(nic.octets[0..<6]) == [2, 0, 0, 0, 0, 9])
        }
        let again = Bench(nic)
        #expect(tuple(again.interface.permanent_mac) == nic.address)
    }

    @Test func `no address anywhere is refused, unless the user gives one`() {
        let nic = FakeRTL8139()
        nic.address = [0, 0, 0, 0, 0, 0]
        #expect(Bench(nic).status == -19)
        #expect(nic.host.log.last?.text.contains("mac=") == true)
        #expect(Bench(nic, options: "mac=02:00:00:00:00:01").status == 0)
    }

    @Test func `each bounded wait fails with its own name and undoes everything`() {
        for (fault, name) in [(\FakeRTL8139.resetHangs, "CR.RST"), (\FakeRTL8139.loadHangs, "9346CR.EEM")] {
            let nic = FakeRTL8139()
            nic[keyPath: fault] = true
            let bench = Bench(nic)
            #expect(bench.status == -110 && !bench.isAttached)
            #expect(nic.host.log.last?.text == "rtl8139: attach: \(name) did not happen in time")
            #expect(nic.host.config[4] & 4 == 0 && !nic.host.interruptsEnabled)
        }
    }

    @Test(arguments: [1, 2]) func `an allocation that fails leaves nothing behind`(number: Int) {
        let nic = FakeRTL8139()
        nic.host.failAllocation = number
        let bench = Bench(nic)
        #expect(bench.status == -12 && nic.host.blocks.count == 1, "only the bench's own memory")
        #expect(nic.host.config[4] & 4 == 0)
    }

    @Test func `memory above 4 GiB is refused by name`() {
        let nic = FakeRTL8139()
        nic.host.map = { offset, _ in 0x1_0000_0000 + offset }
        #expect(Bench(nic).status == -19)
        #expect(nic.host.log.last?.text.contains("does not reach") == true)
    }

    @Test func `a region too small, no interrupt, and an absent device are refused`() {
        var nic = FakeRTL8139()
        nic.host.regionLength = { _ in 128 }
        #expect(Bench(nic).status == -19)
        nic = FakeRTL8139()
        nic.host.refusesInterrupts = true
        #expect(Bench(nic).status == -5 && nic.host.blocks.count == 1)
        nic = FakeRTL8139()
        nic.gone = true
        #expect(Bench(nic).status == -19)
    }

    @Test func `two hundred times attached and detached leave nothing behind`() {
        let nic = FakeRTL8139()
        for _ in 0..<200 {
            let bench = Bench(nic, slots: 2)
            #expect(bench.status == 0)
            bench.detach()
        }
        #expect(nic.host.blocks.count == 200, "the benches' own memory")
        #expect(!nic.host.interruptsEnabled && nic.host.timers.isEmpty && nic.host.config[4] & 4 == 0 && nic.offences.isEmpty)
    }

    @Test(arguments: [
        "receive=15", "receive=513", "ring=12", "ring=24", "ring=64", "transmit=4", "mtu=67", "mtu=1501", "speed=1000", "speed", "duplex=1",
        "duplex=2,speed=10", "promiscuous=1", "nomulticast=yes", "verbose=3", "mac=01:00:5e:00:00:01", "mac=52:54", "nonsense", "Receive=64",
    ])
    func `what is not allowed is refused by name, with what is`(text: String) throws {
        let nic = FakeRTL8139(), bench = Bench(nic, options: text)
        #expect(bench.status == -22 && !bench.isAttached && nic.host.log.count == 1)
        let line = try #require(nic.host.log.first).text
        #expect(line.hasPrefix("rtl8139: option '") && line.contains("; allowed: "))
    }

    @Test func `every option that the help names is accepted`() {
        let help = unsafe String(cString: imageTable().pointee.help)
        let values = ["mac": "=02:00:00:00:00:02", "speed": "=100", "mtu": "=1400", "receive": "=512", "ring": "=8"]
        for line in help.split(separator: "\n") {
            let name = String(line.prefix { $0.isLetter })
            #expect(Bench(FakeRTL8139(), options: name == "duplex" ? "speed=10,duplex=0" : name + (values[name] ?? "")).status == 0, "\(name)")
        }
    }
}
