internal import Shell

/// What a session has changed, so that it can be undone.
final class ShellJournal {
    struct Change: Encodable, Equatable {
        /// `memory`, or the register: `em0.CTRL`.
        var what: String
        var address: UInt64
        var old: [UInt8], new: [UInt8]
        /// The line that did it.
        var line: String
        var isUndone = false
    }

    private(set) var changes: [Change] = []
    /// The line that is being run.
    var line = ""
    static let most = 10_000

    func note(_ what: String, _ address: UInt64, _ old: [UInt8], _ new: [UInt8]) {
        changes.append(Change(what: what, address: address, old: old, new: new, line: line))
        if changes.count > Self.most { changes.removeFirst() }
    }

    /// The newest that stands.
    var last: Int? { changes.lastIndex { !$0.isUndone } }
    func markUndone(_ index: Int) { changes[index].isUndone = true }
}
