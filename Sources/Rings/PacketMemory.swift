/// The layout of an instance's packet memory. All sizes in octets; the same figures serve every process that maps it.
///
///     0          1 MiB        1 MiB + dma                              length
///     +----------+------------+-----------------+---------------------+
///     | headers  | DMA memory | small slots     | large slots         |
///     +----------+------------+-----------------+---------------------+
///
/// The first MiB is never told to a device: on a PC part of it is not memory.
public struct PacketMemoryLayout: Equatable, Sendable {
    public var smallSlots: Int, largeSlots: Int
    /// For descriptor rings.
    public var dmaOctets: Int

    public init(smallSlots: Int = 8192, largeSlots: Int = 128, dmaOctets: Int = 2 << 20) {
        (self.smallSlots, self.largeSlots, self.dmaOctets) = (smallSlots, largeSlots, dmaOctets)
    }

    /// A frame of standard size with headroom.
    @inlinable public static var smallOctets: Int { 2048 }
    /// A jumbo frame with headroom; what one descriptor of the 8254x family can carry.
    @inlinable public static var largeOctets: Int { 16384 }
    /// Where device-visible memory begins.
    public static let deviceStart = 1 << 20

    public var dmaStart: Int { Self.deviceStart }
    public var smallStart: Int { dmaStart + dmaOctets }
    public var largeStart: Int { smallStart + smallSlots * Self.smallOctets }
    /// Rounded up to 2 MiB, so that a machine model can use it as its RAM.
    public var length: Int { (largeStart + largeSlots * Self.largeOctets + (2 << 20) - 1) & ~((2 << 20) - 1) }
    /// Of the slots' headers, from the memory's first octet on.
    public var headerOctets: Int { (smallSlots + largeSlots) * MemoryLayout<SlotHeader>.stride }
}

/// Packet memory: two pools of slots and the DMA area, over memory that somebody else mapped (a memfd) or of its own.
///
/// It must outlive every `Packet`, and stays at one address: create one per stack, at its start.
// SAFETY: `base` covers `layout.length` octets until deinit; pools are allocated once and never move.
@safe public final class PacketMemory {
    public let layout: PacketMemoryLayout
    /// Start of the mapping in this process.
    public let base: UnsafeMutableRawPointer
    @usableFromInline let small: UnsafeMutablePointer<PacketPool>
    @usableFromInline let large: UnsafeMutablePointer<PacketPool>
    /// Of the layout, at hand: asked for with every frame.
    @usableFromInline let smallSlots: Int, largeStart: Int
    /// Where the first slot's first octet is, as an offset in this memory.
    public let smallStart: Int
    private let owned: Bool

    /// Memory mapped by the caller: `layout.length` zeroed octets, which the caller unmaps after this object is gone.
    public init(mapped base: UnsafeMutableRawPointer, layout: PacketMemoryLayout) {
        precondition(layout.headerOctets <= PacketMemoryLayout.deviceStart, "slot headers must fit the first MiB")
        self.layout = layout
        (smallSlots, smallStart, largeStart) = (layout.smallSlots, layout.smallStart, layout.largeStart)
        unsafe self.base = base
        owned = false
        unsafe (small, large) = Self.pools(base, layout)
    }

    /// Memory of this process alone: tests, and a stack without hardware.
    public init(layout: PacketMemoryLayout = PacketMemoryLayout(smallSlots: 1024, largeSlots: 32, dmaOctets: 1 << 20)) {
        precondition(layout.headerOctets <= PacketMemoryLayout.deviceStart, "slot headers must fit the first MiB")
        self.layout = layout
        (smallSlots, smallStart, largeStart) = (layout.smallSlots, layout.smallStart, layout.largeStart)
        unsafe base = .allocate(byteCount: layout.length, alignment: 4096)
        owned = true
        unsafe (small, large) = Self.pools(base, layout)
    }

