/// Slots for whole IP datagrams, which outgrow every frame: memory of this process alone, never shown to a device.
///
/// It must outlive every `Packet` taken from it.
// SAFETY: the pool's octets and headers are allocated here, cover `slots` slots, and live until deinit.
@safe public final class DatagramMemory {
    private let octets: UnsafeMutableRawPointer
    private let headers: UnsafeMutablePointer<SlotHeader>
    @usableFromInline let pool: UnsafeMutablePointer<PacketPool>

    /// The greatest IP datagram; offset and length of a packet both stay within 16 bits. RFC 791 §3.1.
    public static let slotOctets = 65_535
    /// Far above the slots of any packet memory, so that no number means two slots.
    static let firstSlot: UInt32 = 1 << 30

    public init(slots: Int) {
        unsafe octets = .allocate(byteCount: max(slots, 1) * Self.slotOctets, alignment: 4096)
        unsafe headers = .allocate(capacity: max(slots, 1))
        unsafe headers.initialize(repeating: SlotHeader(), count: max(slots, 1))
        unsafe pool = .allocate(capacity: 1)
        unsafe pool.initialize(to: PacketPool(
            octets: octets, headers: headers, count: slots, slotOctets: Self.slotOctets, firstSlot: Self.firstSlot))
    }

    deinit {
        unsafe pool.deinitialize(count: 1)
        unsafe pool.deallocate()
        unsafe headers.deallocate()
        unsafe octets.deallocate()
    }

    /// An empty packet with a whole slot but `headroom` behind it; nil, and counted, when none is free.
    public func take(headroom: Int) -> Packet? {
        guard headroom >= 0, headroom <= Self.slotOctets else { return nil }
        return unsafe Packet.take(pool, headroom: headroom)
    }

    public var free: Int { unsafe pool.pointee.free }
    public var exhausted: UInt64 { unsafe pool.pointee.exhausted }
}

extension Packet {
    /// Copies `source` over the octets from `offset` on.
    /// - Returns: false, changing nothing, when they would not lie within the frame.
    public mutating func write(_ source: RawSpan, at offset: Int) -> Bool {
        guard offset >= 0, offset <= length, source.byteCount <= length - offset else { return false }
        // SAFETY: the range was checked against the frame; source and slot cannot overlap while both are borrowed.
        unsafe source.withUnsafeBytes { from in
            guard let start = from.baseAddress else { return }
            unsafe (slotStart + room + offset).copyMemory(from: start, byteCount: from.count)
        }
        return true
    }
}
