/// How much buffer the path needs: twice what the reader takes in a round trip, so that the window never is the limit.
/// The idea is Fisk and Feng's dynamic right-sizing ("Dynamic Adjustment of TCP Window Sizes", 2000, §3).
struct ReceiveTuning {
    /// When the round began, and octets taken since.
    var began = Instant.zero
    var taken: UInt32 = 0
    /// The smallest time seen in which a whole window arrived; zero: none yet.
    var round = Interval.zero
}

extension Connection {
    /// A buffer that nobody has fixed grows to this; what it begins with.
    static var greatestBuffer: Int32 { 6 << 20 }
    static var firstReceiveBuffer: Int32 { 128 << 10 }

    /// The reader has taken octets: has it taken so much in a round trip that the window may be the limit?
    mutating func tune(_ octets: Int, _ now: Instant) {
        tuning.taken &+= UInt32(octets)
        let round = max(recovery.roundTrip.smoothedInterval, .milliseconds(1))
        guard now - tuning.began >= round else { return }
        let wanted = Int(tuning.taken) &* 2
        if wanted > Int(receiveCapacity), now - tuning.began < round * 2 {
            receiveCapacity = Int32(clamping: min(wanted, Int(Self.greatestBuffer)))
        }
        (tuning.began, tuning.taken) = (now, 0)
    }
}
