import Testing
import Wire

@Suite struct PrefixTests {
    @Test func `an IPv4 prefix knows its mask, network and broadcast`() throws {
        let prefix = try #require(IPv4Prefix("192.0.2.77/26"))
        #expect(prefix.netmask.description == "255.255.255.192")
        #expect(prefix.network.description == "192.0.2.64")
        #expect(prefix.broadcast?.description == "192.0.2.127")
        #expect(prefix.description == "192.0.2.77/26")
        #expect(prefix.networkPrefix.description == "192.0.2.64/26")
        #expect(prefix.contains(IPv4Address("192.0.2.127")!) && !prefix.contains(IPv4Address("192.0.2.128")!))
    }

    @Test(arguments: 0...32)
    func `an IPv4 prefix contains its ends and nothing beside them`(length: Int) throws {
        let prefix = try #require(IPv4Prefix(IPv4Address(0x5a5a_5a5a), length: length))
        let first = prefix.network.value, last = first | ~prefix.netmask.value
        #expect(prefix.contains(IPv4Address(first)) && prefix.contains(IPv4Address(last)))
        if length > 0 {
            #expect(!prefix.contains(IPv4Address(first &- 1)) && !prefix.contains(IPv4Address(last &+ 1)))
        }
        #expect(IPv4Prefix(prefix.address, netmask: prefix.netmask) == prefix)
    }

    @Test func `RFC 3021 prefixes of 31 and host routes have no broadcast address`() {
        #expect(IPv4Prefix("192.0.2.0/31")?.broadcast == nil && IPv4Prefix("192.0.2.0/32")?.broadcast == nil)
        #expect(IPv4Prefix("192.0.2.0/30")?.broadcast != nil)
    }

    @Test func `a mask with a hole is refused`() {
        #expect(IPv4Prefix(.loopback, netmask: IPv4Address("255.0.255.0")!) == nil)
        #expect(IPv4Prefix(.loopback, netmask: IPv4Address("0.0.0.255")!) == nil)
    }

    @Test(arguments: ["", "/", "/24", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/024", "1.2.3.4/24/", "1.2.3/24"])
    func `any other IPv4 text is refused`(text: String) { #expect(IPv4Prefix(text) == nil) }

    @Test(arguments: ["", "/", "::/129", "::/", "::/0x1", "::1%em0/64", "fe80::/64/", "1.2.3.4/24"])
    func `any other IPv6 text is refused`(text: String) { #expect(IPv6Prefix(text) == nil) }

    @Test func `an address alone is a host route`() {
        #expect(IPv4Prefix("192.0.2.1")?.length == 32 && IPv6Prefix("::1")?.length == 128)
    }

    @Test(arguments: 0...128)
    func `an IPv6 prefix contains its ends and nothing beside them`(length: Int) throws {
        let sample = IPv6Address(high: 0x5a5a_5a5a_5a5a_5a5a, low: 0x5a5a_5a5a_5a5a_5a5a)
        let prefix = try #require(IPv6Prefix(sample, length: length))
        let mask = prefix.netmask
        #expect(mask.high.nonzeroBitCount + mask.low.nonzeroBitCount == length)
        #expect(prefix.contains(prefix.network))
        #expect(prefix.contains(IPv6Address(high: sample.high | ~mask.high, low: sample.low | ~mask.low)))
        guard length > 0 else { return }
        let bit = length - 1  // the last bit of the prefix
        let outside = IPv6Address(
            high: sample.high ^ (bit < 64 ? 1 << UInt64(63 - bit) : 0), low: sample.low ^ (bit < 64 ? 0 : 1 << UInt64(127 - bit)))
        #expect(!prefix.contains(outside))
        #expect(sample.commonPrefixLength(outside) == bit)
    }
}
