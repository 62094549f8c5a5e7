public import CDriver

// Many buffers at once: a stretch of the ring that does not go round its end is opened for one loop, whose own condition is then the
// check of every index.

extension DescriptorRing {
    /// A stretch of free descriptors, and the buffers that the stack offers for them.
    // SAFETY: made by `handOver(_:from:_:)` alone: `count` descriptors and places from the ring's `first`, `count` buffers of the
    // list; none can go or move while this borrows them. Every index is checked against `count`.
    @safe @frozen public struct Offered: ~Escapable {
        @usableFromInline let descriptors: UnsafeMutableRawPointer
        @usableFromInline let places: UnsafeMutablePointer<Buffer>
        @usableFromInline let list: UnsafePointer<Buffer>
        public let count: Int
        /// The ring's position of the first.
        public let first: Int

        @inlinable @inline(__always) @_lifetime(borrow ring)
        init(_ ring: borrowing DescriptorRing, _ list: UnsafePointer<Buffer>, at first: Int, count: Int) {
            unsafe descriptors = ring.base + first &* Layout.octets
            unsafe places = ring.held.base + first
            unsafe self.list = list
            (self.first, self.count) = (first, count)
        }

        /// What is said of a buffer, to look at.
        @inlinable public subscript(_ index: Int) -> Buffer {
            @inline(__always) unsafeAddress {
                precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
                return unsafe list + index
            }
        }

        /// Writes eight octets of a descriptor, from its octet `field`.
        @inlinable @inline(__always)
        public func store64(_ index: Int, _ field: Int, _ value: UInt64) {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count) && field >= 0 && field <= Layout.octets &- 8)
            unsafe drydock_store64(descriptors + (index &* Layout.octets &+ field), value)
        }

        /// Moves the buffer into the ring, without its flags and its VLAN tag.
        @inlinable @inline(__always)
        public func move(_ index: Int) {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            let from = unsafe UnsafeRawPointer(list + index), to = unsafe UnsafeMutableRawPointer(places + index)
            unsafe Buffer.copy(from, to, third: drydock_load64(from + 16), fourth: UInt64(drydock_load32(from + 28)) &<< 32)
        }
    }

    /// A stretch of descriptors that the device holds, and room for their buffers with the stack.
    // SAFETY: made by `takeBack(_:from:_:)` alone; as ``Offered``, with `count` elements of the span that the buffers go to.
    @safe @frozen public struct Held: ~Escapable {
        @usableFromInline let descriptors: UnsafeRawPointer
        @usableFromInline let places: UnsafePointer<Buffer>
        @usableFromInline let out: UnsafeMutablePointer<Buffer>
        public let count: Int
        /// The ring's position of the first.
        public let first: Int

        @inlinable @inline(__always) @_lifetime(borrow ring)
        init(_ ring: borrowing DescriptorRing, _ out: UnsafeMutablePointer<Buffer>, at first: Int, count: Int) {
            unsafe descriptors = UnsafeRawPointer(ring.base) + first &* Layout.octets
            unsafe places = UnsafePointer(ring.held.base) + first
            unsafe self.out = out
            (self.first, self.count) = (first, count)
        }

        /// Four octets of a descriptor from its octet `field`: one access, no wider than what devices write, which processors hand
        /// from a store that has just been made to a load.
        @inlinable @inline(__always)
        public func load32(_ index: Int, _ field: Int) -> UInt32 {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count) && field >= 0 && field <= Layout.octets &- 4)
            return unsafe drydock_load32(descriptors + (index &* Layout.octets &+ field))
        }

        /// Moves the buffer to the stack, without flags; `length`, if any, is that of the frame now in it.
        @inlinable @inline(__always)
        public func move(_ index: Int, length: Int? = nil) {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            let from = unsafe UnsafeRawPointer(places + index), to = unsafe UnsafeMutableRawPointer(out + index)
            var third = unsafe drydock_load64(from + 16)
            if let length {
                // The length pushed in below and turned to the top: no mask as wide as a word.
                third = third &<< 16 | UInt64(truncatingIfNeeded: length)
                third = third &>> 16 | third &<< 48
            }
            unsafe Buffer.copy(from, to, third: third, fourth: drydock_load64(from + 24))
        }

        /// A buffer that was moved: what is left to say of its frame.
        @inlinable public subscript(_ index: Int) -> Buffer {
            @inline(__always) unsafeAddress {
                precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
                return unsafe UnsafePointer(out + index)
            }
            @inline(__always) nonmutating unsafeMutableAddress {
                precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
                return unsafe out + index
            }
        }
    }

    /// Where the descriptors are.
    @inlinable @inline(__always)
    var base: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(memory.memory.memory.unsafelyUnwrapped) }

    /// Hands buffers of `list` from `start` on over, as far as there is room before the ring's end: `body` writes their descriptors,
    /// moves them, and returns how many. Returns the end of what was taken; at the ring's end, another call goes on at its start.
    @inlinable @inline(__always)
    public mutating func handOver(_ list: Span<Buffer>, from start: Int, _ body: (Offered) -> Int) -> Int {
        precondition(start >= 0)
        let count = min(list.count &- start, min(cursor.free, cursor.size &- cursor.tail))
        guard count > 0 else { return start }
        // SAFETY: the list has `count` buffers from `start` on, the ring as many free descriptors from its tail on.
        let buffers = unsafe list.withUnsafeBufferPointer { $0.baseAddress }
        let done = body(unsafe Offered(self, buffers.unsafelyUnwrapped + start, at: cursor.tail, count: count))
        precondition(UInt(bitPattern: done) <= UInt(bitPattern: count))
        cursor.fill(upTo: cursor.position(cursor.tail, plus: done))
        return start &+ done
    }

    /// Takes the oldest buffers back into `out` from `start` on, as far as the ring's end: `body` looks at their descriptors, moves
    /// those of which the device is done, and returns how many. Returns the end of what is filled.
    @inlinable @inline(__always)
    public mutating func takeBack(_ out: inout MutableSpan<Buffer>, from start: Int, _ body: (Held) -> Int) -> Int {
        precondition(start >= 0)
        let count = min(out.count &- start, min(cursor.used, cursor.size &- cursor.head))
        guard count > 0 else { return start }
        // SAFETY: the span has `count` places from `start` on, the device as many descriptors from the ring's head on.
        let buffers = unsafe out.withUnsafeMutableBufferPointer { $0.baseAddress }
        let done = body(unsafe Held(self, buffers.unsafelyUnwrapped + start, at: cursor.head, count: count))
        precondition(UInt(bitPattern: done) <= UInt(bitPattern: count))
        cursor.clean(upTo: cursor.position(cursor.head, plus: done))
        return start &+ done
    }

    /// The same with what is noted beside the descriptors.
    @inlinable @inline(__always)
    public mutating func handOver<Note: BitwiseCopyable>(_ list: Span<Buffer>, from start: Int, beside notes: borrowing OwnedArray<Note>,
                                                         _ body: (Offered, OpenArray<Note>) -> Int) -> Int {
        handOver(list, from: start) { run in body(run, OpenArray(notes, run.first, run.count)) }
    }
    @inlinable @inline(__always)
    public mutating func takeBack<Note: BitwiseCopyable>(_ out: inout MutableSpan<Buffer>, from start: Int, beside notes: borrowing OwnedArray<Note>,
                                                         _ body: (Held, OpenArray<Note>) -> Int) -> Int {
        takeBack(&out, from: start) { run in body(run, OpenArray(notes, run.first, run.count)) }
    }
}

