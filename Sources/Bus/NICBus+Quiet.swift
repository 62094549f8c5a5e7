internal import Host
public import Messages

extension NICBus {
    /// How long all NICs together may take, and one of them.
    public static let quietPatience: Duration = .milliseconds(1500), quietPatienceOfOne: Duration = .milliseconds(500)

    /// What a stack calls itself when it claims, for people.
    public static func holder(prefix: String) -> String { prefix.isEmpty ? "the default stack" : prefix }

    /// Has every NIC that `holder` has claimed quieted, and its claim revoked: no device reaches the stack's memory after it.
    ///
    /// Bounded by ``quietPatience``, whatever NIC processes do; a NIC that does not answer has a report that says so, for it may
    /// have been the holder's. NICs of others are asked, and nothing else.
    ///
    /// - Parameters:
    ///   - holder: as in ``claim(_:for:memory:vectors:)``.
    ///   - since: monotonic nanoseconds; a claim that ended by itself at or after this has its report here too.
    /// - Returns: one report a NIC that `holder` had, in the order of ``slots()``.
    public func quietAll(holder: String, since: UInt64) -> [QuietReport] {
        let deadline = Deadline(in: Self.quietPatience)
        return slots().compactMap { slot -> QuietReport? in
            let left = min(Duration.nanoseconds(Int64(clamping: deadline.left)), Self.quietPatienceOfOne)
            do throws(Failure) {
                guard left > .zero else { throw Failure(.timedOut, what: "NIC \(slot.name)", why: "no time was left to ask it") }
                guard case .quieted(let report) = try ask(slot.name, .quiet(holder: holder, since: since), timeout: left) else {
                    throw Self.nonsense(slot.name)
                }
                return report
            } catch {
                // One that is gone has closed everything that it held.
                if error.errno == .noProcess { return nil }
                var report = QuietReport(nic: slot.name, holder: holder, pid: 0)
                report.failure = error.why
                return report
            }
        }
    }

    /// What was done when this NIC's last claim ended without a word; nil: none has, since the NIC was added.
    public func lastQuiet(_ name: String) throws(Failure) -> QuietReport? {
        guard case .quieted(let report) = try ask(name, .lastQuiet) else { throw Self.nonsense(name) }
        return report
    }
}
