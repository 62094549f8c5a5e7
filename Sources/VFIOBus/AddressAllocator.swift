/// Device addresses for mappings: always fresh, page-aligned, never the offset that is mapped, a hole behind each.
///
/// An address of before comes back only when all others have been used; so a driver that keeps one is found out.
struct AddressAllocator: Equatable {
    static let page: UInt64 = 4096
    /// Below 4 GiB, so that devices with 32 address lines reach it, and above what offsets into packet memory can be.
    static let window: Range<UInt64> = 0x1000_0000..<0xfee0_0000

    private let ranges: [Range<UInt64>]
    /// In ascending order.
    private(set) var live: [Range<UInt64>] = []
    private var next: UInt64

    /// - Parameter usable: first and last addresses that the IOMMU takes; empty: it does not say.
    init(usable: [ClosedRange<UInt64>]) {
        let wanted = usable.isEmpty ? [Self.window.lowerBound...Self.window.upperBound - 1] : usable
        ranges = wanted.compactMap { range in
            guard range.lowerBound < Self.window.upperBound else { return nil }
            let first = (max(range.lowerBound, Self.window.lowerBound) + Self.page - 1) & ~(Self.page - 1)
            let end = (min(range.upperBound, Self.window.upperBound - 1) + 1) & ~(Self.page - 1)
            return first < end ? first..<end : nil
        }.sorted { $0.lowerBound < $1.lowerBound }
        next = ranges.first?.lowerBound ?? 0
    }

    /// - Parameters:
    ///   - length: whole pages.
    ///   - offset: what the address must not be.
    /// - Returns: nil when there is no room.
    mutating func allocate(length: UInt64, otherThan offset: UInt64) -> UInt64? {
        guard length > 0, length % Self.page == 0, length < Self.window.upperBound else { return nil }
        let found = find(length, from: next, otherThan: offset) ?? find(length, from: 0, otherThan: offset)
        guard let found else { return nil }
        next = found + length + Self.page
        let place = live.firstIndex { $0.lowerBound > found } ?? live.count
        live.insert(found..<found + length, at: place)
        return found
    }

    /// - Returns: octets that were mapped there; nil: nothing was.
    mutating func free(_ address: UInt64) -> UInt64? {
        guard let place = live.firstIndex(where: { $0.lowerBound == address }) else { return nil }
        let range = live.remove(at: place)
        return range.upperBound - range.lowerBound
    }

    private func find(_ length: UInt64, from start: UInt64, otherThan offset: UInt64) -> UInt64? {
        for range in ranges where range.upperBound > start {
            var candidate = max(range.lowerBound, start)
            if candidate == offset { candidate += Self.page }
            for taken in live where taken.upperBound + Self.page > candidate && taken.lowerBound < candidate + length + Self.page {
                candidate = taken.upperBound + Self.page
                if candidate == offset { candidate += Self.page }
            }
            if candidate + length <= range.upperBound { return candidate }
        }
        return nil
    }
}
