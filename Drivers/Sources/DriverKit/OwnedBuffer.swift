public import CDriver

/// A buffer that this code owns: it cannot be copied, and giving it away is a move.
///
/// `OwnedBuffer(taking: list[n])` is the moment at which the driver takes a buffer over, `out[n] = buffer.surrender()` the
/// one at which it gives it back. In between it lies in a ``DescriptorRing`` or in ``HeldBuffers``: handed over, a use of
/// it does not compile any more. A buffer that is dropped instead of handed on traps, because its slot would be lost for
/// ever: the crash then names the callout. Costs nothing that a plain ``Buffer`` does not cost.
@frozen public struct OwnedBuffer: ~Copyable {
    @usableFromInline var buffer: Buffer

    /// Takes over a buffer of `provideReceive` or `provideTransmit`. Each one once, and only those counted as accepted.
    @inlinable @inline(__always)
    public init(taking buffer: Buffer) { self.buffer = buffer }

    deinit { precondition(buffer.isNone, "a driver dropped a buffer") }

    /// Gives the buffer to the stack: `out[n] = buffer.surrender()`.
    @inlinable @inline(__always)
    public consuming func surrender() -> Buffer {
        let buffer = self.buffer
        discard self
        return buffer
    }

    /// Gives the buffer back empty: what a driver does with all it holds after `stop`.
    @inlinable @inline(__always)
    public consuming func surrenderUnused() -> Buffer {
        var buffer = surrender()
        buffer.length = 0
        buffer.flags = .unused
        return buffer
    }

    /// Of the first octet, as the device must be told.
    @inlinable public var deviceAddress: UInt64 { buffer.deviceAddress }
    /// Octets from there to the slot's end.
    @inlinable public var capacity: Int { buffer.capacity }
    /// Octets of frame in it.
    @inlinable public var length: Int {
        get { buffer.length }
        set { buffer.length = newValue }
    }
    @inlinable public var flags: BufferFlags {
        get { buffer.flags }
        set { buffer.flags = newValue }
    }
    /// 802.1Q tag control information.
    @inlinable public var vlan: UInt16 {
        get { buffer.vlan }
        set { buffer.vlan = newValue }
    }
    /// All that is said of it, to look at.
    @inlinable public var description: Buffer { buffer }
}

/// A fixed number of places, each empty or with one buffer: for devices that finish in any order (descriptor tables,
/// completion rings). For rings that are used in order, ``DescriptorRing`` is less to write.
// SAFETY: `base` holds `count` buffers, which are plain, from init to deinit; every index is checked.
@safe @frozen public struct HeldBuffers: ~Copyable {
    @usableFromInline let base: UnsafeMutablePointer<Buffer>
    public let count: Int

    public init(count: Int) {
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: .none, count: count)
        self.count = count
    }

    /// Whoever lets go of it has taken all buffers out and given them back (the contract says so before `detach`).
    deinit { unsafe base.deallocate() }

    @inlinable @inline(__always)
    func check(_ place: Int) { precondition(UInt(bitPattern: place) < UInt(bitPattern: count)) }

    /// Whether a buffer is there.
    @inlinable @inline(__always)
    public func holds(_ place: Int) -> Bool {
        check(place)
        return unsafe !base[place].isNone
    }

    /// Moves a buffer in. The place is empty, or this traps.
    @inlinable @inline(__always)
    public mutating func put(_ buffer: consuming OwnedBuffer, at place: Int) {
        precondition(!holds(place))
        unsafe base[place] = buffer.surrender()
    }

    /// Moves the buffer out; nil: there is none.
    @inlinable @inline(__always)
    public mutating func take(_ place: Int) -> OwnedBuffer? {
        guard holds(place) else { return nil }
        let buffer = unsafe base[place]
        unsafe base[place] = .none
        return OwnedBuffer(taking: buffer)
    }

    /// What is said of the buffer that is there, to look at.
    @inlinable @inline(__always)
    public func look(_ place: Int) -> Buffer {
        check(place)
        return unsafe base[place]
    }
}

extension Buffer {
    /// No buffer: a slot that does not exist.
    @inlinable static var none: Buffer {
        var buffer = Buffer()
        unsafe buffer.c.slot = .max
        return buffer
    }
    @inlinable var isNone: Bool { slot == .max }
}
