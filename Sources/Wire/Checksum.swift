/// A partial Internet checksum: a ones' complement sum that grows span by span. RFC 1071.
///
/// Spans may have odd lengths; what follows an odd span is added with its octets swapped (RFC 1071 §2, part B), so the
/// sum is that of the concatenation. Words are added in this machine's octet order, and swapped once, at the end.
///
/// - Complexity: about a fifth of an instruction an octet of payload; no allocation.
@frozen public struct Checksum: Equatable, Sendable {
    /// Folded to 16 bits, this machine's octet order.
    @usableFromInline var sum: UInt16
    @usableFromInline var isOdd: Bool

    @inline(always) public init() {
        sum = 0
        isOdd = false
    }

    /// The sum of `octets` alone.
    @inlinable public init(_ octets: RawSpan) {
        self.init()
        add(octets)
    }

    /// Adds every octet of a span.
    @inlinable public mutating func add(_ octets: RawSpan) {
        addFolded(octets.byteCount <= 64 ? Self.sumShort(octets) : Self.sumLong(octets))
        isOdd = isOdd != (octets.byteCount & 1 != 0)
    }

    /// Adds a 16-bit field that would stand at this place.
    @inline(always) public mutating func add(_ field: UInt16) { addFolded(field.bigEndian) }

    /// Adds a 32-bit field that would stand at this place.
    @inline(always) public mutating func add(_ field: UInt32) {
        addFolded(Self.fold(UInt64(field.bigEndian)))
    }

    /// Adds a 64-bit field that would stand at this place.
    @inline(always) public mutating func add(_ field: UInt64) {
        let native = field.bigEndian
        addFolded(Self.fold((native & 0xffff_ffff) &+ native &>> 32))
    }

    @inlinable @inline(__always) mutating func addFolded(_ part: UInt16) {
        let (total, carry) = sum.addingReportingOverflow(isOdd ? part.byteSwapped : part)
        sum = total &+ (carry ? 1 : 0)
    }

    /// The value for the checksum field: the complement of the sum.
    @inline(always) public var value: UInt16 { ~UInt16(bigEndian: sum) }

    /// True when the span summed held a checksum field that makes it valid: the sum is all ones. RFC 1071 §1 (3).
    @inline(always) public var isValid: Bool { sum == 0xffff }

    /// The checksum after one 16-bit word under it has changed. RFC 1624 §3, equation 3.
    @inlinable public static func updated(_ checksum: UInt16, from old: UInt16, to new: UInt16) -> UInt16 {
        ~fold(UInt64(~checksum) &+ UInt64(~old) &+ UInt64(new))
    }

    @inlinable @inline(__always) static func fold(_ wide: UInt64) -> UInt16 {
        var sum = (wide & 0xffff_ffff) &+ wide &>> 32
        sum = (sum & 0xffff) &+ (sum &>> 16 & 0xffff) &+ sum &>> 32
        sum = (sum & 0xffff) &+ sum &>> 16
        return UInt16(truncatingIfNeeded: (sum & 0xffff) &+ sum &>> 16)
    }

    /// 64-bit words with an end-around carry: the fastest for a header, measured.
    @inlinable static func sumShort(_ octets: RawSpan) -> UInt16 {
        let count = octets.byteCount
        var sum: UInt64 = 0, carries: UInt64 = 0, offset = 0
        while offset &+ 8 <= count {
            let (total, carry) = sum.addingReportingOverflow(octets.loadNative(offset))
            sum = total
            carries &+= carry ? 1 : 0
            offset &+= 8
        }
        let tail = sumTail(octets, from: offset)
        return fold((sum & 0xffff_ffff) &+ sum &>> 32 &+ carries &+ tail)
    }

    /// The last 0...7 octets as native 16-bit words; a last odd octet is padded with a zero after it.
    @inlinable @inline(__always) static func sumTail(_ octets: RawSpan, from start: Int) -> UInt64 {
        let count = octets.byteCount
        var sum: UInt64 = 0, offset = start
        if offset &+ 4 <= count {
            sum &+= UInt64(octets.loadNative(offset, as: UInt32.self))
            offset &+= 4
        }
        if offset &+ 2 <= count {
            sum &+= UInt64(octets.loadNative(offset, as: UInt16.self))
            offset &+= 2
        }
        if offset < count { sum &+= UInt64((UInt16(octets.load8(offset)) &<< 8).bigEndian) }
        return sum
    }

