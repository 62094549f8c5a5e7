extension CableSpecification {
    /// Impairments as they would be written; empty: none.
    public static func text(_ impairments: (transmit: Impairments, receive: Impairments)) -> String {
        if impairments.transmit == impairments.receive { return text(impairments.transmit, prefix: "") }
        return [text(impairments.transmit, prefix: "tx-"), text(impairments.receive, prefix: "rx-")].filter { !$0.isEmpty }.joined(separator: ",")
    }

    private static func text(_ line: Impairments, prefix: String) -> String {
        var words: [String] = []
        for (key, chance) in [("loss", line.loss), ("duplicate", line.duplicate), ("corrupt", line.corrupt), ("reorder", line.reorder)] where chance > 0 {
            words.append("\(prefix)\(key)=\(chance % 10_000 == 0 ? "\(chance / 10_000)%" : "\(chance)ppm")")
        }
        for (key, time) in [("delay", line.delay), ("jitter", line.jitter)] where time > 0 {
            words.append("\(prefix)\(key)=\(time % 1_000_000 == 0 ? "\(time / 1_000_000)ms" : time % 1000 == 0 ? "\(time / 1000)us" : "\(time)ns")")
        }
        if line.rate > 0 { words.append("\(prefix)rate=\(line.rate % 1_000_000 == 0 ? "\(line.rate / 1_000_000)M" : "\(line.rate / 1000)k")") }
        return words.joined(separator: ",")
    }
}
