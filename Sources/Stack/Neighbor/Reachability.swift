/// What is known of one neighbor's link address. RFC 4861 §7.3.2 serves both families; for IPv4 the probes are RFC 1122
/// §2.3.2.1's unicast polls. Pure: events and time in, what to send out.
struct Reachability: Sendable {
    enum State: UInt8, Sendable {
        /// Asked, not answered.
        case incomplete
        /// Confirmed not long ago.
        case reachable
        /// Known once; will be checked when it is used.
        case stale
        /// Used while stale; upper layers may still confirm it.
        case delay
        /// Being asked directly.
        case probe
        /// Nobody answered; remembered for a while, so that the link is not flooded with questions.
        case failed
        /// Set by hand.
        case fixed
    }

    enum Action: Equatable, Sendable {
        case none
        /// Ask everybody.
        case solicit
        /// Ask the link address that is known.
        case poll
        /// Give up: what waits is lost.
        case fail
        /// Nothing is known any more.
        case forget
    }

    private(set) var state: State
    private(set) var deadline: Instant?
    private var attempts = 0

    static var fixed: Self { Self(state: .fixed, deadline: nil) }

    private init(state: State, deadline: Instant?) { (self.state, self.deadline) = (state, deadline) }

    /// A neighbor nobody knows yet, wanted now: ask.
    static func wanted(_ now: Instant, _ timing: NeighborTiming) -> Self {
        var fresh = Self(state: .incomplete, deadline: now + timing.retransmit)
        fresh.attempts = 1
        return fresh
    }

    /// A neighbor that spoke first.
    static func heard(_ now: Instant, _ timing: NeighborTiming) -> Self { Self(state: .stale, deadline: now + timing.idle) }

    /// A link address to send to exists.
    var isResolved: Bool {
        switch state {
        case .reachable, .stale, .delay, .probe, .fixed: true
        case .incomplete, .failed: false
        }
    }

    /// A packet is about to be sent to the neighbor.
    mutating func used(_ now: Instant, _ timing: NeighborTiming) -> Action {
        guard state == .stale else { return .none }
        guard timing.delay == .zero else {
            (state, deadline) = (.delay, now + timing.delay)
            return .none
        }
        return poll(now, timing)
    }

    /// Upper layers hear nothing from behind it: it is asked whether it is there. RFC 4861 §7.3.1, RFC 1122 §3.3.1.4.
    mutating func doubted(_ now: Instant, _ timing: NeighborTiming) -> Action {
        switch state {
        case .reachable, .stale, .delay: poll(now, timing)
        case .incomplete, .probe, .failed, .fixed: .none
        }
    }

    mutating func timerFired(_ now: Instant, _ timing: NeighborTiming) -> Action {
        deadline = nil
        switch state {
        case .incomplete where attempts < timing.attempts:
            attempts += 1
            deadline = now + timing.retransmit
            return .solicit
        case .incomplete:
            (state, deadline) = (.failed, now + timing.failed)
            return .fail
        case .reachable:
            (state, deadline) = (.stale, now + timing.idle)
            return .none
        case .delay: return poll(now, timing)
        case .probe where attempts < timing.attempts:
            attempts += 1
            deadline = now + timing.retransmit
            return .poll
        case .probe, .stale, .failed: return .forget
        case .fixed: return .none
        }
    }

    private mutating func poll(_ now: Instant, _ timing: NeighborTiming) -> Action {
        (state, attempts, deadline) = (.probe, 1, now + timing.retransmit)
        return .poll
    }

    /// An answer to our question, or proof from above that packets arrive.
    mutating func confirmed(_ now: Instant, _ timing: NeighborTiming) {
        guard state != .fixed else { return }
        (state, deadline) = (.reachable, now + timing.reachable)
    }

    /// The neighbor told a link address unasked. `isNew`: other than what was known.
    mutating func claimed(isNew: Bool, _ now: Instant, _ timing: NeighborTiming) {
        switch state {
        case .incomplete, .failed: (state, deadline) = (.stale, now + timing.idle)
        case .reachable, .stale, .delay, .probe:
            guard isNew else { return }
            (state, deadline) = (.stale, now + timing.idle)
        case .fixed: return
        }
    }
}
