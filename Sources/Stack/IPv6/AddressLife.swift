/// Whether an IPv6 address is ours to use, and until when: duplicate address detection and the two lifetimes.
/// RFC 4862 §5.4, §5.5.4. Pure: events and time in, what to do out.
struct AddressLife: Sendable {
    enum State: Equatable, Sendable {
        /// So many solicitations sent; not ours yet.
        case tentative(sent: Int)
        case assigned
        /// Somebody else's.
        case duplicated
    }

    enum Origin: UInt8, Sendable {
        /// By hand.
        case given
        /// fe80::/64 and an identifier of this stack's making.
        case formed
        /// From a prefix that a router announced.
        case autoconfigured
    }

    enum Action: Equatable, Sendable {
        case none
        /// Ask whether anybody has it.
        case probe
        /// Nobody does.
        case ready
        case expired
    }

    private(set) var state: State
    /// When detection goes on.
    private(set) var detection: Instant?
    var origin = Origin.given
    var preferredUntil = Instant.never, validUntil = Instant.never
    /// The solicited-node group was joined for it.
    var isInGroup = false

    /// An address that needs no detection.
    static let forever = Self(state: .assigned)

    private init(state: State) { self.state = state }

    var isAssigned: Bool { state == .assigned }
    var isTentative: Bool { if case .tentative = state { true } else { false } }
    /// Not to be chosen for anything new. RFC 4862 §5.5.4.
    func isDeprecated(_ now: Instant) -> Bool { preferredUntil <= now }
    /// When `timerFired` has something to do.
    var deadline: Instant? {
        let next = min(detection ?? .never, validUntil)
        return next == .never ? nil : next
    }

    /// Detection begins (again); the first solicitation is due at `first`.
    mutating func detect(first: Instant) { (state, detection) = (.tentative(sent: 0), first) }

    mutating func timerFired(_ now: Instant, probes: Int, retransmit: Interval) -> Action {
        if validUntil <= now {
            detection = nil
            return .expired
        }
        guard let due = detection, due <= now else { return .none }
        guard case .tentative(let sent) = state else {
            detection = nil
            return .none
        }
        guard sent < probes else {
            (state, detection) = (.assigned, nil)
            return .ready
        }
        (state, detection) = (.tentative(sent: sent + 1), now + retransmit)
        return .probe
    }

    /// Another station has it, or asks for it as we do.
    /// - Returns: whether it was in question: an address that is ours stays ours. RFC 4862 §5.4.4.
    mutating func heardConflict() -> Bool {
        guard isTentative else { return false }
        (state, detection) = (.duplicated, nil)
        return true
    }

    /// A router has announced the prefix again. RFC 4862 §5.5.3 (e): nobody can shorten a life of more than two hours to
    /// less than that.
    mutating func renew(valid: Interval?, preferred: Interval?, _ now: Instant) {
        preferredUntil = Self.end(preferred, now)
        let twoHours = Interval.seconds(7200)
        let remaining: Interval? = validUntil == .never ? nil : validUntil - now
        guard let valid else { return validUntil = .never }
        if valid > twoHours || remaining.map({ valid > $0 }) ?? false {
            validUntil = now + valid
        } else if remaining.map({ $0 > twoHours }) ?? true {
            validUntil = now + twoHours
        }
        preferredUntil = min(preferredUntil, validUntil)
    }

    /// When a lifetime that begins now ends; nil is for ever.
    static func end(_ lifetime: Interval?, _ now: Instant) -> Instant { lifetime.map { now + $0 } ?? .never }
}

extension Interval {
    /// A lifetime as a router announces it: nil for the value that means for ever. RFC 4861 §4.6.2.
    static func lifetime(_ seconds: UInt32) -> Interval? { seconds == .max ? nil : .seconds(Int(seconds)) }
}