    deinit {
        for unsafe pool in unsafe [small, large] {
            unsafe pool.deinitialize(count: 1)
            unsafe pool.deallocate()
        }
        if owned { unsafe base.deallocate() }
    }

    private static func pools(_ base: UnsafeMutableRawPointer, _ layout: PacketMemoryLayout)
        -> (UnsafeMutablePointer<PacketPool>, UnsafeMutablePointer<PacketPool>) {
        let total = layout.smallSlots + layout.largeSlots
        let headers = unsafe base.bindMemory(to: SlotHeader.self, capacity: total)
        unsafe headers.initialize(repeating: SlotHeader(), count: total)
        let small = UnsafeMutablePointer<PacketPool>.allocate(capacity: 1)
        let large = UnsafeMutablePointer<PacketPool>.allocate(capacity: 1)
        unsafe small.initialize(to: PacketPool(
            octets: base + layout.smallStart, headers: headers, count: layout.smallSlots,
            slotOctets: PacketMemoryLayout.smallOctets, firstSlot: 0))
        unsafe large.initialize(to: PacketPool(
            octets: base + layout.largeStart, headers: headers + layout.smallSlots, count: layout.largeSlots,
            slotOctets: PacketMemoryLayout.largeOctets, firstSlot: UInt32(layout.smallSlots)))
        return unsafe (small, large)
    }

    /// An empty packet that can grow to `octets` behind `headroom`, owned by the stack.
    ///
    /// - Returns: nil (and counted) when the pool of that size is exhausted, or the size is beyond a large slot.
    @inlinable public func take(octets: Int = 0, headroom: Int = Packet.headroom) -> Packet? {
        let wanted = octets &+ headroom
        if wanted <= PacketMemoryLayout.smallOctets { return unsafe Packet.take(small, headroom: headroom) }
        guard wanted <= PacketMemoryLayout.largeOctets else { return nil }
        return unsafe Packet.take(large, headroom: headroom)
    }

    /// Takes back a slot that was surrendered; nil when there is no such slot, or it is not out.
    @inlinable public func adopt(slot: UInt32) -> Packet? {
        let pool = unsafe Int(slot) < smallSlots ? small : large
        let index = unsafe slot &- pool.pointee.firstSlot
        guard unsafe Int(index) < pool.pointee.count, unsafe pool.pointee.headers[Int(index)].owner != SlotOwner.free.rawValue
        else { return nil }
        let packet = unsafe Packet(pool: pool, index: index)
        packet.owner = .stack
        return packet
    }

    /// Sets where the frame lies in an adopted packet's slot: what a device or driver wrote there.
    /// - Returns: false, changing nothing, when it would leave the slot.
    @inlinable public func place(_ packet: borrowing Packet, offset: Int, length: Int) -> Bool {
        guard offset >= 0, length >= 0, unsafe offset + length <= packet.pool.pointee.slotOctets else { return false }
        unsafe packet.header.pointee.offset = UInt16(offset)
        unsafe packet.header.pointee.length = UInt16(length)
        return true
    }

    /// The slot's first octet as an offset in this memory: what a device address is made of.
    @inlinable public func memoryOffset(slot: UInt32) -> Int {
        Int(slot) < smallSlots
            ? smallStart &+ Int(slot) &* PacketMemoryLayout.smallOctets
            : largeStart &+ (Int(slot) &- smallSlots) &* PacketMemoryLayout.largeOctets
    }

    /// Slots free, and by owner, of the small and the large pool.
    public var usage: (small: [Int], large: [Int]) { unsafe (small.pointee.census(), large.pointee.census()) }
    /// Free slots of the small pool.
    public var freeSmall: Int { unsafe small.pointee.free }
    public var freeLarge: Int { unsafe large.pointee.free }
    /// Takings refused for want of a slot.
    public var exhausted: UInt64 { unsafe small.pointee.exhausted &+ large.pointee.exhausted }
}
