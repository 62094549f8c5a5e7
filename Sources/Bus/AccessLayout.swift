/// The access channel: how a stack's register accesses reach a NIC process, in memory that both map.
///
///     octet 0     64      128     192            4096                          20480
///     +-----------+-------+-------+--------------+-----------------------------+
///     | stack     | NIC   | NIC   |              | 256 slots of 64 octets      |
///     | asleep    | done, | asleep|              |                             |
///     |           | answer|       |              |                             |
///     +-----------+-------+-------+--------------+-----------------------------+
///
/// **A slot** is one access. Its first word is its stamp: position + 1, stored last. Positions count from 0 and wrap at
/// 2^32; a slot of an earlier lap carries another stamp, so the NIC needs no index from the stack, and nothing that a
/// stack writes can move the NIC's position.
///
/// **Posting** (stack): wait until position - done < 256, fill the slot, *release* store of the stamp. A store ends here.
/// **Serving** (NIC): *acquire* load of the stamp at its own position (pairs with the release above); when it matches,
/// copy the slot once, check the copy, perform it, then *release* store of `done` = position + 1. For a load the value
/// and then, by *release*, the stamp go into the answer first. One access at a time, in order: so a load is answered
/// after every store before it has been performed, as on PCI.
/// **Loading** (stack): post, spin on the answer's stamp with *acquire* (pairs with the release above), then read the value.
///
/// **Sleeping, either side.** The sleeper stores asleep = 1, *full fence*, looks once more, and only then blocks on its
/// bell (an eventfd). The waker stores its news (stamp, answer or done), *full fence*, then reads asleep, and rings when
/// an exchange to 0 took it from 1. The two fences forbid the one bad outcome: the sleeper missing the news *and* the
/// waker missing the flag (each has a store before and a load after its fence; in any order of the two fences at least
/// one load sees the other's store). A ring too many is harmless: the sleeper looks again.
///
/// **Spinning** before that is of use only where the two run on two processors: each says beside its last word on which one it does,
/// and who finds the other on its own blocks at once.
///
/// **Trust.** The NIC takes from the stack only slot contents, copied before they are checked. The stack takes from the
/// NIC `done`, refused when more than was posted, and answers. The memory is sealed against shrinking, so no access to
/// it can fault.
/// **Bounds.** A stack waits at most `patience` for room or for an answer. After that, or when the NIC's connection is
/// closed, the device is gone for good: loads give all ones, stores go nowhere.
enum AccessLayout {
    static var version: Int { 3 }
    static var stackAsleep: Int { 0 }
    static var done: Int { 64 }
    static var answerStamp: Int { 68 }
    static var answerValue: Int { 72 }
    static var nicProcessor: Int { 76 }
    static var nicAsleep: Int { 128 }
    static var slots: Int { 4096 }
    static var slotOctets: Int { 64 }
    static var capacity: UInt32 { 256 }
    static var length: Int { slots + Int(capacity) * slotOctets }

    // Within a slot.
    static var stamp: Int { 0 }
    static var kind: Int { 4 }
    static var space: Int { 8 }
    static var offset: Int { 12 }
    static var width: Int { 16 }
    static var value: Int { 20 }
    static var processor: Int { 24 }

    /// Rounds of looking before a side blocks: some 10 µs, what a wake-up costs.
    static var spins: Int { 400 }
    /// Milliseconds that a stack waits for a silent NIC.
    static var patience: Int32 { 1000 }
}

/// What a slot asks for.
public enum AccessKind: UInt32, Sendable {
    case load = 1, store = 2
    /// INTx: the driver has seen to it; signal again if the line is (still, or again) asserted. `offset`: the vector.
    case unmask = 3
}

/// One access as the NIC performs it; checked.
public struct Access: Equatable, Sendable {
    public var kind: AccessKind
    /// Base address region 0 to 5, or `configuration`.
    public var space: UInt32
    public var offset: UInt32
    /// 1, 2 or 4 octets.
    public var width: UInt32
    public var value: UInt32

    /// The space that is not a region.
    @inlinable public static var configuration: UInt32 { 255 }

    public init(kind: AccessKind, space: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        (self.kind, self.space, self.offset, self.width, self.value) = (kind, space, offset, width, value)
    }

    /// Nil: a stack in its right mind does not write this.
    init?(kind: UInt32, space: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        guard let kind = AccessKind(rawValue: kind) else { return nil }
        if kind == .load || kind == .store {
            guard space <= 5 || space == Self.configuration, width == 1 || width == 2 || width == 4 else { return nil }
        }
        self.init(kind: kind, space: space, offset: offset, width: width, value: value)
    }
}
