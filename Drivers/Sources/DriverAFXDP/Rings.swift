import CHostLink
import DriverKit
import HostLink

/// A ring that we fill and the kernel empties: buffers to receive into, frames to send.
// SAFETY: the ring is mapped as long as this owner lives; every index is masked to its size.
@safe struct ProducerRing: ~Copyable {
    private var ring: hostlink_xring
    private let mask: UInt32
    /// What we have filled, and what the kernel had emptied when we last looked.
    private var filled: UInt32 = 0, emptied: UInt32 = 0

    init(_ ring: hostlink_xring) {
        unsafe self.ring = ring
        mask = unsafe ring.size &- 1
    }
    deinit {
        var last = unsafe ring
        unsafe hostlink_xdp_unmap(&last)
    }

    /// Entries that may be filled, at least `wanted` if there are so many.
    @inline(__always) mutating func room(_ wanted: Int) -> Int {
        let free = unsafe Int(ring.size &- (filled &- emptied))
        if free >= wanted { return free }
        emptied = unsafe hostlink_acquire(ring.consumer)
        return unsafe Int(ring.size &- (filled &- emptied))
    }

    @inline(__always) mutating func put(address: UInt64) {
        unsafe ring.entries.unsafelyUnwrapped.storeBytes(of: address, toByteOffset: Int(filled & mask) &* 8, as: UInt64.self)
        filled &+= 1
    }
    @inline(__always) mutating func put(address: UInt64, octets: UInt32) {
        unsafe ring.entries.unsafelyUnwrapped.storeBytes(
            of: hostlink_xdesc(address: address, octets: octets, options: 0), toByteOffset: Int(filled & mask) &* 16, as: hostlink_xdesc.self)
        filled &+= 1
    }
    /// Hands over what was put.
    @inline(__always) func publish() { unsafe hostlink_release(ring.producer, filled) }

    /// The kernel asks to be called. XDP_RING_NEED_WAKEUP
    @inline(__always) var needsWakeUp: Bool { unsafe hostlink_relaxed(ring.flags) & 1 != 0 }
    /// Entries that the kernel has not emptied.
    @inline(__always) var waiting: UInt32 { unsafe filled &- hostlink_acquire(ring.consumer) }
}

/// A ring that the kernel fills and we empty: received frames, sent ones.
// SAFETY: as for `ProducerRing`.
@safe struct ConsumerRing: ~Copyable {
    private var ring: hostlink_xring
    private let mask: UInt32
    private var emptied: UInt32 = 0, filled: UInt32 = 0

    init(_ ring: hostlink_xring) {
        unsafe self.ring = ring
        mask = unsafe ring.size &- 1
    }
    deinit {
        var last = unsafe ring
        unsafe hostlink_xdp_unmap(&last)
    }

    /// Entries that may be taken, looked up anew when there are fewer than `wanted`.
    @inline(__always) mutating func available(_ wanted: Int) -> Int {
        let known = Int(filled &- emptied)
        if known >= wanted { return known }
        filled = unsafe hostlink_acquire(ring.producer)
        return Int(filled &- emptied)
    }

    @inline(__always) mutating func takeAddress() -> UInt64 {
        let address = unsafe ring.entries.unsafelyUnwrapped.load(fromByteOffset: Int(emptied & mask) &* 8, as: UInt64.self)
        emptied &+= 1
        return address
    }
    @inline(__always) mutating func takeFrame() -> hostlink_xdesc {
        let frame = unsafe ring.entries.unsafelyUnwrapped.load(fromByteOffset: Int(emptied & mask) &* 16, as: hostlink_xdesc.self)
        emptied &+= 1
        return frame
    }
    /// Gives the entries back.
    @inline(__always) func release() { unsafe hostlink_release(ring.consumer, emptied) }
}

/// Who has which slot of packet memory: the kernel gives them back in an order of its own.
struct SlotTable: ~Copyable {
    enum Owner: UInt8 { case none, receive, transmit }

    private let buffers: OwnedArray<Buffer>
    private let owners: OwnedArray<UInt8>
    let chunks: Int
    /// Device address of packet memory's first octet.
    let start: UInt64
    /// Slots held of each kind.
    private(set) var receiving = 0, sending = 0
    /// How far the table was searched since the last stop.
    private var scanned = 0

    static var chunkShift: UInt64 { 11 }

    init(start: UInt64, octets: UInt64) {
        self.start = start
        chunks = Int(octets >> SlotTable.chunkShift)
        buffers = OwnedArray(repeating: Buffer(), count: chunks)
        owners = OwnedArray(repeating: 0, count: chunks)
    }

    /// Keeps a buffer. Returns its address in the shared memory; nil: it does not lie there, or another is kept in its place.
    @inline(__always) mutating func keep(_ buffer: Buffer, _ owner: Owner) -> UInt64? {
        let address = buffer.deviceAddress &- start, chunk = address >> SlotTable.chunkShift
        guard chunk < UInt64(chunks), owners[Int(chunk)] == 0 else { return nil }
        buffers[Int(chunk)] = buffer
        owners[Int(chunk)] = owner.rawValue
        if owner == .receive { receiving &+= 1 } else { sending &+= 1 }
        return address
    }

    /// The buffer that was kept for an address; nil: none was.
    @inline(__always) mutating func give(_ address: UInt64, _ owner: Owner) -> Buffer? {
        let chunk = address >> SlotTable.chunkShift
        guard chunk < UInt64(chunks), owners[Int(chunk)] == owner.rawValue else { return nil }
        owners[Int(chunk)] = 0
        if owner == .receive { receiving &-= 1 } else { sending &-= 1 }
        return buffers[Int(chunk)]
    }

    /// The next buffer of that kind, wherever it is; nil: there is none left.
    mutating func giveAny(_ owner: Owner) -> Buffer? {
        guard (owner == .receive ? receiving : sending) > 0 else { return nil }
        for _ in 0..<chunks {
            scanned = scanned &+ 1 < chunks ? scanned &+ 1 : 0
            if owners[scanned] == owner.rawValue { return give(UInt64(scanned) << SlotTable.chunkShift, owner) }
        }
        return nil
    }
}
