/// Tells QEMU's trace events from the rest of what it says, and those of the NIC from those of its machine.
struct TraceFilter {
    enum Verdict: Equatable {
        case wanted(String)
        /// An event of the machine.
        case unwanted
    }

    private let prefixes: [String]
    private let region: String

    /// - Parameters:
    ///   - patterns: as QEMU was given them; `*` at the end only.
    ///   - region: how QEMU's names of the NIC's register blocks begin; for the events of all memory.
    init(patterns: [String], region: String) {
        prefixes = patterns.map { $0.hasSuffix("*") ? String($0.dropLast()) : $0 + " " }
        self.region = region
    }

    /// Nil: no trace event.
    func judge(_ line: String) -> Verdict? {
        guard prefixes.contains(where: { line.hasPrefix($0) }) else { return nil }
        let everything = "memory_region_ops_"
        guard line.hasPrefix(everything) else { return .wanted(line) }
        guard let name = line.range(of: " name '"), line[name.upperBound...].hasPrefix(region), let address = line.range(of: " addr ") else {
            return .unwanted
        }
        let verb = line.dropFirst(everything.count).prefix { $0 != " " }
        return .wanted("\(verb)\(line[address.lowerBound...])")
    }
}

extension String {
    /// Where `part` is first; as Foundation's, which is not used here.
    fileprivate func range(of part: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}
