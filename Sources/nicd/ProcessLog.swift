internal import Host

/// A process's `log`: a line an event, with the calendar time, never more than `mostOctets`.
final class ProcessLog {
    static let mostOctets = 1 << 20

    /// Open until deinit; nil: there is none.
    let raw: Int32?
    private var octets = 0
    private var isFull = false, notesEnded = false

    /// - Parameter path: made anew; without it (it cannot be made) nothing is written.
    init(path: String) {
        do { raw = try FileDescriptor.open(path, ProcessFlags.freshLog).surrender() } catch { raw = nil }
    }

    deinit { if let raw { _ = FileDescriptor(owning: raw) } }

    /// A line that is one of many: three quarters of the log are theirs at most, the rest is for what matters.
    func note(_ text: String) {
        guard octets < Self.mostOctets / 4 * 3 else {
            if !notesEnded { line("notes end here: they have filled their part of the log") }
            return notesEnded = true
        }
        line(text)
    }

    func line(_ text: String) {
        guard !isFull else { return }
        var line = "\(Self.seconds(MonotonicClock.calendar())) \(text.filter { !$0.isNewline })\n"
        if octets + line.utf8.count > Self.mostOctets {
            isFull = true
            line = "the log is full: nothing more is written\n"
        }
        octets += line.utf8.count
        if let raw { ProcessFlags.write(line, to: raw) }
    }

    /// Seconds since 1970 with microseconds.
    private static func seconds(_ nanoseconds: UInt64) -> String {
        let fraction = String(nanoseconds % 1_000_000_000 / 1000)
        return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}
