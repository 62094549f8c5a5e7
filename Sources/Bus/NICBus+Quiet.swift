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
        // All of them are asked before the first is waited for.
        let asked = slots().map { slot in
            (slot.name, Result { () throws(Failure) in try begin(slot.name, .quiet(holder: holder, since: since), Self.left(deadline, slot.name)) })
        }
        return asked.compactMap { name, connection -> QuietReport? in
            do throws(Failure) { return try Self.report(connection.get(), Self.left(deadline, name), name) } catch {
                // One that is gone has closed everything that it held.
                if error.errno == .noProcess { return nil }
                var report = QuietReport(nic: name, holder: holder, pid: 0)
                report.failure = error.why
                return report
            }
        }
    }

    private static func left(_ deadline: Deadline, _ name: String) throws(Failure) -> Duration {
        let left = min(Duration.nanoseconds(Int64(clamping: deadline.left)), quietPatienceOfOne)
        guard left > .zero else { throw Failure(.timedOut, what: "NIC \(name)", why: "no time was left to ask it") }
        return left
    }

    private static func report(_ connection: Connection, _ timeout: Duration, _ name: String) throws(Failure) -> QuietReport? {
        let reply: NICReply
        do { reply = try connection.answer(timeout: timeout) } catch { throw meaning(error, name) }
        guard case .quieted(let report) = reply else { throw nonsense(name) }
        return report
    }

    /// What was done when this NIC's last claim ended without a word; nil: none has, since the NIC was added.
    public func lastQuiet(_ name: String) throws(Failure) -> QuietReport? {
        try quieted(name, .lastQuiet, .seconds(5))
    }

    /// What was found at this NIC when the driver's process `pid` had died; nil: it does not know, or not any more. A NIC remembers four.
    /// Bounded by ``quietPatienceOfOne``.
    public func bequeathed(_ name: String, by pid: Int32) throws(Failure) -> QuietReport? {
        try quieted(name, .bequeathed(pid: pid), Self.quietPatienceOfOne)
    }

    private func quieted(_ name: String, _ request: NICRequest, _ timeout: Duration) throws(Failure) -> QuietReport? {
        guard case .quieted(let report) = try ask(name, request, timeout: timeout) else { throw Self.nonsense(name) }
        return report
    }
}
