import Testing
import Wire

@Suite struct IPv6FragmentTests {
    static let vector = octets("1100 05a9 1234 5678")

    @Test func `the vector reads and writes`() throws {
        let vector = Self.vector
        let fragment = try IPv6Fragment(vector.raw)
        #expect(fragment.next == .udp && fragment.fragmentOffset.octets == 1448 && fragment.moreFragments)
        #expect(fragment.identification == 0x1234_5678 && !fragment.isAtomic)
        #expect(written(8) { fragment.write(into: &$0) } == Self.vector)
        #expect(fragment.description == "fragment at 1448+ of 305419896, UDP")
    }

    @Test(arguments: 0..<8) func `every prefix is truncated`(length: Int) {
        #expect(refusal(Array(Self.vector.prefix(length))) { octets throws(WireError) in _ = try IPv6Fragment(octets) } == .truncated)
    }

    @Test func `reserved bits are ignored`() throws {
        let reserved = octets("11ff 0006 0000 0001")
        #expect(try IPv6Fragment(reserved.raw).isAtomic)
    }
}
