import Testing
import Wire

@Suite struct MulticastTests {
    static let group6 = IPv6Address("ff02::fb")!

    static func refusedMLD(_ octets: [UInt8]) -> WireError? {
        refusal(octets) { octets throws(WireError) in _ = try MLDView(octets) }
    }

    static func refusedIGMP(_ octets: [UInt8]) -> WireError? {
        refusal(octets) { octets throws(WireError) in _ = try IGMPView(octets) }
    }

    @Test func `an MLD query reads and writes`() throws {
        let vector = Vectors.mldQuery
        let view = try MLDView(vector.raw)
        check(view.kind == .query && view.group == Self.group6 && view.maximumResponseMilliseconds == 10_000 && !view.isVersion2Query)
        let message = MLDMessage(.query, group: Self.group6, maximumResponseMilliseconds: 10_000)
        #expect(written(24) { message.write(into: &$0) } == vector)
        let report = written(24) { MLDMessage(.report, group: Self.group6, maximumResponseMilliseconds: 7).write(into: &$0) }
        #expect(report == octets("8300 0000 0000 0000") + vector.suffix(16))
    }

    @Test(arguments: 0..<24) func `every prefix of MLD is truncated`(length: Int) {
        #expect(Self.refusedMLD(Array(Vectors.mldQuery.prefix(length))) == .truncated)
    }

    @Test func `RFC 3810 8.1 the length tells MLD query versions apart`() throws {
        #expect(Self.refusedMLD(Vectors.mldQuery + [0, 0]) == .badLength)
        let second = changed(changed(Vectors.mldQuery, 4, 0x80), 5, 0) + [0, 0, 0, 0]
        let view = try MLDView(second.raw)
        check(view.isVersion2Query && view.maximumResponseMilliseconds == 0x1000 << 3)
        #expect(Self.refusedMLD(changed(Vectors.mldQuery, 0, 143)) == .badValue)
    }

    @Test func `an IGMP query reads and writes`() throws {
        let vector = Vectors.igmpQuery
        let view = try IGMPView(vector.raw)
        check(view.queryVersion == .version2 && view.maximumResponseMilliseconds == 10_000 && view.isChecksumValid)
        #expect(written(8) { IGMPMessage(.query, group: .unspecified, maximumResponseTenths: 100).write(into: &$0) } == vector)
    }

    @Test(arguments: 0..<8) func `every prefix of IGMP is truncated`(length: Int) {
        #expect(Self.refusedIGMP(Array(Vectors.igmpQuery.prefix(length))) == .truncated)
    }

    @Test func `RFC 3376 7.1 length and delay tell IGMP query versions apart`() throws {
        let first = changed(Vectors.igmpQuery, 1, 0)
        let one = try IGMPView(first.raw)
        check(one.queryVersion == .version1 && one.maximumResponseMilliseconds == 10_000)
        let third = changed(Vectors.igmpQuery, 1, 0x8f) + [0, 0, 0, 0]
        let three = try IGMPView(third.raw)
        check(three.queryVersion == .version3 && three.maximumResponseMilliseconds == (31 << 3) * 100)
        #expect(Self.refusedIGMP(Vectors.igmpQuery + [0]) == .badLength)
        #expect(Self.refusedIGMP(changed(Vectors.igmpQuery, 0, 0x22)) == .badValue)
    }

    @Test func `a leave is written with a checksum and no delay`() {
        let leave = written(8) { IGMPMessage(.leave, group: IPv4Address(224, 0, 0, 251), maximumResponseTenths: 9).write(into: &$0) }
        #expect(leave == octets("1700 0804 e000 00fb"))
    }
}
