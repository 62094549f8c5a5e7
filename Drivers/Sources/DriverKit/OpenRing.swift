public import CDriver

/// A table of ``OwnedArray``, opened for the length of one batch: base and size are locals, which no store to descriptor
/// memory makes the compiler read again.
// SAFETY: the owner cannot go or move while this borrows it; every index is checked against `count`, which `init` has
// compared with the owner's.
@safe @frozen public struct OpenArray<Element: BitwiseCopyable>: ~Escapable {
    @usableFromInline let base: UnsafeMutablePointer<Element>
    @usableFromInline let count: Int

    @inlinable @inline(__always) @_lifetime(borrow owner)
    init(_ owner: borrowing OwnedArray<Element>, _ count: Int) {
        precondition(UInt(bitPattern: count) <= UInt(bitPattern: owner.count))
        unsafe base = owner.base
        self.count = count
    }

    /// Where the element is; traps when it is not inside.
    @inlinable @inline(__always)
    func place(_ index: Int) -> UnsafeMutablePointer<Element> {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe base + index
    }

    @inlinable public subscript(_ index: Int) -> Element {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(place(index)) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe place(index) }
    }
}

// Copies of whole buffers, eight octets at a time and each changed in a register: a load that is wider than a store just made
// to the same octets has to wait for it, which a frame that goes straight through would do at every step.
// SAFETY: a buffer is five words of eight octets in the contract's order; little-endian, the length is the upper quarter of the
// third, the flags are the lowest quarter of the fourth.
extension OpenArray where Element == Buffer {
    @inlinable @inline(__always)
    static func copy(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, third: UInt64, fourth: UInt64) {
        unsafe drydock_store64(to, drydock_load64(from))
        unsafe drydock_store64(to + 8, drydock_load64(from + 8))
        unsafe drydock_store64(to + 16, third)
        unsafe drydock_store64(to + 24, fourth)
        unsafe drydock_store64(to + 32, drydock_load64(from + 32))
    }

    /// Keeps `list[n]` at `index`, without its flags and its VLAN tag.
    @inlinable @inline(__always)
    public func keep(_ list: borrowing OpenBatch, _ n: Int, at index: Int) {
        let to = unsafe place(index), from = unsafe UnsafeRawPointer(list.place(n))
        unsafe Self.copy(from, to, third: drydock_load64(from + 16), fourth: UInt64(drydock_load32(from + 28)) &<< 32)
    }

    /// Moves the buffer at `index`, which `keep` has put there, to `out[n]`, without flags; `length`, if any, is that of the frame
    /// now in it.
    @inlinable @inline(__always)
    public func give(_ index: Int, to out: inout MutableSpan<Buffer>, _ n: Int, length: Int? = nil) {
        let from = unsafe UnsafeRawPointer(place(index))
        precondition(UInt(bitPattern: n) < UInt(bitPattern: out.count))
        unsafe out.withUnsafeMutableBufferPointer { buffers in
            let to = unsafe UnsafeMutableRawPointer(buffers.baseAddress.unsafelyUnwrapped + n)
            var third = unsafe drydock_load64(from + 16)
            if let length { third = third & 0xFFFF_FFFF_FFFF | UInt64(truncatingIfNeeded: length) &<< 48 }
            unsafe Self.copy(from, to, third: third, fourth: drydock_load64(from + 24))
        }
    }
}

/// Buffers of a batch that the stack gives, up to one of them: where they lie is looked at once.
// SAFETY: the memory is the span's, which this cannot outlive; `init` has compared `count` with the span's, every index is checked.
@safe @frozen public struct OpenBatch: ~Escapable {
    @usableFromInline let base: UnsafePointer<Buffer>
    @usableFromInline let count: Int

    /// The buffers before `end`.
    @inlinable @inline(__always) @_lifetime(copy list)
    public init(_ list: Span<Buffer>, before end: Int) {
        precondition(end <= list.count)
        unsafe base = list.withUnsafeBufferPointer { unsafe $0.baseAddress.unsafelyUnwrapped }
        count = end
    }

    @inlinable @inline(__always)
    func place(_ index: Int) -> UnsafePointer<Buffer> {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe base + index
    }

    @inlinable public subscript(_ index: Int) -> Buffer {
        @inline(__always) unsafeAddress { unsafe place(index) }
    }
}

/// Descriptors of 16 octets in a ``DMABlock``, opened for the length of one batch.
// SAFETY: the owner cannot go while this borrows it; `init` has compared `count` with the block's length, every index is
// checked, and a half is inside its descriptor.
@safe @frozen public struct OpenDescriptors: ~Escapable {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let count: Int

    @inlinable @inline(__always) @_lifetime(borrow memory)
    init(_ memory: borrowing DMABlock, _ count: Int) {
        precondition(unsafe UInt64(truncatingIfNeeded: count) <= memory.memory.length >> 4)
        unsafe base = UnsafeMutableRawPointer(memory.memory.memory.unsafelyUnwrapped)
        self.count = count
    }

    @inlinable @inline(__always)
    func place(_ index: Int) -> UnsafeMutableRawPointer {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe base + index &* 16
    }

    /// Four octets of a descriptor from its octet `field`, a multiple of 4: one access, no wider than what devices write, which
    /// processors hand from a store that has just been made to a load.
    @inlinable @inline(__always)
    public func load32(_ index: Int, _ field: Int) -> UInt32 {
        precondition(field >= 0 && field <= 12)
        return unsafe drydock_load32(place(index) + field)
    }

    /// Writes a descriptor: the first eight octets, then the second.
    @inlinable @inline(__always)
    public func store(_ index: Int, _ lower: UInt64, _ upper: UInt64) {
        let at = unsafe place(index)
        unsafe drydock_store64(at, lower)
        unsafe drydock_store64(at + 8, upper)
    }
}

extension OwnedArray {
    /// The first `count` values, for one batch.
    @inlinable @inline(__always) @_lifetime(borrow self)
    public func opened(_ count: Int) -> OpenArray<Element> { OpenArray(self, count) }
}

extension DMABlock {
    /// The first `count` descriptors of 16 octets, for one batch.
    @inlinable @inline(__always) @_lifetime(borrow self)
    public func descriptors(_ count: Int) -> OpenDescriptors { OpenDescriptors(self, count) }
}
