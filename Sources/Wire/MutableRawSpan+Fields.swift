// The one home of unchecked stores: `write(into:)` of a value checks the room once, then stores at constant offsets.
// A buffer that is too small is this program's mistake, never the peer's, so it traps.
extension MutableRawSpan {
    /// Traps unless `count` octets fit: called once at the start of each `write(into:)`.
    @inlinable @inline(__always)
    func requireRoom(_ count: Int) {
        precondition(byteCount >= count, "buffer smaller than the header")
    }

    @inlinable @inline(__always) @_lifetime(self: copy self)
    mutating func storeNative<T: BitwiseCopyable>(_ value: T, _ offset: Int) {
        assert(offset >= 0 && offset <= byteCount - MemoryLayout<T>.size)
        // SAFETY: `requireRoom` has proven that the octets exist; T is an integer, so every octet is initialised.
        unsafe storeBytes(of: value, toUncheckedByteOffset: offset, as: T.self)
    }

    @inlinable @inline(__always) @_lifetime(self: copy self)
    mutating func store8(_ value: UInt8, _ offset: Int) { storeNative(value, offset) }

    @inlinable @inline(__always) @_lifetime(self: copy self)
    mutating func store16(_ value: UInt16, _ offset: Int) { storeNative(value.bigEndian, offset) }

    @inlinable @inline(__always) @_lifetime(self: copy self)
    mutating func store32(_ value: UInt32, _ offset: Int) { storeNative(value.bigEndian, offset) }

    @inlinable @inline(__always) @_lifetime(self: copy self)
    mutating func store64(_ value: UInt64, _ offset: Int) { storeNative(value.bigEndian, offset) }

    @inlinable @inline(__always) @_lifetime(self: copy self)
    mutating func storeMAC(_ address: MACAddress, _ offset: Int) {
        store32(UInt32(truncatingIfNeeded: address.value &>> 16), offset)
        store16(UInt16(truncatingIfNeeded: address.value), offset &+ 4)
    }

    @inlinable @inline(__always) @_lifetime(self: copy self)
    mutating func storeIPv6(_ address: IPv6Address, _ offset: Int) {
        store64(address.high, offset)
        store64(address.low, offset &+ 8)
    }
}
