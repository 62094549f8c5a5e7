/// A list of words read from left to right, as `ifconfig` and `route` take them.
struct Words {
    private var rest: ArraySlice<String>
    /// What the words are about, for the messages: `em0`.
    let about: String

    init(_ words: [String], about: String) { (rest, self.about) = (words[...], about) }

    var next: String? { rest.first }
    mutating func take() -> String? { rest.popFirst() }

    /// The word after keyword `keyword`.
    mutating func value(of keyword: String, as what: String, example: String) throws(ToolFailure) -> String {
        guard let value = rest.popFirst() else {
            throw ToolFailure("\(about) \(keyword)", "\(what) is missing", "as in: \(example)", exit: 64)
        }
        return value
    }

    /// The word after `keyword`, read by `read`.
    mutating func value<T>(
        of keyword: String, as what: String, example: String, _ read: (String) -> T?
    ) throws(ToolFailure) -> T {
        let word = try value(of: keyword, as: what, example: example)
        guard let value = read(word) else {
            throw ToolFailure("\(about) \(keyword) \(word)", "that is not \(what)", "as in: \(example)", exit: 64)
        }
        return value
    }
}
