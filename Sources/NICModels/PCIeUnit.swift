import DriverKit
import E1000ERegisters
import E1000Registers

/// What an 82574 has besides an 8254x: MSI-X, semaphores, the reload of the NVM. 82574 §3.3, §4.5, §7.4
struct PCIeUnit {
    /// MSI-X vectors. 82574 §7.4.2
    static let vectors = 5
    /// How long the NVM is read after a reset.
    static let reloadNanoseconds: UInt64 = 50_000

    /// Vectors that the host has granted; 0: no MSI-X.
    var granted = 0
    /// Until when EITR holds each vector back.
    var quietUntil = [UInt64](repeating: 0, count: Self.vectors)
    /// Causes whose message has left and that are still there: only a new one sends again.
    var sent: UInt32 = 0
    /// EEC.AUTO_RD is clear until then.
    var reloadUntil: UInt64?
    /// SWSM.SMBI.
    var isTaken = false

    mutating func reset(now: UInt64) {
        (sent, isTaken, reloadUntil) = (0, false, now + Self.reloadNanoseconds)
        quietUntil = [UInt64](repeating: 0, count: Self.vectors)
    }

    /// Where the 82574's data sheet says what the 8254x's manual says in `section`. Registers cite their own.
    static func section(_ section: String) -> String {
        let places = [
            ("8254x §13.4.33", "82574 §10.2.6"), ("8254x §13.4.41", "82574 §10.2.6"), ("8254x §13.4", "82574 §10.2.2"),
            ("8254x §13.2", "82574 §10.1"), ("8254x §4.1", "82574 §9.1"), ("8254x §3.2", "82574 §7.1"),
            ("8254x §3.3", "82574 §7.2"), ("8254x §3.4", "82574 §7.2"), ("8254x §3.5", "82574 §7.3"), ("8254x §3.6", "82574 §7.3"),
            ("8254x §14", "82574 §4.6"),
        ]
        return places.first { section.hasPrefix($0.0) }?.1 ?? section
    }
}

/// A cause with a message of its own: its bits in ICR, and its field of IVAR. 82574 §7.4.2
struct VectorCause {
    var mask: UInt32
    var allocation: Field

    static let all: [VectorCause] = {
        let c = I82574.Causes(), i = I82574.IVAR()
        return [
            VectorCause(mask: c.rxq0.mask, allocation: i.rxq0), VectorCause(mask: c.rxq1.mask, allocation: i.rxq1),
            VectorCause(mask: c.txq0.mask, allocation: i.txq0), VectorCause(mask: c.txq1.mask, allocation: i.txq1),
            VectorCause(mask: c.other.mask, allocation: i.other),
        ]
    }()

    /// The causes behind OTHER. 82574 §10.2.4 (ICR)
    static let others: UInt32 = {
        let c = I82574.Causes()
        return c.lsc.mask | c.rxo.mask | c.mdac.mask | c.srpd.mask | c.ack.mask | c.mng.mask | c.rxdmt0.mask
    }()
}
