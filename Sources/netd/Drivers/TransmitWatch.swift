/// Finds a transmitter that stands still: frames that a driver was given to send, of which none comes back while there is a link.
///
/// It is asked once a turn of the loop, after sent frames have been taken back, and says when it wants to be asked again.
struct TransmitWatch {
    /// Nanoseconds after which a transmitter stands still, when nothing else is said.
    static let usual: UInt64 = 5_000_000_000
    /// What did not help is tried again after twice as long, so often at most.
    private static let mostDoublings: UInt64 = 6

    /// Nanoseconds; 0: nothing is watched.
    var limit = usual
    /// Times that it was found.
    private(set) var stalls: UInt64 = 0
    /// Those since a frame came back sent.
    private var row: UInt64 = 0
    /// Since when nothing has come back; nil: nothing is due.
    private var since: UInt64?
    private var returned: UInt64 = 0

    /// When it wants to be asked, at the latest; nil: when something has happened.
    var due: UInt64? { since.map { $0 &+ patience } }
    private var patience: UInt64 { limit << min(row, Self.mostDoublings) }

    /// How long nothing has come back, in nanoseconds; 0: something has, or nothing is due.
    func standing(now: UInt64) -> UInt64 { since.map { now > $0 ? now - $0 : 0 } ?? 0 }

    /// - Parameters:
    ///   - held: frames that the driver has, or will not take.
    ///   - returned: frames that it ever gave back as sent.
    ///   - hasLink: without one nothing is expected.
    /// - Returns: for how many nanoseconds nothing has come back, when that is too long; it is counted, and the time begins anew.
    @inline(__always)
    mutating func look(held: Int, returned: UInt64, hasLink: Bool, now: UInt64) -> UInt64? {
        guard held > 0, hasLink, limit > 0 else {
            since = nil
            return nil
        }
        if returned != self.returned || since == nil {
            if returned != self.returned { row = 0 }
            (self.returned, since) = (returned, now)
            return nil
        }
        guard let due, now >= due else { return nil }
        return found(now)
    }

    @inline(never) private mutating func found(_ now: UInt64) -> UInt64 {
        let span = standing(now: now)
        stalls += 1
        row += 1
        since = now
        return span
    }
}
