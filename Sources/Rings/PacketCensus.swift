/// Who owns which slot of packet memory: what is found in the slots' headers, also when the process that wrote them is dead.
public struct PacketCensus: Codable, Equatable, Sendable {
    /// Neighbouring slots of one owner.
    public struct Run: Codable, Equatable, Sendable {
        public var first: UInt32, count: Int
        public var owner: String
    }

    /// Slots by owner, of 2 KiB and of 16 KiB.
    public var small: [String: Int] = [:], large: [String: Int] = [:]
    /// Those that are not free, in order; at most `mostRuns`.
    public var runs: [Run] = []
    /// Whether there were more.
    public var isCut = false

    public static let mostRuns = 2048
    /// A header that holds no owner that there is: it was overwritten.
    public static let damaged = "damaged"

    /// Counts what stands in packet memory. The memory may be anything: it is only read, and within its length.
    ///
    /// - Parameter memory: the whole of it, from its first octet; nil when it is shorter than its headers.
    /// - Complexity: O(slots); 8 320 of them in a standard memory.
    // SAFETY: every header that is read lies within `memory`'s count.
    public init?(_ memory: UnsafeRawBufferPointer, layout: PacketMemoryLayout = PacketMemoryLayout()) {
        guard memory.count >= layout.headerOctets else { return nil }
        let slots = layout.smallSlots + layout.largeSlots
        var first = 0
        // Neighbours of one owner are counted together: thousands of slots, a handful of owners.
        while first < slots {
            let end = first < layout.smallSlots ? layout.smallSlots : slots, kind = unsafe Self.kind(memory, first)
            var next = first + 1
            while next < end, unsafe Self.kind(memory, next) == kind { next += 1 }
            count(first..<next, SlotOwner(rawValue: kind).map { "\($0)" } ?? Self.damaged, areSmall: first < layout.smallSlots)
            first = next
        }
    }

    /// `SlotOwner.rawValue`; all that are no owner are one.
    private static func kind(_ memory: UnsafeRawBufferPointer, _ slot: Int) -> UInt8 {
        let header = unsafe memory.loadUnaligned(fromByteOffset: slot * MemoryLayout<SlotHeader>.stride, as: SlotHeader.self)
        return SlotOwner(rawValue: header.owner) == nil ? .max : header.owner
    }

    private mutating func count(_ slots: Range<Int>, _ owner: String, areSmall: Bool) {
        if areSmall { small[owner, default: 0] += slots.count } else { large[owner, default: 0] += slots.count }
        guard owner != "\(SlotOwner.free)" else { return }
        // The last small slot and the first large one are neighbours, too.
        if let last = runs.last, last.owner == owner, Int(last.first) + last.count == slots.lowerBound { return runs[runs.count - 1].count += slots.count }
        guard runs.count < Self.mostRuns else { return isCut = true }
        runs.append(Run(first: UInt32(slots.lowerBound), count: slots.count, owner: owner))
    }

    /// Who owns a slot; nil: that is not known.
    public func owner(of slot: UInt32) -> String? {
        if let run = runs.first(where: { $0.first <= slot && slot - $0.first < UInt32($0.count) }) { return run.owner }
        return isCut || Int(slot) >= small.values.reduce(0, +) + large.values.reduce(0, +) ? nil : "\(SlotOwner.free)"
    }
}
