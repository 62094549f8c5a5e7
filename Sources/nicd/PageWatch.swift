internal import CLinux
internal import Host

/// What the pages that a device can reach held when it should have fallen silent: a change tells on it.
///
/// The memory is evidence, so nothing is written into it: its own contents are the canary.
struct PageWatch {
    static let page = 4096
    /// More than any stack's packet memory; the rest is not watched.
    private static let mostPages = 65_536

    private struct Range {
        var first: Int
        var digests: [UInt64]
    }

    private var ranges: [Range] = []

    /// - Parameter mappings: octets of the memory, as offset and length.
    init(_ claim: Claim) {
        var left = Self.mostPages
        for mapping in claim.mappings.sorted(by: { $0.offset < $1.offset }) {
            let end = ranges.last.map { $0.first + $0.digests.count } ?? 0
            let first = max(Int(mapping.offset) / Self.page, end)
            let count = min((Int(mapping.offset + mapping.length) + Self.page - 1) / Self.page - first, claim.memory.length / Self.page - first, left)
            guard count > 0 else { continue }
            left -= count
            ranges.append(Range(first: first, digests: Self.digests(claim, first, count)))
        }
    }

    /// Octets.
    var watched: UInt64 { UInt64(ranges.reduce(0) { $0 + $1.digests.count } * Self.page) }

    /// The pages that are not as they were, by their number in the memory.
    func changed(_ claim: Claim) -> [Int] {
        var out: [Int] = []
        for range in ranges {
            let now = Self.digests(claim, range.first, range.digests.count)
            for index in now.indices where now[index] != range.digests[index] { out.append(range.first + index) }
        }
        return out
    }

    private static func digests(_ claim: Claim, _ first: Int, _ count: Int) -> [UInt64] {
        var out = [UInt64](repeating: 0, count: count)
        // SAFETY: first + count pages lie in the claim's memory, which cannot shrink; the C side writes `count` numbers.
        _ = unsafe clinux_page_digests(claim.memory.base + first * page, count, &out)
        return out
    }
}
