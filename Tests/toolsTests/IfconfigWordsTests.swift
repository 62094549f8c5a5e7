import Messages
import Testing

@testable import tools

struct IfconfigWordsTests {
    static let v4 = AddressSetting(family: .inet, address: "10.1.0.2", prefixLength: 24)

    @Test(arguments: [
        ("10.1.0.2/24", [InterfaceChange.addAddress(v4), .up(true)]),
        ("inet 10.1.0.2 netmask 255.255.255.0", [.addAddress(v4), .up(true)]),
        ("10.1.0.2 netmask 0xffffff00 up", [.up(true), .addAddress(v4)]),
        ("10.1.0.2", [.addAddress(AddressSetting(family: .inet, address: "10.1.0.2")), .up(true)]),
        ("10.1.0.2/24 broadcast 10.1.0.255 alias down",
         [.up(false), .addAddress(AddressSetting(family: .inet, address: "10.1.0.2", prefixLength: 24, broadcast: "10.1.0.255", alias: true))]),
        ("10.1.0.2 delete", [.removeAddress(.inet, address: "10.1.0.2")]),
        ("10.1.0.2 -alias", [.removeAddress(.inet, address: "10.1.0.2")]),
        ("inet6 fd00::2 prefixlen 64", [.addAddress(AddressSetting(family: .inet6, address: "fd00::2", prefixLength: 64)), .up(true)]),
        ("inet6 fe80::2%em0/64 delete", [.removeAddress(.inet6, address: "fe80::2%em0")]),
        ("up mtu 9000", [.up(true), .mtu(9000)]),
        ("lladdr 02-00-00-00-00-0A", [.linkAddress("02:00:00:00:00:0a")]),
        ("media 100baseTX mediaopt full-duplex", [.media("100baseTX", fullDuplex: true)]),
        ("-mediaopt full-duplex", [.media("autoselect", fullDuplex: false)]),
        ("ip4csum -tcp4csum", [.capability("ip4csum", true), .capability("tcp4csum", false)]),
        ("promisc -allmulti accept_rtadv", [.promiscuous(true), .allMulticast(false), .acceptAdvertisements(true)]),
        ("vlan 5 vlanif em0", [.vlan(tag: 5, parent: "em0")]),
    ])
    func `words become changes`(words: String, changes: [InterfaceChange]) throws {
        let parsed = try IfconfigWords("em0", words.split(separator: " ").map(String.init))
        #expect(parsed.changes == changes)
        #expect(!parsed.create && !parsed.destroy)
    }

    @Test func `create may be followed by what to make of it`() throws {
        let parsed = try IfconfigWords("vlan0", ["create", "vlan", "5", "vlanif", "em0"])
        #expect(parsed.create && parsed.changes == [.vlan(tag: 5, parent: "em0")])
        #expect(try IfconfigWords("em0", ["destroy"]).destroy)
    }

    @Test(arguments: [
        ("mtu", "em0 mtu: a number of octets is missing; as in: ifconfig em0 mtu 1500"),
        ("mtu big", "em0 mtu big: that is not a number of octets; as in: ifconfig em0 mtu 1500"),
        ("mtu 70000", "em0 mtu 70000: that is not a number of octets; as in: ifconfig em0 mtu 1500"),
        ("10.1.0.256", "em0 10.1.0.256: that is not an address; as in: ifconfig em0 10.1.0.2/24"),
        ("10.1.0.2/33", "em0 10.1.0.2/33: that is not an address; as in: ifconfig em0 10.1.0.2/24"),
        ("10.1.0.2 netmask 255.0.255.0",
         "em0 netmask 255.0.255.0: that is not a mask with contiguous ones; as in: ifconfig em0 10.1.0.2 netmask 255.255.255.0"),
        ("netmask 255.255.255.0", "em0 netmask: there is no address before it; as in: ifconfig em0 10.1.0.2 netmask"),
        ("10.1.0.2 10.1.0.1", "em0 10.1.0.1: em0 is no point-to-point interface; give one address"),
        ("inet6 10.1.0.2", "em0 10.1.0.2: that is no IPv6 address; leave inet6 out, or give another address"),
        ("fd00::1 broadcast 10.0.0.255", "em0 broadcast: an IPv6 address has none; use prefixlen"),
        ("vlan 4095 vlanif em1", "em0 vlan 4095: that is not a tag from 1 to 4094; as in: ifconfig em0 vlan 5 vlanif em0"),
        ("vlan 5", "em0 vlan: a VLAN needs a tag and a parent; as in: ifconfig em0 vlan 5 vlanif em0"),
        ("delete", "em0 delete: the address is missing; as in: ifconfig em0 10.1.0.2 delete"),
        ("destroy up", "em0 destroy: it cannot be changed and destroyed at once; give destroy alone"),
        ("frobnicate", "em0 frobnicate: unknown word; see: ifconfig --help"),
    ])
    func `what makes no sense is refused in one line`(words: String, line: String) {
        #expect {
            try IfconfigWords("em0", words.split(separator: " ").map(String.init))
        } throws: {
            ($0 as? ToolFailure)?.text("ifconfig") == "ifconfig: \(line)\n" && ($0 as? ToolFailure)?.exit == 64
        }
    }
}
