/// The `key=value` words of a cable's specification, taken one after the other by who understands them.
struct CableOptions {
    private let head: String
    private var values: [(key: String, value: String)] = []

    init(_ words: some Sequence<String>, of head: String) throws(CableFailure) {
        self.head = head
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw CableFailure("cable \(head)", "“\(word)” is not key=value", fix: "separate options by commas: loss=1%,delay=5ms")
            }
            let key = String(word[..<equals])
            guard !values.contains(where: { $0.key == key }) else {
                throw CableFailure("cable \(head)", "\(key)= is there twice", fix: "give it once")
            }
            values.append((key, String(word[word.index(after: equals)...])))
        }
    }

    mutating func take(_ key: String) -> String? {
        guard let index = values.firstIndex(where: { $0.key == key }) else { return nil }
        return values.remove(at: index).value
    }

    func refuseRest() throws(CableFailure) {
        guard let (key, _) = values.first else { return }
        throw CableFailure(
            "cable \(head)", "there is no option \(key)= here",
            fix: "know that every cable takes loss delay jitter reorder duplicate corrupt rate (also as tx-… and rx-…), seed and capture; "
                + "peer: mac v6; pcap: pace count after")
    }

    func bad(_ key: String, _ value: String, _ fix: String) -> CableFailure {
        CableFailure("cable \(head)", "\(key)=\(value) makes no sense", fix: fix)
    }

    /// Both directions, and the seed. `loss=` is for both, `tx-loss=` for what the NIC sends, `rx-loss=` for what it receives.
    mutating func impairments() throws(CableFailure) -> (transmit: Impairments, receive: Impairments, seed: UInt64) {
        var both = Impairments()
        try apply(to: &both, prefix: "")
        var transmit = both, receive = both
        try apply(to: &transmit, prefix: "tx-")
        try apply(to: &receive, prefix: "rx-")
        var seed: UInt64 = 1
        if let text = take("seed") {
            guard let given = UInt64(text) else { throw bad("seed", text, "write a number") }
            seed = given
        }
        return (transmit, receive, seed)
    }

    private mutating func apply(to line: inout Impairments, prefix: String) throws(CableFailure) {
        line.loss = try chance(prefix + "loss") ?? line.loss
        line.duplicate = try chance(prefix + "duplicate") ?? line.duplicate
        line.corrupt = try chance(prefix + "corrupt") ?? line.corrupt
        line.reorder = try chance(prefix + "reorder") ?? line.reorder
        line.delay = try duration(prefix + "delay") ?? line.delay
        line.jitter = try duration(prefix + "jitter") ?? line.jitter
        line.rate = try rate(prefix + "rate") ?? line.rate
    }

    private mutating func chance(_ key: String) throws(CableFailure) -> UInt32? {
        guard let text = take(key) else { return nil }
        if text.hasSuffix("ppm"), let parts = UInt32(text.dropLast(3)), parts <= 1_000_000 { return parts }
        if text.hasSuffix("%"), let parts = decimal(text.dropLast(), scale: 10_000), parts <= 1_000_000 { return UInt32(parts) }
        throw bad(key, text, "write 0% to 100% (0.5%), or 0ppm to 1000000ppm")
    }

    /// Nanoseconds; at most one minute, so that what is on its way stays bounded in time too.
    mutating func duration(_ key: String) throws(CableFailure) -> UInt64? {
        guard let text = take(key) else { return nil }
        let units: [(String, UInt64)] = [("ns", 1), ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000)]
        for (unit, scale) in units where text.hasSuffix(unit) {
            if let time = decimal(text.dropLast(unit.count), scale: scale), time <= 60_000_000_000 { return time }
            break
        }
        throw bad(key, text, "write a time up to one minute with its unit: 100us, 5ms, 1.5s")
    }

    private mutating func rate(_ key: String) throws(CableFailure) -> UInt64? {
        guard let text = take(key) else { return nil }
        let units: [(String, UInt64)] = [("k", 1000), ("M", 1_000_000), ("G", 1_000_000_000)]
        for (unit, scale) in units where text.hasSuffix(unit) {
            if let bits = decimal(text.dropLast(), scale: scale), bits >= 1000, bits <= 1_000_000_000_000 { return bits }
        }
        throw bad(key, text, "write bits a second, from 1k to 1000G: 64k, 10M, 1G")
    }

    /// `12`, `0.5`, `.25` times `scale`, without rounding errors of binary fractions; digits beyond the scale are cut.
    private func decimal(_ text: Substring, scale: UInt64) -> UInt64? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard text.utf8.count <= 18, parts.contains(where: { !$0.isEmpty }) else { return nil }
        guard parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } }) else { return nil }
        let whole = parts[0].isEmpty ? 0 : UInt64(parts[0]) ?? 0
        let (product, overflow) = whole.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        var fraction: UInt64 = 0, unit = scale
        if parts.count == 2 {
            for digit in parts[1].utf8 {
                unit /= 10
                fraction += UInt64(digit - UInt8(ascii: "0")) * unit
            }
        }
        return product.addingReportingOverflow(fraction).overflow ? nil : product + fraction
    }
}
