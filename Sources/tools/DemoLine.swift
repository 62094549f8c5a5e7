/// A line of the demo, taken apart as a shell would.
struct DemoLine: Equatable {
    /// As it is shown.
    let text: String
    let sock: String?
    let words: [String]

    /// - Parameter drivers: what `$DRIVERS` stands for.
    init(_ line: String, drivers: String) {
        text = line.split(separator: "$DRIVERS", omittingEmptySubsequences: false).joined(separator: drivers)
        var words = text.split(separator: " ").map(String.init)
        if let first = words.first, first.hasPrefix("SOCK=") {
            sock = String(first.dropFirst(5))
            words.removeFirst()
        } else {
            sock = nil
        }
        self.words = words
    }
}
