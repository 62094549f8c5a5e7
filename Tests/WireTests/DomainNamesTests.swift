import Testing
import Wire

@Suite struct DomainNamesTests {
    /// The names of a search list whose list is `text`, padded to a multiple of 8 octets.
    static func names(_ text: String) throws(WireError) -> [String] {
        var list = octets(text)
        list += Array(repeating: 0, count: (8 - list.count % 8) % 8)
        let message = octets("8500 0000 0000 0000 1f") + [UInt8(1 + list.count / 8)] + octets("0000 0000 0000") + list
        let view = try NeighborDiscoveryView(message.raw)
        var options = view.options
        guard case .searchList(_, let range) = options.next() else { return [] }
        return try options.domainNames(in: range)
    }

    @Test func `names read in order`() throws {
        #expect(try Self.names("0161 0162 00 03632d5f 00") == ["a.b", "c-_"])
    }

    @Test(arguments: [
        "00", "c000 0000", "4061", "0161 0a62 0000 0000", "0120 00", "012e 00", "0100 00", "01ff 00",
        String(repeating: "3f" + String(repeating: "61", count: 63), count: 4) + "00",
    ])
    func `a bad name is a bad option`(text: String) { #expect(throws: WireError.badOption) { try Self.names(text) } }

    @Test func `RFC 1035 2.3.4 a name of 253 octets is the longest`() throws {
        let label = "3f" + String(repeating: "61", count: 63)
        let last = "3d" + String(repeating: "62", count: 61)
        #expect(try Self.names(label + label + label + last + "00").first?.utf8.count == 253)
    }
}
