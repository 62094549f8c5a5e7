internal import Messages

/// Notices that a stack's thread makes no progress. Pure: looks at the stack's page in, verdicts out.
///
/// The stack says in its page since when its loop is awake, and which callout of a driver runs. While it sleeps or turns there is
/// nothing to see and little to do: a look every 50 ms. A turn that has become old is looked at more closely, and time in which the
/// thread could have run but was given no processor, or was held by a debugger, is not counted against it.
struct HangWatch: Equatable {
    /// In nanoseconds.
    struct Limits: Equatable {
        /// From which a callout on the frame path is a hang; for the loop itself it is ten times as long.
        var hang: UInt64 = 100_000_000
        /// From which it is ended; 0: never.
        var kill: UInt64 = 2_000_000_000

        init() {}
        init(_ plan: StackPlan) {
            hang = plan.number("hang").map { UInt64($0) * 1_000_000 } ?? hang
            kill = plan.number("hang_kill").map { UInt64($0) * 1_000_000 } ?? kill
        }
    }

    /// What the stack's page says.
    struct Look: Equatable {
        var now: UInt64
        /// When its loop woke up last; 0: it sleeps.
        var awakeSince: UInt64
        /// The word of the running callout; 0: none.
        var callout: UInt32
    }

    /// What the kernel says of the thread, asked for where a turn has become old.
    struct Thread: Equatable {
        /// Nanoseconds in all that it waited for a processor.
        var delay: UInt64 = 0
        /// Stopped by a signal or a debugger.
        var isHeld = false
    }

    enum Verdict: Equatable {
        case fine
        /// For the first time in this turn; for so long.
        case hangs(UInt64)
        /// It goes on, after so long.
        case goesOn(UInt64)
        /// It is to be ended, for the first time.
        case hopeless(UInt64)
    }

    static let idle: UInt64 = 50_000_000, closely: UInt64 = 20_000_000

    let limits: Limits
    private(set) var next: UInt64 = 0
    private var turn: UInt64 = 0
    /// What has gone on since when, and how long the thread had waited for a processor until then.
    private var span: (callout: UInt32, begin: UInt64, delay: UInt64)?
    private var told: UInt64?
    private var isEnded = false
    private var wasHeld = false

    init(_ limits: Limits) { self.limits = limits }

    mutating func look(_ look: Look, _ thread: () -> Thread) -> Verdict {
        guard look.awakeSince != 0, look.awakeSince <= look.now else {
            next = look.now + Self.idle
            return begin(turn: 0)
        }
        let verdict = look.awakeSince == turn ? .fine : begin(turn: look.awakeSince)
        guard look.now - turn >= Self.closely else {
            next = turn + Self.closely
            return verdict
        }
        next = look.now + Self.closely
        let after = judge(look, thread())
        return after == .fine ? verdict : after
    }

    private mutating func judge(_ look: Look, _ thread: Thread) -> Verdict {
        guard !thread.isHeld else {
            (span, wasHeld) = (nil, true)
            return .fine
        }
        if span?.callout != look.callout {
            // What is seen first in a turn has most likely gone on since its beginning.
            let isFirst = span == nil && !wasHeld
            span = (look.callout, isFirst ? turn : look.now, thread.delay)
        }
        guard let span else { return .fine }
        let passed = look.now - span.begin, spent = passed - min(thread.delay &- min(span.delay, thread.delay), passed)
        let (hang, kill) = limits(for: look.callout)
        if kill > 0, spent >= kill, !isEnded {
            isEnded = true
            return .hopeless(spent)
        }
        guard spent >= hang else {
            next = min(next, look.now + max(hang - spent, 1_000_000))
            return .fine
        }
        guard told == nil else {
            told = spent
            return .fine
        }
        told = spent
        return .hangs(spent)
    }

    /// Callouts that carry no frames may take longer: hardware is reset in them, and links come up.
    private func limits(for word: UInt32) -> (hang: UInt64, kill: UInt64) {
        guard word != 0 else { return (limits.hang * 10, limits.kill * 5) }
        return switch Callout(noted: word) {
        case .match, .attach, .start, .stop, .detach, .quiesce, .describe, .setMedia: (limits.hang * 5, limits.kill * 5)
        default: (limits.hang, limits.kill)
        }
    }

    private mutating func begin(turn: UInt64) -> Verdict {
        let verdict: Verdict = told.map { .goesOn($0) } ?? .fine
        (self.turn, span, told, isEnded, wasHeld) = (turn, nil, nil, false, false)
        return verdict
    }

    static func == (one: Self, other: Self) -> Bool { one.limits == other.limits && one.turn == other.turn && one.next == other.next }
}
