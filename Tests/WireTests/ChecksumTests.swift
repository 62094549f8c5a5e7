import Testing
import Wire

@Suite struct ChecksumTests {
    /// One octet pair at a time, as RFC 1071 §1 says it.
    static func slow(_ octets: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: octets.count, by: 2) {
            sum += UInt32(octets[index]) << 8 | UInt32(index + 1 < octets.count ? octets[index + 1] : 0)
            sum = (sum & 0xffff) + sum >> 16
        }
        return ~UInt16(sum)
    }

    static func random(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    @Test func `the example of RFC 1071 section 3 sums to ddf2`() {
        let example = octets("0001 f203 f4f5 f6f7")
        #expect(~Checksum(example.raw).value == 0xddf2)
    }

    @Test func `every length agrees with the slow reference`() {
        var generator = SeededGenerator(state: 1)
        for length in Array(0...200) + [1459, 1460, 1500, 9000, 65_535] {
            let sample = Self.random(length, &generator)
            #expect(Checksum(sample.raw).value == Self.slow(sample), "length \(length)")
        }
    }

    @Test func `all ones do not overflow a lane over two megaoctets and more`() {
        let sample = [UInt8](repeating: 0xff, count: 32 * 65_536 + 97)
        #expect(Checksum(sample.raw).value == Self.slow(sample))
    }

    @Test func `a carry out of every word, and one that makes another, goes round`() {
        for length in [128, 192, 256, 1480] {
            for place in stride(from: 0, to: min(length, 128), by: 8) {
                var sample = [UInt8](repeating: 0xff, count: length)
                sample[place] = 1
                #expect(Checksum(sample.raw).value == Self.slow(sample), "length \(length), \(place)")
                sample = [UInt8](repeating: 0, count: length)
                for k in place..<min(place + 24, length) { sample[k] = 0xff }
                #expect(Checksum(sample.raw).value == Self.slow(sample), "length \(length), \(place)")
            }
        }
    }

    @Test func `parts of odd lengths sum to the whole`() {
        var generator = SeededGenerator(state: 2)
        for _ in 0..<500 {
            let sample = Self.random(Int.random(in: 0...300, using: &generator), &generator)
            let cuts = (0..<3).map { _ in Int.random(in: 0...sample.count, using: &generator) }.sorted()
            var sum = Checksum()
            for (start, end) in zip([0] + cuts, cuts + [sample.count]) {
                sum.add(sample.raw.extracting(start..<end))
            }
            #expect(sum.value == Self.slow(sample), "cut at \(cuts) of \(sample.count)")
        }
    }

    @Test func `fields add as their octets would`() {
        let sample = octets("1234 89ab cdef 0011 2233 4455 6677")
        var sum = Checksum()
        sum.add(UInt16(0x1234))
        sum.add(UInt32(0x89ab_cdef))
        sum.add(UInt64(0x0011_2233_4455_6677))
        #expect(sum.value == Self.slow(sample))
    }

    @Test func `an update agrees with a new sum`() {
        var generator = SeededGenerator(state: 3)
        for _ in 0..<1000 {
            var sample = Self.random(20, &generator)
            let before = Checksum(sample.raw).value
            let old = UInt16(sample[8]) << 8 | UInt16(sample[9]), new = UInt16.random(in: 0...0xffff, using: &generator)
            sample[8] = UInt8(new >> 8)
            sample[9] = UInt8(new & 0xff)
            #expect(Checksum.updated(before, from: old, to: new) == Self.slow(sample))
        }
    }

    @Test func `the example of RFC 1624 section 4 stays valid`() {
        #expect(Checksum.updated(0xdd2f, from: 0x5555, to: 0x3285) == 0x0000)
    }

    @Test func `pseudo headers sum as their octets would`() {
        let four = octets("c000 0201 ffff ff02 00 11 fffe")
        let sum4 = Checksum(
            source: IPv4Address(192, 0, 2, 1), destination: IPv4Address(0xffff_ff02), next: .udp, octets: 0xfffe)
        #expect(sum4.value == Self.slow(four))
        let six = octets("2001 0db8 ffff ffff ffff ffff ffff 0001 ff02 0000 0000 0000 0000 0001 ffff ffff 0001 0002 000000 3a")
        let sum6 = Checksum(
            source: IPv6Address(high: 0x2001_0db8_ffff_ffff, low: 0xffff_ffff_ffff_0001),
            destination: IPv6Address(high: 0xff02_0000_0000_0000, low: 0x1_ffff_ffff), next: .icmpv6, octets: 0x1_0002)
        #expect(sum6.value == Self.slow(six))
    }

    @Test func `a message that holds its checksum is valid, and one bit makes it not`() {
        var sample = octets("0800 0000 1234 0001 61")
        let value = Checksum(sample.raw).value
        sample[2] = UInt8(value >> 8)
        sample[3] = UInt8(value & 0xff)
        #expect(Checksum(sample.raw).isValid)
        #expect(!Checksum(changed(sample, 8, 0x60).raw).isValid)
    }
}
