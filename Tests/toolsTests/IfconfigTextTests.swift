import Messages
import Testing

@testable import tools

struct IfconfigTextTests {
    @Test func `an interface prints in the shape of QNX`() {
        #expect(IfconfigText.render(Samples.em0) == """
            em0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> mtu 1500
            \tcapabilities rx=7<IP4CSUM,TCP4CSUM,UDP4CSUM>
            \tcapabilities tx=3f<IP4CSUM,TCP4CSUM,UDP4CSUM,TCP6CSUM,UDP6CSUM,TSO4>
            \tenabled=0
            \taddress: 02:00:00:00:00:01
            \tmedia: Ethernet autoselect (1000baseT full-duplex)
            \tstatus: active
            \tinet 10.1.0.2 netmask 0xffffff00 broadcast 10.1.0.255
            \tinet alias 10.1.0.3 netmask 0xffffffff
            \tinet6 fe80::ff:fe00:1%em0 prefixlen 64 tentative scopeid 0x2

            """)
    }

    @Test func `the loopback has neither medium nor link address`() {
        #expect(IfconfigText.render(Samples.lo0) == """
            lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 33192
            \tinet 127.0.0.1 netmask 0xff000000

            """)
    }

    @Test func `without carrier the status says so, and the medium is unknown`() {
        var report = InterfaceReport(name: "em0", index: 1, flags: ["BROADCAST"], mtu: 1500, linkAddress: nil)
        report.media = MediaReport(automatic: true, megabits: 0, fullDuplex: false, linkUp: false)
        #expect(IfconfigText.render(report) == """
            em0: flags=2<BROADCAST> mtu 1500
            \tmedia: Ethernet autoselect (none)
            \tstatus: no carrier

            """)
    }

    @Test func `verbose adds counters, those that are zero left out`() {
        let text = IfconfigText.render(Samples.em0, .init(verbose: true))
        #expect(text.contains("\tinput: 12 packets, 3400 bytes, 1 drops\n\toutput: 7 packets, 980 bytes\n"))
    }

    @Test func `media lists what the hardware supports`() {
        let text = IfconfigText.render(Samples.em0, .init(media: true))
        #expect(text.contains("""
            \tsupported Ethernet media:
            \t\tmedia 10baseT
            \t\tmedia 100baseTX mediaopt full-duplex
            \t\tmedia 1000baseT mediaopt full-duplex
            \t\tmedia autoselect

            """))
    }

    @Test func `a VLAN names its tag and parent`() {
        var report = InterfaceReport(name: "vlan0", index: 3, flags: ["UP"], mtu: 1496, linkAddress: nil)
        report.vlan = VLANReport(tag: 5, parent: "em0")
        #expect(IfconfigText.render(report) == "vlan0: flags=1<UP> mtu 1496\n\tvlan: 5 parent: em0\n")
    }

    @Test(arguments: [
        (["UP"], "1<UP>"), ([], "0"), (["MULTICAST", "UP"], "8001<UP,MULTICAST>"), (["SPARKLING", "UP"], "1<UP,SPARKLING>"),
        (["promisc", "allmulti", "oactive", "noarp"], "780<NOARP,PROMISC,ALLMULTI,OACTIVE>"),
    ])
    func `flags carry BSD's bit values`(names: [String], text: String) {
        #expect(IfconfigText.bits(names, IfconfigText.flagBits) == text)
    }
}
