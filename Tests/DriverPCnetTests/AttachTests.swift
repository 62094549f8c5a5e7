import CDriver
import DriverKit
import PCnetRegisters
import Testing

@Suite struct AttachTests {
    func tuple(_ mac: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)) -> [UInt8] { [mac.0, mac.1, mac.2, mac.3, mac.4, mac.5] }

    @Test func `the device reaches memory only after its reset`() {
        let nic = FakePCnet(), before = nic.resets
        var seen: [Int] = []
        nic.host.configStore = { [unowned nic] offset, width, value in
            for i in 0..<width { nic.host.config[Int(offset + i)] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
            if offset == 4, value & 4 != 0 { seen.append(nic.resets - before) }
        }
        #expect(Bench(nic, start: false).status == 0 && seen.first ?? 0 > 0)
    }

    @Test func `a device is matched by its identity`() {
        for (vendor, device, matched) in [(0x1022, 0x2000, true), (0x1022, 0x2001, false), (0x8086, 0x2000, false)] {
            var identity = drydock_identity()
            (identity.vendor, identity.device) = (UInt16(vendor), UInt16(device))
            #expect(unsafe (imageTable().pointee.match(&identity) > 0) == matched)
        }
    }

    @Test(arguments: [false, true]) func `attach works from either mode, and says what the device is`(wide: Bool) {
        let nic = FakePCnet()
        nic.wide = wide
        let bench = Bench(nic, start: false)
        #expect(bench.status == 0)
        #expect(tuple(bench.interface.mac) == nic.address && tuple(bench.interface.permanent_mac) == nic.address)
        #expect(bench.interface.mtu == 1500 && bench.interface.receive_slots == 127 && bench.interface.transmit_slots == 127)
        #expect(nic.host.config[4] & 6 == 6 && nic.csr[0] == 4 && nic.offences.isEmpty)
    }

    @Test func `the rings and the address reach the device through the initialization block`() {
        let nic = FakePCnet(), bench = Bench(nic, options: "mac=02:00:00:00:00:09,receive=16,transmit=512,promiscuous,duplex=1")
        #expect(bench.status == 0 && nic.isRunning)
        #expect(nic.receiveSize == 16 && nic.transmitSize == 512)
        #expect(nic.csr[12] == 0x0002 && nic.csr[13] == 0 && nic.csr[14] == 0x0900)
        #expect(nic.csr[15]! & MODE().prom.mask != 0 && nic.bcr[9] == 1 && nic.offences.isEmpty)
        #expect(bench.media().media.flags & DRYDOCK_MEDIA_FULL_DUPLEX != 0)
    }

    @Test func `a chip without 32-bit structures is refused`() {
        let nic = FakePCnet()
        nic.chip = 0x0242_0003
        nic.reset()
        #expect(Bench(nic).status == -19 && nic.host.log.last?.text.contains("CSR88") == true)
    }

    @Test func `no address anywhere is refused, unless the user gives one`() {
        let nic = FakePCnet()
        nic.address = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(Bench(nic).status == -19 && nic.host.log.last?.text.contains("mac=") == true)
        #expect(Bench(nic, options: "mac=02:00:00:00:00:01").status == 0)
    }

    @Test func `waits are bounded, and name what did not happen`() {
        var nic = FakePCnet()
        nic.neverInitialized = true
        var bench = Bench(nic)
        #expect(bench.status == -110 && nic.host.log.last?.text == "pcnet: start: CSR0.IDON did not happen in time")
        nic = FakePCnet()
        nic.neverWide = true
        bench = Bench(nic)
        #expect(bench.status == -19 || bench.status == -110)
        #expect(nic.host.config[4] & 4 == 0 && !nic.host.interruptsEnabled && nic.host.blocks.count == 1)
    }

    @Test(arguments: 1...3) func `an allocation that fails leaves nothing behind`(number: Int) {
        let nic = FakePCnet()
        nic.host.failAllocation = number
        #expect(Bench(nic).status == -12 && nic.host.blocks.count == 1, "only the bench's own memory")
        #expect(nic.host.config[4] & 4 == 0)
    }

    @Test func `memory above 4 GiB is refused by name, and buffers there are not taken`() {
        let nic = FakePCnet()
        nic.host.map = { offset, _ in 0x1_0000_0000 + offset }
        #expect(Bench(nic).status == -19 && nic.host.log.last?.text.contains("does not reach") == true)
        let other = FakePCnet(), bench = Bench(other)
        var high = unsafe bench.buffer(pattern(100))
        unsafe high.device_address = 0x1_0000_0000
        #expect(unsafe bench.feed([high]) == 0 && bench.send([high]) == 1)
        #expect(unsafe Bench.failed(bench.transmitted()) == 1 && other.sent.isEmpty)
    }

    @Test func `a region too small, no interrupt, and an absent device are refused`() {
        var nic = FakePCnet()
        nic.host.regionLength = { _ in 16 }
        #expect(Bench(nic).status == -19)
        nic = FakePCnet()
        nic.host.refusesInterrupts = true
        #expect(Bench(nic).status == -5 && nic.host.blocks.count == 1)
        nic = FakePCnet()
        nic.gone = true
        #expect(Bench(nic).status == -19)
    }

    @Test func `two hundred times attached and detached leave nothing behind`() {
        let nic = FakePCnet()
        for _ in 0..<200 {
            let bench = Bench(nic, slots: 2)
            #expect(bench.status == 0)
            bench.detach()
        }
        #expect(nic.host.blocks.count == 200, "the benches' own memory")
        #expect(!nic.host.interruptsEnabled && nic.host.timers.isEmpty && nic.host.config[4] & 4 == 0 && nic.offences.isEmpty)
    }

    @Test(arguments: [
        "receive=15", "receive=24", "receive=1024", "transmit=", "transmit=100", "mtu=67", "mtu=1501", "speed=100", "speed", "duplex=2",
        "promiscuous=1", "nomulticast=yes", "verbose=3", "mac=01:00:5e:00:00:01", "mac=52:54", "nonsense", "Receive=64",
    ])
    func `what is not allowed is refused by name, with what is`(text: String) throws {
        let nic = FakePCnet(), bench = Bench(nic, options: text)
        #expect(bench.status == -22 && !bench.isAttached && nic.host.log.count == 1)
        let line = try #require(nic.host.log.first).text
        #expect(line.hasPrefix("pcnet: option '") && line.contains("; allowed: "))
    }

    @Test func `every option that the help names is accepted`() {
        let help = unsafe String(cString: imageTable().pointee.help)
        let values = ["mac": "=02:00:00:00:00:02", "speed": "=10", "duplex": "=0", "mtu": "=1400", "receive": "=512", "transmit": "=16"]
        for line in help.split(separator: "\n") {
            let name = String(line.prefix { $0.isLetter })
            #expect(Bench(FakePCnet(), options: name + (values[name] ?? "")).status == 0, "\(name)")
        }
    }
}
