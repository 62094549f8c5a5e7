import CDriver
import DriverE1000E
import DriverKit
import E1000ERegisters
import E1000Registers
import Testing

@Suite struct AttachTests {
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
        let image = unsafe imageTable()
        for (vendor, device, matched) in [(0x8086, 0x10D3, true), (0x8086, 0x10F6, true), (0x8086, 0x100E, false), (0x10EC, 0x10D3, false)] {
            var identity = drydock_identity()
            (identity.vendor, identity.device) = (UInt16(vendor), UInt16(device))
            #expect(unsafe (image.pointee.match(&identity) > 0) == matched)
        }
    }

    @Test func `attach takes the NVM's address and the best kind of interrupt`() {
        for (granted, options, kind, vectors) in [([1, 1, 5], "", 2, 5), ([1, 1, 3], "", 2, 3), ([1, 1, 2], "", 1, 1), ([1, 0, 0], "", 0, 1),
                                                  ([1, 1, 5], "irq=msi", 1, 1), ([1, 1, 5], "irq=intx", 0, 1)] as [([UInt32], String, UInt64, UInt16)] {
            let nic = FakeNIC()
            nic.host.grantedVectors = granted
            let bench = Bench(nic, options: options)
            #expect(bench.status == 0 && bench.interface.vectors == vectors && UInt64(nic.host.interruptKind) == kind)
            #expect(bench.interface.mac.0 == 0x52 && bench.interface.mac.5 == 0x56)
            #expect(bench.interface.receive_slots == 255 && nic.host.config[4] & 6 == 6)
        }
    }

    @Test func `each bounded wait fails with its own name and undoes everything`() {
        for (fault, name) in [(\FakeNIC.resetHangs, "CTRL.RST"), (\.mdicHangs, "MDIC.R"), (\.reloadHangs, "EEC.AUTO_RD"),
                              (\.semaphoreTaken, "SWSM.SMBI"), (\.mdiTaken, "EXTCNF_CTRL.MDIO_SW_OWNERSHIP")] {
            let nic = FakeNIC()
            nic[keyPath: fault] = true
            let bench = Bench(nic)
            #expect(bench.status == -110 && !bench.isAttached)
            #expect(nic.host.log.last?.text == "e1000e: attach: \(name) did not happen in time")
            expectUndone(nic)
        }
    }

    @Test func `requests that stay on the bus are reported, and the reset comes all the same`() {
        let nic = FakeNIC()
        nic.masterHangs = true
        #expect(Bench(nic).status == 0)
        #expect(nic.host.log.contains { $0.text.contains("still on the bus") })
    }

    @Test func `every failure of attach leaves a quiet device and no memory`() {
        for prepare: (FakeNIC) -> Void in [
            { $0.phy[2] = 0xFFFF; $0.phy[3] = 0xFFFF }, { $0.host.regionOctets = 4096 }, { $0.host.refusesInterrupts = true }, { $0.gone = true },
            { $0.host.failAllocation = 1 }, { $0.host.failAllocation = 2 }, { $0.host.failAllocation = 3 },
        ] {
            let nic = FakeNIC()
            prepare(nic)
            let bench = Bench(nic, options: "rss=on")
            #expect(bench.status < 0 && !bench.isAttached)
            expectUndone(nic)
        }
    }

    func expectUndone(_ nic: FakeNIC) {
        #expect(nic.host.blocks.count == 1, "only the test's packet memory is left")
        #expect(!nic.host.interruptsEnabled && nic.host.timers.isEmpty)
        #expect(nic[.ims] == 0 && nic[.rctl] == 0 && nic[.tctl] & 2 == 0 && nic.host.config[4] & 4 == 0)
    }

    @Test func `what the specification update asks for is done at every start`() {
        let bench = Bench(), nic = bench.nic!
        for round in 0..<2 {
            #expect(nic.host.config[0xF0] & 3 == 0, "ASPM off")
            #expect(nic[.gcr] & 1 << 22 != 0 && nic[.gcr2] & 1 == 1)
            #expect(I82574.CTRL_EXT().linkMode.get(nic[.ctrlExt]) == 1 && I82574.CTRL_EXT().pba.isSet(nic[.ctrlExt]))
            #expect(nic[.txdctl, 0] & 1 << 22 != 0 && nic[.txdctl, 1] & 1 << 22 != 0)
            #expect(nic[.tarc] & (0x1F << 26) == 1 << 26 && nic[.tarc] & 0x403 == 0x403)
            #expect(nic[.tctl] & (7 << 28) == 3 << 28)
            #expect(I82574.RFCTL().exsten.isSet(nic[.rfctl]) && I82574.RFCTL().ackDis.isSet(nic[.rfctl]))
            if round == 0 { #expect(bench.method("recover", []) == 0) }
        }
    }

    @Test func `every cause has a vector, and with three the queues of a direction share`() {
        let bench = Bench()
        #expect(bench.nic[.ivar] == 0x800C_BA98 && bench.nic[.eiac] == 0x00F0_0000 && bench.nic[.ims] == 0x01F0_0004)
        let nic = FakeNIC()
        nic.host.grantedVectors = [1, 1, 3]
        let three = Bench(nic)
        #expect(three.status == 0 && nic[.ivar] == 0x800A_9988)
    }

    @Test func `the queue's mask is written again at each of its messages`() {
        let bench = Bench(), nic = bench.nic!
        for (vector, bit, event) in [(0, 20, DRYDOCK_EVENT_RECEIVE), (1, 21, DRYDOCK_EVENT_RECEIVE), (2, 22, DRYDOCK_EVENT_TRANSMIT)] as [(UInt32, UInt32, UInt32)] {
            nic[.ims] &= ~(1 << bit)
            #expect(bench.interrupt(vector) == event)
            #expect(nic[.ims] & 1 << bit != 0)
        }
    }

    @Test func `queue causes that were read away with the others are raised again`() {
        let bench = Bench(), nic = bench.nic!
        nic[.icr] = 1 << 24 | 1 << 2 | 1 << 20
        nic.stores = []
        _ = bench.interrupt(4)
        #expect(nic.stores.contains { $0.offset == E1000ERegister.ics.rawValue && $0.value == 1 << 20 })
        #expect(nic.stores.contains { $0.offset == E1000ERegister.ims.rawValue && $0.value == 1 << 24 | 1 << 2 })
        nic[.icr] = 0
        #expect(bench.interrupt(4) == DRYDOCK_EVENT_FOREIGN)
    }

    @Test func `receive-side scaling is off unless asked for, and complete when it is`() {
        let plain = Bench()
        #expect(plain.nic[.mrqc] == 0 && !I82574.RXCSUM().pcsd.isSet(plain.nic[.rxcsum]))
        let bench = Bench(options: "rss=on"), nic = bench.nic!
        #expect(bench.interface.receive_slots == 510)
        #expect(nic[.mrqc] == 0x0017_0001 && I82574.RXCSUM().pcsd.isSet(nic[.rxcsum]))
        #expect((UInt32(0)..<10).allSatisfy { nic[.rssrk, $0] == 0x5A6D_5A6D })
        #expect((UInt32(0)..<32).allSatisfy { nic[.reta, $0] == 0x8000_8000 })
        #expect(nic[.rdlen, 1] == 4096 && nic[.rdbal, 1] != nic[.rdbal, 0])
        #expect(bench.feed(count: 100) == 100)
        #expect(nic[.rdt, 0] == 50 && nic[.rdt, 1] == 50)
        #expect(Bench(options: "rss=maybe").status == -22 && Bench(options: "irq=none").status == -22)
    }

    @Test func `a segmentation's descriptors are right, word by word`() {
        let bench = Bench(), nic = bench.nic!
        var frame = unsafe bench.frame(pattern(5000), flags: UInt16(DRYDOCK_BUFFER_SEGMENT | DRYDOCK_BUFFER_INSERT_CHECKSUM | DRYDOCK_BUFFER_INSERT_IP))
        unsafe (frame[0].checksum_ip_start, frame[0].checksum_ip_end, frame[0].checksum_start, frame[0].checksum_offset) = (14, 33, 34, 16)
        unsafe (frame[0].segment_octets, frame[0].header_octets) = (1460, 54)
        #expect(unsafe bench.send(frame) == 3 && nic[.tdt] == 4)
        // IPCSS 14, IPCSO 24, IPCSE 33; TUCSS 34, TUCSO 50, TUCSE 0; PAYLEN 4946, TCP, IPv4, TSE, DEXT; HDRLEN 54, MSS 1460.
        let context: [UInt32] = [0x0021_180E, 0x0000_3222, 0x2700_1352, 0x05B4_3600]
        #expect(nic.descriptor(0) == context)
        for (i, length) in [2048, 2048, 904].enumerated() {
            let words = nic.descriptor(1 + i), address = unsafe frame[i].device_address
            #expect(UInt64(words[1]) << 32 | UInt64(words[0]) == address)
            // IDE, DEXT, TSE, IFCS, data; with the last, RS and EOP.
            let last: UInt32 = i == 2 ? 0x0900_0000 : 0
            #expect(words[2] == UInt32(length) | 0xA610_0000 | last)
            #expect(words[3] == 0x300)
        }
    }

    @Test func `a segmentation that the device cannot do fails and is counted`() {
        let bench = Bench()
        func large(_ segment: UInt16, _ header: UInt16, offset: UInt16 = 16) -> [drydock_buffer] {
            var b = unsafe bench.frame(pattern(4000), flags: UInt16(DRYDOCK_BUFFER_SEGMENT | DRYDOCK_BUFFER_INSERT_CHECKSUM | DRYDOCK_BUFFER_INSERT_IP))
            unsafe (b[0].checksum_ip_start, b[0].checksum_ip_end, b[0].checksum_start, b[0].checksum_offset) = (14, 33, 34, offset)
            unsafe (b[0].segment_octets, b[0].header_octets) = (segment, header)
            return unsafe b
        }
        let bad = unsafe [large(0, 54), large(1460, 40), large(1500, 54), large(1460, 4001), large(1460, 54, offset: 6)]
        #expect(unsafe bench.send(bad.flatMap { unsafe $0 }) == 10)
        #expect(unsafe bench.all { unsafe bench.transmitted($0) }.count == 10 && bench.counter(DRYDOCK_TX_ERRORS) == 5)
        #expect(bench.setOffloads(bench.interface.capabilities & ~(DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TSO6)) == 0)
        #expect(unsafe bench.send(large(1460, 54)) == 2 && bench.nic[.tdt] == 0)
    }

    @Test func `a PHY that hangs is found and reset`() {
        let bench = Bench(), nic = bench.nic!
        (nic.phy[21], nic.phy[10]) = (0xFFFF, 0x3CFE)
        _ = bench.tick()
        #expect(bench.counter(DRYDOCK_TX_HANGS) == 0)
        nic.phy[10] = 0x3CFF
        _ = bench.tick()
        #expect(bench.counter(DRYDOCK_TX_HANGS) == 1 && nic.host.log.contains { $0.text.contains("the PHY hangs") })
    }

    @Test func `quiesce silences at once, and a device that has gone is reported once`() {
        let bench = Bench(), before = bench.host.now
        bench.quiesce()
        #expect(bench.host.now == before && bench.host.config[4] & 4 == 0 && bench.nic[.ims] == 0)
        let gone = Bench()
        gone.nic.gone = true
        gone.host.config[0] = 0xFF
        gone.host.config[1] = 0xFF
        for _ in 0..<3 { _ = gone.tick() }
        #expect(gone.host.failures == ["e1000e: the device has left the bus (all ones)"])
    }
}
