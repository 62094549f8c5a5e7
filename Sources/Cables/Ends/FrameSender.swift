/// What a transport did with a frame.
enum SendOutcome {
    case sent
    /// Not now: it will tell when there is room.
    case full
    /// Never this frame; the transport goes on.
    case refused
    /// Nobody is there any more.
    case broken
}

/// The sending half of a cable end: counts every frame once, and lets a bounded number wait for a far side that is busy.
struct FrameSender {
    private(set) var counters = CableCounters()
    private var waiting: [[UInt8]] = []
    private var first = 0
    private var octets = 0

    /// Whether frames wait for room.
    var isWaiting: Bool { first < waiting.count }

    /// Sends a frame, or lets it wait, or drops it.
    ///
    /// - Returns: false when the transport is broken.
    mutating func send(_ frame: RawSpan, carrier: Bool, _ transport: (RawSpan) -> SendOutcome) -> Bool {
        counters.offered &+= 1
        guard frame.byteCount >= CableLimits.shortestFrame, frame.byteCount <= CableLimits.longestFrame else {
            counters.badLength &+= 1
            return true
        }
        guard carrier else { counters.noCarrier &+= 1; return true }
        if isWaiting { return wait(frame) }
        switch transport(frame) {
        case .sent: countSent(frame.byteCount)
        case .full: return wait(frame)
        case .refused: counters.failed &+= 1
        case .broken:
            counters.failed &+= 1
            return false
        }
        return true
    }

    private mutating func wait(_ frame: RawSpan) -> Bool {
        guard waiting.count - first < CableLimits.queuedFrames, octets + frame.byteCount <= CableLimits.queuedOctets else {
            counters.congested &+= 1
            return true
        }
        waiting.append(frame.copied)
        octets += frame.byteCount
        counters.queued &+= 1
        return true
    }

    private mutating func countSent(_ octets: Int) {
        counters.sent &+= 1
        counters.sentOctets &+= UInt64(octets)
    }

    /// Sends what waited, as far as there is room. - Returns: false when the transport is broken.
    mutating func flush(_ transport: (RawSpan) -> SendOutcome) -> Bool {
        while first < waiting.count {
            let frame = waiting[first]
            switch transport(unsafe frame.span.bytes) {
            case .full: return true
            case .broken: return false
            case .sent: countSent(waiting[first].count)
            case .refused: counters.failed &+= 1
            }
            dropFirst()
        }
        return true
    }

    private mutating func dropFirst() {
        octets -= waiting[first].count
        waiting[first] = []
        counters.queued &-= 1
        first += 1
        if first == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            first = 0
        } else if first >= CableLimits.queuedFrames {
            waiting.removeFirst(first)
            first = 0
        }
    }

    /// The far side is gone: what waited for it is lost, and counted.
    mutating func abandon() {
        while isWaiting {
            counters.failed &+= 1
            dropFirst()
        }
    }

    // The receiving half's counters live here too, so that an end has one set.

    /// Counts a frame that arrived; false: it must be dropped, and was counted so.
    mutating func admit(_ octets: Int) -> Bool {
        guard octets >= CableLimits.shortestFrame, octets <= CableLimits.longestFrame else {
            counters.receivedBadLength &+= 1
            return false
        }
        counters.received &+= 1
        counters.receivedOctets &+= UInt64(octets)
        return true
    }
}
