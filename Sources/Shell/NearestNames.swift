/// Names that were perhaps meant.
package enum NearestNames {
    /// The closest first, at most three.
    package static func of(_ wanted: String, among names: some Sequence<String>) -> [String] {
        let target = folded(wanted)
        guard !target.isEmpty, target.count <= 128 else { return [] }
        let most = max(1, target.count / 3)
        var found: [(distance: Int, name: String)] = []
        for name in names {
            guard abs(name.utf8.count - target.count) <= most || name.utf8.count > target.count else { continue }
            let other = folded(name)
            if other.count > target.count + most {
                // A long name that begins with what was typed is one that was not typed to its end.
                if other.starts(with: target), target.count > 2 { found.append((most + 1, name)) }
                continue
            }
            if let distance = distance(target, other, most: most) { found.append((distance, name)) }
        }
        var seen: Set<String> = []
        return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.map(\.name).filter { seen.insert($0).inserted }.prefix(3).map { $0 }
    }

    private static func folded(_ name: String) -> [UInt8] {
        name.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Edits (one octet added, left out, exchanged, or two swapped) from one to the other; nil: more than `most`.
    private static func distance(_ left: [UInt8], _ right: [UInt8], most: Int) -> Int? {
        guard abs(left.count - right.count) <= most else { return nil }
        var before: [Int] = [], row = Array(0...right.count)
        for (i, octet) in left.enumerated() {
            var next = [i + 1]
            next.reserveCapacity(right.count + 1)
            for (j, other) in right.enumerated() {
                var least = min(row[j] + (octet == other ? 0 : 1), row[j + 1] + 1, next[j] + 1)
                if i > 0, j > 0, octet == right[j - 1], left[i - 1] == other { least = min(least, before[j - 1] + 1) }
                next.append(least)
            }
            if next.allSatisfy({ $0 > most }) { return nil }
            (before, row) = (row, next)
        }
        return row[right.count] <= most ? row[right.count] : nil
    }
}
