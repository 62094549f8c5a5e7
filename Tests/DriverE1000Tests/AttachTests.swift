import CDriver
import DriverE1000
import DriverKit
import E1000Registers
import Testing

@Suite struct AttachTests {
    func tuple(_ mac: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)) -> [UInt8] { [mac.0, mac.1, mac.2, mac.3, mac.4, mac.5] }

    @Test func `the device reaches memory only after its reset`() {
        let nic = FakeNIC()
        var seen: [Bool] = []
        nic.host.configStore = { [unowned nic] offset, width, value in
            for i in 0..<width { nic.host.config[Int(offset + i)] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
            guard offset == 4, value & 4 != 0 else { return }
            seen.append(nic.stores.contains { $0.offset == 0 && $0.value & CTRL().rst.mask != 0 })
        }
        #expect(Bench(nic, start: false).status == 0 && seen.first == true)
    }

    @Test func `a device is matched by its identity`() {
        let image = unsafe driverEntry()!
        for (vendor, device, matched) in [(0x8086, 0x100E, true), (0x8086, 0x100F, true), (0x8086, 0x100C, true), (0x8086, 0x10D3, false), (0x10EC, 0x100E, false)] {
            var identity = drydock_identity()
            (identity.vendor, identity.device) = (UInt16(vendor), UInt16(device))
            #expect(unsafe (image.pointee.match(&identity) > 0) == matched)
        }
    }

    @Test func `attach takes the EEPROM's address and says what the device is`() {
        let bench = Bench(start: false)
        #expect(bench.status == 0)
        #expect(tuple(bench.interface.mac) == [0x52, 0x54, 0x00, 0x12, 0x34, 0x56])
        #expect(bench.interface.mtu == 1500 && bench.interface.receive_slots == 255 && bench.interface.vectors == 1)
        #expect(bench.nic.host.config[4] & 6 == 6)
        #expect(bench.nic[.ims] == 0)
    }

    @Test func `an address that hardware and EEPROM agree on needs no sum`() {
        let nic = FakeNIC()
        nic.eeprom[63] &+= 1
        let bench = Bench(nic, start: false)
        #expect(bench.status == 0)
        #expect(tuple(bench.interface.permanent_mac) == [0x52, 0x54, 0x00, 0x12, 0x34, 0x56])
        #expect(nic.stores.count { $0.offset == E1000Register.eerd.rawValue } == 3)
    }

    @Test(arguments: [true, false])
    func `where RAL and RAH hold another address than the EEPROM, its sum decides`(isRight: Bool) {
        let nic = FakeNIC()
        nic.keepsAddress = true
        nic[.ral] = 0x0000_0002
        nic[.rah] = 0x0100 | RAH().av.mask
        if !isRight { nic.eeprom[63] &+= 1 }
        let bench = Bench(nic, start: false)
        #expect(bench.status == 0)
        #expect(tuple(bench.interface.permanent_mac) == (isRight ? [0x52, 0x54, 0x00, 0x12, 0x34, 0x56] : [2, 0, 0, 0, 0, 1]))
        #expect(nic.host.log.contains { $0.text.contains("EEPROM sum") } == !isRight)
    }

    @Test func `a reset is over when the EEPROM is granted, and at the latest after its time`() {
        var took: [UInt64] = []
        for reads in [0, 40, 100_000] {
            let nic = FakeNIC()
            nic.eepromReads = reads
            let before = nic.host.now
            #expect(Bench(nic, start: false).status == 0)
            took.append(nic.host.now - before)
            #expect(!EECD().req.isSet(nic[.eecd]))
        }
        #expect(took[0] < 1000 && took[1] >= took[0] + 400 && took[1] < 5000 && took[2] >= 5000)
    }

    @Test func `a device that may still be on the bus is given time before its reset`() {
        for busy in [false, true] {
            let nic = FakeNIC()
            if busy { nic[.rctl] = RCTL().en.mask }
            let before = nic.host.now
            #expect(Bench(nic, start: false).status == 0)
            #expect((nic.host.now - before >= 1000) == busy)
        }
    }

    @Test func `an 82544 is never asked through EERD, which it lacks`() {
        let nic = FakeNIC(device: 0x100C)
        nic.eerdHangs = true
        let bench = Bench(nic, start: false)
        #expect(bench.status == 0)
        #expect(!nic.stores.contains { $0.offset == E1000Register.eerd.rawValue })
    }

    @Test func `no address anywhere is refused, unless the user gives one`() {
        let nic = FakeNIC()
        (nic.eeprom[0], nic.eeprom[1], nic.eeprom[2]) = (0xFFFF, 0xFFFF, 0xFFFF)
        #expect(Bench(nic, start: false).status == -19)
        #expect(nic.host.log.last?.text.contains("mac=") == true)
        let bench = Bench(nic, options: "mac=02:00:00:00:00:01", start: false)
        #expect(bench.status == 0 && tuple(bench.interface.mac) == [2, 0, 0, 0, 0, 1])
    }

    @Test func `each bounded wait fails with its own name and undoes everything`() {
        for (fault, name) in [(\FakeNIC.resetHangs, "CTRL.RST"), (\FakeNIC.mdicHangs, "MDIC.R")] {
            let nic = FakeNIC()
            nic[keyPath: fault] = true
            let bench = Bench(nic)
            #expect(bench.status == -110 && !bench.isAttached)
            #expect(nic.host.log.last?.text == "e1000: attach: \(name) did not happen in time")
            expectUndone(nic)
        }
        let nic = FakeNIC()
        nic.eerdHangs = true
        let bench = Bench(nic, start: false)
        #expect(bench.status == 0)
        #expect(nic.host.log.contains { $0.text.hasPrefix("e1000: EERD.DONE did not happen in time") })
    }

    @Test func `every failure of attach leaves a quiet device and no memory`() {
        for prepare: (FakeNIC) -> Void in [
            { $0.mdicErrors = true }, { $0.phy[2] = 0xFFFF; $0.phy[3] = 0xFFFF }, { $0.host.regionOctets = 4096 },
            { $0.host.failAllocation = 1 }, { $0.host.failAllocation = 2 }, { $0.host.refusesInterrupts = true }, { $0.gone = true },
        ] {
            let nic = FakeNIC()
            prepare(nic)
            let bench = Bench(nic)
            #expect(bench.status < 0 && !bench.isAttached)
            expectUndone(nic)
        }
    }

    func expectUndone(_ nic: FakeNIC) {
        #expect(nic.host.blocks.count == 1, "only the test's packet memory is left")
        #expect(!nic.host.interruptsEnabled && nic.host.timers.isEmpty)
        #expect(nic[.ims] == 0 && nic[.rctl] == 0 && nic[.tctl] == 0)
        #expect(nic.host.config[4] & 4 == 0)
    }

    @Test func `an older contract than the driver's own is refused`() {
        let nic = FakeNIC()
        nic.host.pretend(abi: DRYDOCK_ABI - 1)
        #expect(Bench(nic).status == -71)
    }

    @Test func `start programs both rings before it enables them, and rings last`() throws {
        let bench = Bench(start: false)
        #expect(bench.feed(count: 10) == 10)
        bench.nic.stores = []
        #expect(bench.start() == 0)
        let stores = bench.nic.stores
        func last(_ register: E1000Register) throws -> Int { try #require(stores.lastIndex { $0.offset == register.rawValue }) }
        for ring in [E1000Register.rdbal, .rdbah, .rdlen, .rdh] { #expect(try last(ring) < last(.rctl)) }
        for ring in [E1000Register.tdbal, .tdbah, .tdlen, .tdh, .tdt, .tipg] { #expect(try last(ring) < last(.tctl)) }
        #expect(try last(.rdt) > last(.rctl) && last(.ims) > last(.rdt))
        #expect(bench.nic[.rdt] == 10 && bench.nic[.rdlen] == 256 * 16)
        #expect(stores.filter { $0.offset == E1000Register.rctl.rawValue }.count == 1)
    }

    @Test func `detach leaves nothing behind`() {
        let bench = Bench()
        _ = bench.feed(count: 20)
        bench.detach()
        expectUndone(bench.nic)
    }

    @Test func `quiesce silences at once`() {
        let bench = Bench()
        let before = bench.nic.host.now
        bench.quiesce()
        #expect(bench.nic.host.now == before && bench.nic.host.config[4] & 4 == 0 && bench.nic[.ims] == 0)
    }
}
