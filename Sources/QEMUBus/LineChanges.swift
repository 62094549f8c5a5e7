/// Changes of one interrupt line that the host has not been told of yet, oldest first.
///
/// Bounded: the line alternates, so when the store is full the youngest change and the next one cancel out and the last
/// level told is still the line's level.
struct LineChanges {
    static let most = 64
    private(set) var level = false
    private var waiting: [Bool] = []

    init() { waiting.reserveCapacity(Self.most) }

    var isEmpty: Bool { waiting.isEmpty }

    mutating func set(_ raised: Bool) {
        guard raised != level else { return }
        level = raised
        if waiting.count == Self.most { waiting.removeLast() } else { waiting.append(raised) }
    }

    mutating func take() -> Bool? { waiting.isEmpty ? nil : waiting.removeFirst() }
}
