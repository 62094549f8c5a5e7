import Testing
import Wire

@Suite struct IPv4OptionsTests {
    static func kinds(_ text: String) throws(WireError) -> [IPv4Option.Kind] {
        let octets = octets(text)
        var options = IPv4Options(octets.raw), kinds: [IPv4Option.Kind] = []
        while let option = try options.next() { kinds.append(option.kind) }
        return kinds
    }

    @Test func `known options read in order, padding apart`() throws {
        #expect(try Self.kinds("01 94040000 070704c0000201 0000000000") == [.routerAlert, .recordRoute])
        #expect(try Self.kinds("830704c0000201 890704c0000202 4404 0500 8202 00") == [.looseSourceRoute, .strictSourceRoute, .timestamp, .other])
        #expect(try Self.kinds("") == [])
    }

    @Test func `nothing after the end is read`() throws { #expect(try Self.kinds("00 8300") == []) }

    @Test(arguments: [
        "07", "0700", "0701", "0708 04", "0702", "0706 04 000000", "0707 03 00000000", "0707 06 00000000", "4403 05", "4404 0400",
        "9403 00", "9405 000000", "8229",
    ])
    func `a bad length or pointer is a bad option`(text: String) {
        #expect(throws: WireError.badOption) { try Self.kinds(text) }
    }

    @Test func `content is what follows the length`() throws {
        let octets = octets("01 0707 04 c0000201")
        var options = IPv4Options(octets.raw)
        let option = try #require(try options.next())
        check(option.offset == 1 && !option.isCopied && !option.isSourceRoute)
        check(options.content(of: option).array == [4, 0xc0, 0, 2, 1])
    }
}