    /// Two chains of eight words each a turn, every addition taking the carry of the one before: one instruction for 8
    /// octets where vectors take four for 16. Measured alone, in the cache, a full segment takes 41 ns so and 33 ns by
    /// vectors, of about 2000 ns that it takes in all.
    @usableFromInline static func sumLong(_ octets: RawSpan) -> UInt16 {
        var even: UInt64 = 0, odd: UInt64 = 0, offset = 0, blocks = octets.byteCount &>> 7
        while blocks > 0 {
            even = chained(even, octets, offset)
            odd = chained(odd, octets, offset &+ 64)
            offset &+= 128
            blocks &-= 1
        }
        let total = (even & 0xffff_ffff) &+ even &>> 32 &+ (odd & 0xffff_ffff) &+ odd &>> 32
        return fold(total &+ UInt64(sumShort(octets.from(offset))))
    }

    /// The sum of eight words and `start`, the last carry added at the front. Written out: as a loop it becomes branches.
    @inline(__always) private static func chained(_ start: UInt64, _ octets: RawSpan, _ offset: Int) -> UInt64 {
        var sum = start, carry: UInt8 = 0
        add(octets.loadNative(offset), to: &sum, &carry)
        add(octets.loadNative(offset &+ 8), to: &sum, &carry)
        add(octets.loadNative(offset &+ 16), to: &sum, &carry)
        add(octets.loadNative(offset &+ 24), to: &sum, &carry)
        add(octets.loadNative(offset &+ 32), to: &sum, &carry)
        add(octets.loadNative(offset &+ 40), to: &sum, &carry)
        add(octets.loadNative(offset &+ 48), to: &sum, &carry)
        add(octets.loadNative(offset &+ 56), to: &sum, &carry)
        add(0, to: &sum, &carry)
        return sum &+ UInt64(carry)
    }

    /// `adc`: of the two additions at most one overflows.
    @inline(__always) private static func add(_ word: UInt64, to sum: inout UInt64, _ carry: inout UInt8) {
        let (partial, first) = sum.addingReportingOverflow(word)
        let (total, second) = partial.addingReportingOverflow(UInt64(carry))
        sum = total
        // SAFETY: a Bool is an octet, 0 or 1; asked for by `?`, `||` or `!=` it would become a branch.
        carry = unsafe unsafeBitCast(first, to: UInt8.self) | unsafeBitCast(second, to: UInt8.self)
    }

    /// Of exactly 20 octets: an IP header without options.
    @inlinable @inline(__always) static func sumHeader(_ octets: RawSpan) -> UInt16 {
        let wide = UInt128(octets.loadNative(0, as: UInt64.self)) &+ UInt128(octets.loadNative(8, as: UInt64.self))
            &+ UInt128(octets.loadNative(16, as: UInt32.self))
        let words = UInt64(truncatingIfNeeded: wide), carries = UInt64(truncatingIfNeeded: wide &>> 64)
        return fold((words & 0xffff_ffff) &+ words &>> 32 &+ carries)
    }
}

extension Checksum {
    /// The sum of an IPv4 pseudo-header. RFC 768, RFC 9293 §3.1.
    ///
    /// - Parameter octets: the length of the upper-layer packet, its header included.
    @inlinable public init(source: IPv4Address, destination: IPv4Address, next: IPProtocol, octets: Int) {
        let wide = UInt64(source.value) &+ UInt64(destination.value) &+ UInt64(next.rawValue)
        self.init()
        sum = Self.fold(wide &+ UInt64(truncatingIfNeeded: octets)).bigEndian
    }

    /// The sum of an IPv6 pseudo-header. RFC 8200 §8.1.
    ///
    /// - Parameter octets: the length of the upper-layer packet, its header included; extension headers excluded.
    @inlinable public init(source: IPv6Address, destination: IPv6Address, next: IPProtocol, octets: Int) {
        let low32: UInt64 = 0xffff_ffff
        var wide = (source.high & low32) &+ source.high &>> 32 &+ (source.low & low32) &+ source.low &>> 32
        wide &+= (destination.high & low32) &+ destination.high &>> 32 &+ (destination.low & low32) &+ destination.low &>> 32
        self.init()
        sum = Self.fold(wide &+ UInt64(next.rawValue) &+ UInt64(truncatingIfNeeded: octets)).bigEndian
    }
}
