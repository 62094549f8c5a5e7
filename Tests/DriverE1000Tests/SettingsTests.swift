import CDriver
import DriverE1000
import DriverKit
import E1000Registers
import Testing

@Suite struct SettingsTests {
    @Test(arguments: [
        "receive=63", "receive=100", "receive=8192", "transmit=", "mtu=67", "mtu=9001", "speed=11", "speed", "duplex=1", "duplex=2,speed=10",
        "speed=1000,duplex=0", "promiscuous=1", "nomulticast=yes", "verbose=3", "irq_thresh=100001", "rx_abs=65536", "rx_delay=-1",
        "mac=01:00:5e:00:00:01", "mac=52:54", "nonsense", "Receive=64", "mtu = 1500",
    ])
    func `what is not allowed is refused by name, with what is`(text: String) throws {
        let bench = Bench(options: text)
        #expect(bench.status == -22 && !bench.isAttached)
        #expect(bench.nic.host.log.count == 1)
        let line = try #require(bench.nic.host.log.first).text
        #expect(line.hasPrefix("e1000: option '") && line.contains("; allowed: "))
        #expect(bench.nic.stores.isEmpty, "nothing was written to the device")
    }

    @Test func `every option that the help names is accepted`() {
        let help = unsafe String(cString: driverEntry()!.pointee.help)
        let values = ["mac": "=02:00:00:00:00:02", "speed": "=100", "duplex": "=1", "mtu": "=9000", "receive": "=64", "transmit": "=4096",
                      "irq_thresh": "=0", "rx_abs": "=10", "rx_delay": "=20"]
        for line in help.split(separator: "\n") {
            let name = String(line.prefix { $0.isLetter || $0 == "_" })
            let text = name == "duplex" ? "speed=10,duplex=1" : name + (values[name] ?? "")
            #expect(Bench(options: text).status == 0, "\(text)")
        }
    }

    @Test func `options reach the device`() {
        let bench = Bench(options: "promiscuous,mtu=9000,irq_thresh=1000,rx_abs=7,rx_delay=9,receive=64")
        #expect(bench.nic[.rctl] & (RCTL().upe.mask | RCTL().mpe.mask | RCTL().lpe.mask) == 0x38)
        #expect(bench.nic[.itr] == 3906 && bench.nic[.radv] == 7 && bench.nic[.rdtr] == 9 && bench.nic[.rdlen] == 1024)
        #expect(bench.interface.mtu == 9000)
    }

    @Test func `a forced speed is forced in MAC and PHY alike`() {
        let bench = Bench(options: "speed=100,duplex=0")
        let ctrl = bench.nic[.ctrl], c = CTRL()
        #expect(c.frcspd.isSet(ctrl) && c.frcdplx.isSet(ctrl) && c.speed.get(ctrl) == 1 && !c.fd.isSet(ctrl))
        #expect(bench.nic.phy[0] == 0x2000)
        #expect(TCTL().cold.get(bench.nic[.tctl]) == 0x200)
        var media = drydock_media()
        media.flags = DRYDOCK_MEDIA_AUTO
        #expect(bench.setMedia(media) == 0)
        #expect(!c.frcspd.isSet(bench.nic[.ctrl]) && bench.nic.phy[0]! & 0x1000 != 0)
        (media.flags, media.megabits) = (DRYDOCK_MEDIA_FULL_DUPLEX, 55)
        #expect(bench.setMedia(media) == -22)
    }

    @Test func `a link that is as wished is not disturbed`() {
        let bench = Bench()
        let writes = bench.nic.stores.filter { $0.offset == E1000Register.mdic.rawValue && MDIC().op.get($0.value) == 1 }
        #expect(writes.isEmpty)
        let media = bench.media().media
        #expect(media.megabits == 1000 && media.phy_identifier == 0x0141_0C20)
        #expect(media.flags == DRYDOCK_MEDIA_LINK_UP | DRYDOCK_MEDIA_FULL_DUPLEX | DRYDOCK_MEDIA_AUTO)
    }
}
