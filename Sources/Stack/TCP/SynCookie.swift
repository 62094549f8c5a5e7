internal import Wire

/// An initial sequence number that remembers a SYN, for when there is no room to. RFC 4987 §3.6, after Bernstein's scheme.
///
///     31    27 26  24 23                          0
///     +-------+------+-----------------------------+
///     | epoch | size | keyed hash of all the rest  |
///     +-------+------+-----------------------------+
///
/// What the options offered is kept in the low bits of our timestamp, where the peer has clocks: without, they are lost.
struct SynCookies: Sendable {
    private let function: KeyedFunction
    /// An epoch; a cookie of this one or the last is honoured.
    static let epoch = Interval.seconds(64)
    private static let sizes: [8 of UInt16] = [216, 536, 1024, 1220, 1360, 1440, 1452, 1460]

    init(_ random: inout RandomSource) { function = KeyedFunction(random.next(), random.next()) }

    private func epoch(_ now: Instant) -> UInt32 {
        UInt32(truncatingIfNeeded: now.nanoseconds / UInt64(Self.epoch.nanoseconds)) & 31
    }

    private func hash(_ name: FourTuple, _ initialReceive: SequenceNumber, _ epoch: UInt32, _ size: UInt32) -> UInt32 {
        let numbers = UInt64(name.local.port) | UInt64(name.remote.port) &<< 16 | UInt64(initialReceive.rawValue) &<< 32
        let addresses = function(name.local.address.high ^ name.remote.address.high.byteSwapped, name.local.address.low)
        let mixed = function(addresses ^ name.remote.address.low, numbers)
        return UInt32(truncatingIfNeeded: function(mixed, UInt64(epoch &<< 3 | size))) & 0xff_ffff
    }

    func make(_ name: FourTuple, _ initialReceive: SequenceNumber, maximumSegment: UInt16, _ now: Instant) -> SequenceNumber {
        var size: UInt32 = 0
        for k in 0..<8 where Self.sizes[k] <= maximumSegment { size = UInt32(k) }
        let epoch = epoch(now)
        return SequenceNumber(rawValue: epoch &<< 27 | size &<< 24 | hash(name, initialReceive, epoch, size))
    }

    /// The peer's maximum segment, if `initialSend` is a cookie of ours and not too old.
    func open(_ initialSend: SequenceNumber, _ name: FourTuple, _ initialReceive: SequenceNumber, _ now: Instant) -> UInt16? {
        let epoch = initialSend.rawValue &>> 27, size = initialSend.rawValue &>> 24 & 7
        guard (self.epoch(now) &- epoch) & 31 <= 1 else { return nil }
        guard hash(name, initialReceive, epoch, size) == initialSend.rawValue & 0xff_ffff else { return nil }
        return Self.sizes[Int(size)]
    }

    /// The low six bits of a timestamp: scale (15: none), SACK, ECN.
    static func clock(_ clock: UInt32, _ offer: PeerOffer) -> UInt32 {
        let bits = UInt32(min(offer.scale ?? 15, 15)) | (offer.hasSACK ? 16 : 0) | (offer.hasECN ? 32 : 0)
        let marked = clock & ~63 | bits
        return marked > clock ? marked &- 64 : marked // Never ahead of the clock that it stands for.
    }

    static func offer(echo: UInt32) -> (scale: UInt8?, hasSACK: Bool, hasECN: Bool) {
        let scale = UInt8(echo & 15)
        return (scale == 15 ? nil : scale, echo & 16 != 0, echo & 32 != 0)
    }
}
