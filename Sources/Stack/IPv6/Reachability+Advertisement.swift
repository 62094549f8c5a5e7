internal import Wire

extension Reachability {
    /// What a neighbor advertisement changes besides the state. RFC 4861 §7.2.5.
    struct Verdict: Equatable, Sendable {
        /// Nothing at all is to be learned from it.
        var isIgnored = false
        /// The link address in it is the neighbor's.
        var takesAddress = false
    }

    /// A neighbor advertisement for this entry. RFC 4861 §7.2.5 and its Appendix C.
    ///
    /// - Parameters:
    ///   - mac: the target link-layer address option; nil without one.
    ///   - known: the link address in the cache.
    mutating func advertised(
        _ mac: MACAddress?, known: MACAddress, _ flags: NeighborFlags, _ now: Instant, _ timing: NeighborTiming
    ) -> Verdict {
        switch state {
        case .fixed: return Verdict(isIgnored: true)
        case .incomplete, .failed:
            guard mac != nil else { return Verdict(isIgnored: true) }
            if flags.isSolicited { confirmed(now, timing) } else { claimed(isNew: true, now, timing) }
            return Verdict(takesAddress: true)
        case .reachable, .stale, .delay, .probe:
            let differs = mac.map { $0 != known } ?? false
            if !flags.isOverride, differs {
                // Another station answers: what was certain is not any more, and that is all.
                if state == .reachable { claimed(isNew: true, now, timing) }
                return Verdict(isIgnored: true)
            }
            if flags.isSolicited { confirmed(now, timing) } else if differs { claimed(isNew: true, now, timing) }
            return Verdict(takesAddress: differs)
        }
    }
}
