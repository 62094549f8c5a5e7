import DriverKit
import E1000Registers

/// Causes, mask, moderation and the delay timers. 8254x §13.4.17–13.4.21, §3.2.7, §3.4.3
///
/// A pure state machine: causes and time in, the level of the line out.
struct InterruptUnit {
    /// One unit of RDTR, RADV, TIDV and TADV.
    static let delayNanoseconds: UInt64 = 1024
    /// One unit of ITR.
    static let throttleNanoseconds: UInt64 = 256

    private(set) var cause: UInt32 = 0
    private(set) var mask: UInt32 = 0
    /// The line as the device drives it.
    private(set) var asserted = false
    /// Until when ITR holds the next interrupt back.
    private var quietUntil: UInt64 = 0

    /// When the receive packet timer (RDTR) and absolute timer (RADV) fire.
    private(set) var receiveDelay: UInt64?
    private(set) var receiveLimit: UInt64?
    /// When TIDV and TADV fire.
    private(set) var transmitDelay: UInt64?
    private(set) var transmitLimit: UInt64?

    /// The causes of the first receive and transmit queue; the second's are one bit higher. 82574 §10.2.4 (ICR)
    static let receiveQueue: UInt32 = 1 << 20
    static let transmitQueue: UInt32 = 1 << 22
    /// Queues that raise their causes with the timers.
    private var waitingReceive: UInt32 = 0, waitingTransmit: UInt32 = 0

    var pending: UInt32 { cause & mask }

    mutating func raise(_ causes: UInt32) { cause |= causes }
    mutating func clear(_ causes: UInt32) { cause &= ~causes }
    mutating func enable(_ causes: UInt32) { mask |= causes }
    mutating func disable(_ causes: UInt32) { mask &= ~causes }

    /// A frame is in memory. 8254x §3.2.7.1: RDTR 0 means no delay; it also disables RADV.
    mutating func received(queue: UInt32 = 0, delay: UInt32, limit: UInt32, now: UInt64) {
        waitingReceive |= queue
        guard delay > 0 else { return receiveTimerFires() }
        receiveDelay = now + UInt64(delay) * Self.delayNanoseconds
        if limit > 0, receiveLimit == nil { receiveLimit = now + UInt64(limit) * Self.delayNanoseconds }
    }

    /// A descriptor that reports status was written back. 8254x §3.4.3.1, §13.4.41, §13.4.44
    mutating func transmitted(queue: UInt32 = 0, delayed: Bool, delay: UInt32, limit: UInt32, now: UInt64) {
        waitingTransmit |= queue
        guard delayed, delay > 0 else { return transmitTimerFires() }
        transmitDelay = now + UInt64(delay) * Self.delayNanoseconds
        if limit > 0, transmitLimit == nil { transmitLimit = now + UInt64(limit) * Self.delayNanoseconds }
    }

    /// RXT0, and both receive timers halt. 8254x §13.4.30
    mutating func receiveTimerFires() {
        raise(Causes().rxt0.mask | waitingReceive)
        waitingReceive = 0
        (receiveDelay, receiveLimit) = (nil, nil)
    }

    private mutating func transmitTimerFires() {
        raise(Causes().txdw.mask | waitingTransmit)
        waitingTransmit = 0
        (transmitDelay, transmitLimit) = (nil, nil)
    }

    /// Small packet detection ends the receive timers. 8254x §3.2.7.1.2
    mutating func smallPacket() {
        raise(Causes().srpd.mask)
        (receiveDelay, receiveLimit) = (nil, nil)
    }

    /// Fires the timers that are due.
    mutating func expire(now: UInt64) {
        if let due = [receiveDelay, receiveLimit].compactMap(\.self).min(), due <= now { receiveTimerFires() }
        if let due = [transmitDelay, transmitLimit].compactMap(\.self).min(), due <= now { transmitTimerFires() }
    }

    /// Moves the line to what causes, mask and moderation say; true when it was asserted or released by this call.
    mutating func settle(interval: UInt32, now: UInt64) -> Bool {
        let wanted = pending != 0
        guard wanted != asserted else { return false }
        if wanted {
            guard now >= quietUntil else { return false }
            quietUntil = now + UInt64(interval) * Self.throttleNanoseconds
        }
        asserted = wanted
        return true
    }

    /// A new interval counts from now: writing ITR reloads the counter. 8254x §13.4.18
    mutating func restartThrottle(interval: UInt32, now: UInt64) {
        quietUntil = min(quietUntil, now + UInt64(interval) * Self.throttleNanoseconds)
    }

    /// When something here is due next.
    var deadline: UInt64? {
        let throttled: UInt64? = pending != 0 && !asserted ? quietUntil : nil
        return [throttled, timerDeadline].compactMap(\.self).min()
    }

    /// When the first of the delay timers fires.
    var timerDeadline: UInt64? { [receiveDelay, receiveLimit, transmitDelay, transmitLimit].compactMap(\.self).min() }
}
