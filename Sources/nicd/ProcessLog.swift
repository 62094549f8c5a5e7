internal import Host

/// A NIC's `log`: what ``LogFile`` writes, begun anew with the process, and with room kept for what matters.
///
/// Bounded: beyond `most` octets the log moves to `log.1` and begins again, so that there are never more than the last two
/// of them.
final class ProcessLog {
    /// Of one line; the rest of a longer one is cut off.
    static let mostLine = 1000

    /// Open until deinit; nil: there is none.
    let raw: Int32?
    private let file: LogFile?
    private let most: Int
    /// Written since the log began anew, and those of them that were one of many.
    private var octets = 0, noteOctets = 0
    private var notesEnded = false

    /// - Parameter path: made anew; without it (it cannot be made) nothing is written.
    init(path: String, most: Int = LogFile.standardMost) {
        self.most = most
        guard let descriptor = try? FileDescriptor.open(path, ProcessFlags.freshLog) else {
            raw = nil
            file = nil
            return
        }
        raw = descriptor.raw
        file = LogFile(descriptor, name: "nicd", path: path, most: most)
    }

    /// A line that is one of many: half of the log is theirs at most, the rest is for what matters.
    func note(_ text: String) {
        guard noteOctets < most / 2 else {
            if !notesEnded { line("notes are left out until the log begins anew: they have filled half of it") }
            return notesEnded = true
        }
        noteOctets += line(text)
    }

    /// - Returns: octets written.
    @discardableResult func line(_ text: String) -> Int {
        let octets = file?.write(String(text.prefix(Self.mostLine))) ?? 0
        self.octets += octets
        if self.octets > most { (self.octets, noteOctets, notesEnded) = (0, 0, false) }
        return octets
    }
}