extension Buffer {
    // Copies of whole buffers, eight octets at a time and each changed in a register: a load that is wider than a store just made
    // to the same octets has to wait for it, which a frame that goes straight through would do at every step.
    // SAFETY: a buffer is five words of eight octets in the contract's order; little-endian, the length is the upper quarter of the
    // third, the flags are the lowest quarter of the fourth.
    @inlinable @inline(__always)
    static func copy(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, third: UInt64, fourth: UInt64) {
        unsafe drydock_store64(to, drydock_load64(from))
        unsafe drydock_store64(to + 8, drydock_load64(from + 8))
        unsafe drydock_store64(to + 16, third)
        unsafe drydock_store64(to + 24, fourth)
        unsafe drydock_store64(to + 32, drydock_load64(from + 32))
    }
}

/// A stretch of an ``OwnedArray``, opened for one loop: what a driver notes beside the descriptors.
// SAFETY: the owner cannot go or move while this borrows it; `init` has compared the stretch with it, and every index is checked.
@safe @frozen public struct OpenArray<Element: BitwiseCopyable>: ~Escapable {
    @usableFromInline let base: UnsafeMutablePointer<Element>
    @usableFromInline let count: Int

    @inlinable @inline(__always) @_lifetime(borrow owner)
    init(_ owner: borrowing OwnedArray<Element>, _ first: Int, _ count: Int) {
        precondition(first >= 0 && count >= 0 && first <= owner.count &- count)
        unsafe base = owner.base + first
        self.count = count
    }

    @inlinable public subscript(_ index: Int) -> Element {
        @inline(__always) unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe UnsafePointer(base + index)
        }
        @inline(__always) nonmutating unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe base + index
        }
    }
}
