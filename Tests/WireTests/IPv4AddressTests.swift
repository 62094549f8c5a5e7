import Testing
import Wire

@Suite struct IPv4AddressTests {
    @Test(arguments: [("0.0.0.0", 0), ("192.0.2.1", 0xc000_0201), ("255.255.255.255", 0xffff_ffff), ("1.20.100.9", 0x0114_6409)])
    func `the dotted form parses and prints`(text: String, value: UInt32) {
        #expect(IPv4Address(text)?.value == value)
        #expect(IPv4Address(value).description == text)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1.2..4", ".1.2.3", "1.2.3.", " 1.2.3.4", "1.2.3.4 ",
        "0x1.2.3.4", "1.2.3.-4", "+1.2.3.4", "1.2.3.1000", "1.2.3.4\0",
    ])
    func `any other text is refused`(text: String) { #expect(IPv4Address(text) == nil) }

    @Test func `classes end where their RFCs say`() {
        let address = { (text: String) in IPv4Address(text)! }
        #expect(address("224.0.0.0").isMulticast && address("239.255.255.255").isMulticast)
        #expect(!address("223.255.255.255").isMulticast && !address("240.0.0.0").isMulticast)
        #expect(address("127.255.255.255").isLoopback && !address("128.0.0.0").isLoopback)
        #expect(address("169.254.1.0").isLinkLocal && !address("169.255.0.0").isLinkLocal)
        #expect(address("224.0.0.255").isLinkLocalMulticast && !address("224.0.1.0").isLinkLocalMulticast)
        #expect(address("172.31.255.255").isPrivate && !address("172.32.0.0").isPrivate && address("10.0.0.1").isPrivate)
        #expect(address("240.0.0.1").isReserved && !IPv4Address.limitedBroadcast.isReserved)
        #expect(address("192.0.2.1").isUnicast && !address("0.0.0.1").isUnicast && !IPv4Address.limitedBroadcast.isUnicast)
    }
}
