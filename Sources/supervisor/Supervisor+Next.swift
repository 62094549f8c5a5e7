internal import Host
internal import Messages

// A restart that has to start a process waits for it as long as for everything else together. So one is there before it is needed.
extension Supervisor {
    /// How long a stack has run before the process that would follow it is started: nobody's start takes longer for it.
    static let calmBeforeNext = Duration.seconds(1)

    mutating func prepareNextInTime() {
        guard let due = preparation, due.hasPassed else { return }
        prepareNext()
    }

    /// Starts the process that waits for its turn, unless none is ever to follow.
    mutating func prepareNext() {
        preparation = nil
        guard state == .running, policy.mode != .never, next == nil else { return }
        // Where it cannot be started, it is tried again when it is needed, and told.
        next = try? Generation.prepare(instance)
    }

    mutating func takeNext() throws(Failure) -> Generation {
        // It may have waited for weeks, and somebody may have ended it.
        if let next = next.take(), next.stack.reap() == nil { return next }
        return try Generation.prepare(instance)
    }

    mutating func dismissNext() {
        guard let other = next.take() else { return }
        try? other.stack.signal(.kill)
        _ = other.stack.waitForEnd(Deadline(in: .seconds(5)))
    }
}
