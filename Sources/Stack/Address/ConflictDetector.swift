/// Whether an IPv4 address is ours to use: probing, announcing, defending. RFC 5227. Pure: events and time in, what to
/// send out.
struct ConflictDetector: Sendable {
    enum State: Equatable, Sendable {
        /// So many probes sent; not ours yet.
        case probing(sent: Int)
        /// All probes sent; listening for a last time.
        case listening
        /// Ours; so many announcements sent.
        case announcing(sent: Int)
        /// Ours.
        case settled
        /// Somebody else's.
        case duplicated
    }

    enum Action: Equatable, Sendable {
        case none, probe
        /// `isFirst`: from now on the address may be used.
        case announce(isFirst: Bool)
        /// Say once more that it is ours. RFC 5227 §2.4 (b).
        case defend
        /// Give it up.
        case yield
    }

    private(set) var state: State
    /// When to call `timerFired`.
    private(set) var deadline: Instant?
    private var lastConflict: Instant?

    /// An address that needs no detection.
    static var settled: Self { Self(state: .settled, deadline: nil) }

    /// An address just configured. RFC 5227 §2.1.1: the first probe waits a random time.
    static func start(_ now: Instant, _ timing: ConflictTiming, _ random: inout RandomSource) -> Self {
        timing.isProbing
            ? Self(state: .probing(sent: 0), deadline: now + random.interval(upTo: timing.probeWait))
            : Self(state: .announcing(sent: 0), deadline: now)
    }

    private init(state: State, deadline: Instant?) { (self.state, self.deadline) = (state, deadline) }

    /// May be used as a source and answered for.
    var isOurs: Bool {
        switch state {
        case .announcing, .settled: true
        case .probing, .listening, .duplicated: false
        }
    }

    mutating func timerFired(_ now: Instant, _ timing: ConflictTiming, _ random: inout RandomSource) -> Action {
        deadline = nil
        switch state {
        case .probing(let sent) where sent < timing.probes:
            let isLast = sent + 1 == timing.probes
            state = isLast ? .listening : .probing(sent: sent + 1)
            deadline = now + (isLast ? timing.announceWait : random.interval(timing.probeLow, timing.probeHigh))
            return .probe
        case .probing, .listening:
            return announce(0, now, timing)
        case .announcing(let sent):
            return announce(sent, now, timing)
        case .settled, .duplicated:
            return .none
        }
    }

    /// RFC 5227 §2.3: so many announcements, an interval apart; usable from the first.
    private mutating func announce(_ sent: Int, _ now: Instant, _ timing: ConflictTiming) -> Action {
        let isLast = sent + 1 >= timing.announcements
        state = isLast ? .settled : .announcing(sent: sent + 1)
        deadline = isLast ? nil : now + timing.announceInterval
        return .announce(isFirst: sent == 0)
    }

    /// Another station has used the address, or is probing for it while we are.
    mutating func heardConflict(_ now: Instant, _ timing: ConflictTiming) -> Action {
        switch state {
        case .duplicated: return .none
        case .probing, .listening: return yield() // RFC 5227 §2.1.1
        case .announcing, .settled:
            let isSecond = lastConflict.map { now - $0 < timing.defendInterval } ?? false
            lastConflict = now
            return isSecond ? yield() : .defend // RFC 5227 §2.4 (b)
        }
    }

    private mutating func yield() -> Action {
        (state, deadline) = (.duplicated, nil)
        return .yield
    }
}
