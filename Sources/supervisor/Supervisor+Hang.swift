internal import Host
internal import Messages

// A stack that makes no progress: noticed, named, and in the end answered as a death is.
extension Supervisor {
    mutating func watchProgress() {
        guard isWatching else { return }
        let now = MonotonicClock.now(), pid = generation.stack.pid
        guard now >= hangWatch.next else { return }
        let pulse = generation.note.pulse()
        switch hangWatch.look(.init(now: now, awakeSince: pulse.awakeSince, callout: pulse.callout), { WaitPlace.thread(pid) }) {
        case .fine: break
        case .hangs(let time): instance.log.write("warning: hang: \(who(pid)) has made no progress for \(Self.milliseconds(time)) ms: \(WaitPlace.sentence(pid))")
        case .goesOn(let time): instance.log.write("hang: thread \(pid) goes on, after more than \(Self.milliseconds(time)) ms")
        case .hopeless(let time):
            instance.log.write("error: hang: \(who(pid)) is ended after \(Self.milliseconds(time)) ms: \(WaitPlace.sentence(pid))")
            generation.hung = time
            // By way of the fault handler, so that the evidence is taken; a thread that cannot take it is killed.
            try? generation.stack.signal(.abort)
            end(by: .seconds(8))
        }
    }

    /// When it is looked at next, in nanoseconds from now.
    var nextLook: UInt64 {
        guard isWatching else { return .max }
        let now = MonotonicClock.now()
        return hangWatch.next > now ? hangWatch.next - now : 0
    }

    /// A stack that starts, stops or writes its core has limits of its own.
    private var isWatching: Bool { state == .running && generation.hung == nil && generation.crash == nil }

    private func who(_ pid: Int32) -> String {
        let report = generation.note.read()
        guard let driver = report.driver else { return "thread \(pid), in the stack's loop," }
        return "thread \(pid), in callout \(report.callout ?? "?") of \(report.interface ?? "?") (\(driver)),"
    }

    static func milliseconds(_ nanoseconds: UInt64) -> UInt64 { nanoseconds / 1_000_000 }
}
