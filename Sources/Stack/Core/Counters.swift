/// A flat array of counters, one for each case of `Name`: no allocation, copied in one go for a listing.
public struct Tally<Name: RawRepresentable & Sendable>: Sendable where Name.RawValue == UInt8 {
    private var values = [256 of UInt64](repeating: 0)

    init() {}

    /// The count of one name.
    public internal(set) subscript(name: Name) -> UInt64 {
        @inline(__always) get { values[Int(name.rawValue)] }
        @inline(__always) set { values[Int(name.rawValue)] = newValue }
    }

    /// The sum of all.
    public var total: UInt64 {
        var sum: UInt64 = 0
        for k in 0..<256 { sum &+= values[k] }
        return sum
    }
}

/// The account of every frame: what entered has left in exactly one way, or is still held.
///
/// `entered == delivered + consumed + transmitted + dropped + held` at every moment; a test holds it after every run.
public struct Ledger: Equatable, Sendable {
    /// Frames given to `receive`, frames looped back, packets that the stack made or tried to make.
    public internal(set) var entered: UInt64 = 0
    /// Handed to an endpoint's queue.
    public internal(set) var delivered: UInt64 = 0
    /// Used up by a protocol: an ARP packet, an echo request answered, a fragment whose datagram is whole.
    public internal(set) var consumed: UInt64 = 0
    /// Taken from a transmit queue.
    public internal(set) var transmitted: UInt64 = 0
    /// Lost, each under one `DropReason`.
    public internal(set) var dropped: UInt64 = 0
    /// In transmit queues, waiting for a neighbor, or in reassembly.
    public internal(set) var held: UInt64 = 0

    /// Whether nothing was lost from sight.
    public var isBalanced: Bool { entered == delivered &+ consumed &+ transmitted &+ dropped &+ held }
}
