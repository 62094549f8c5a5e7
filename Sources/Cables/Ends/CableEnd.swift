/// A descriptor that a cable end waits for.
public struct CableWatch: Equatable, Sendable {
    public var descriptor: Int32
    /// Whether it waits for room too, not only for octets.
    public var forWriting: Bool

    public init(_ descriptor: Int32, forWriting: Bool = false) { (self.descriptor, self.forWriting) = (descriptor, forWriting) }
}

/// The far side of a NIC's cable, as the NIC process holds it. One thread's; nothing blocks.
public protocol CableEnd: AnyObject {
    /// In a few words, for `nic show`: `connected to em-b`, `waiting for em-b`.
    var state: String { get }
    /// Whether anything is there that would hear a frame.
    var carrier: Bool { get }
    var counters: CableCounters { get }
    /// What to watch until the next `service`.
    var watched: [CableWatch] { get }

    /// Sends a frame (without FCS) to the far side, or drops it; counted either way.
    func send(_ frame: RawSpan)

    /// Does what is due: connects, accepts, sends what waited, and delivers at most `CableLimits.burst` frames.
    ///
    /// - Parameter now: monotonic nanoseconds.
    /// - Returns: when to be called next at the latest, though none of `watched` became ready; nil: no such time.
    func service(now: UInt64, _ deliver: (RawSpan) -> Void) -> UInt64?

    /// Frees everything: sockets, their files, devices. Called once, last.
    func close()
}
