/// How many deaths of drivers' processes are looked into: a driver that dies of every frame must not push everything else out of the crash
/// folder, nor keep the disk busy. Pure.
struct HostCrashBudget: Equatable {
    static let most = 4
    /// In nanoseconds.
    static let span: UInt64 = 60_000_000_000

    private var taken: [UInt64] = []
    /// Deaths in a row that were only counted.
    private(set) var skipped = 0

    /// - Returns: whether this one is looked into.
    mutating func take(now: UInt64) -> Bool {
        taken.removeAll { now &- $0 >= Self.span }
        guard taken.count < Self.most else {
            skipped += 1
            return false
        }
        taken.append(now)
        skipped = 0
        return true
    }
}
