// The one home of unchecked loads. A view proves in its init that its octets are there, once; its accessors then load
// at constant offsets below what was proven. A check per field doubles the cost of parsing, measured. Debug builds
// check every load all the same.
extension RawSpan {
    @inlinable @inline(__always)
    func load8(_ offset: Int) -> UInt8 {
        assert(offset >= 0 && offset < byteCount)
        // SAFETY: any bit pattern is a valid integer; the caller's init has proven that the octet exists.
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    @inlinable @inline(__always)
    func load16(_ offset: Int) -> UInt16 { UInt16(bigEndian: loadNative(offset)) }

    @inlinable @inline(__always)
    func load32(_ offset: Int) -> UInt32 { UInt32(bigEndian: loadNative(offset)) }

    @inlinable @inline(__always)
    func load64(_ offset: Int) -> UInt64 { UInt64(bigEndian: loadNative(offset)) }

    /// In this machine's octet order: for sums that do not depend on it (RFC 1071 §2, part B).
    @inlinable @inline(__always)
    func loadNative<T: BitwiseCopyable>(_ offset: Int, as _: T.Type = T.self) -> T {
        assert(offset >= 0 && offset <= byteCount - MemoryLayout<T>.size)
        // SAFETY: used with integers and vectors of integers only, for which any bit pattern is valid; the caller's
        // init has proven that the octets exist.
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self)
    }

    @inlinable @inline(__always)
    func loadMAC(_ offset: Int) -> MACAddress {
        MACAddress(value: UInt64(load32(offset)) &<< 16 | UInt64(load16(offset &+ 4)))
    }

    @inlinable @inline(__always)
    func loadIPv4(_ offset: Int) -> IPv4Address { IPv4Address(load32(offset)) }

    @inlinable @inline(__always)
    func loadIPv6(_ offset: Int) -> IPv6Address { IPv6Address(high: load64(offset), low: load64(offset &+ 8)) }

    /// The octets of `range`, which the caller's init has proven to lie inside.
    @inlinable @inline(__always) @_lifetime(copy self)
    func part(_ range: Range<Int>) -> RawSpan {
        assert(range.lowerBound >= 0 && range.upperBound <= byteCount)
        // SAFETY: the caller has proven 0 <= lowerBound <= upperBound <= byteCount; debug builds check it above.
        return unsafe extracting(unchecked: range)
    }

    /// The octets from `start` up to `end`, both proven by the caller's init; no order check is left in release code.
    @inlinable @inline(__always) @_lifetime(copy self)
    func part(_ start: Int, _ end: Int) -> RawSpan {
        assert(start <= end)
        // SAFETY: as above; the order is what the caller has proven too.
        return part(unsafe Range(uncheckedBounds: (lower: start, upper: end)))
    }

    /// The octets from `offset` on, which the caller's init has proven not to exceed the length.
    @inlinable @inline(__always) @_lifetime(copy self)
    func from(_ offset: Int) -> RawSpan { part(offset, byteCount) }
}
