public import DriverKit

/// Which frames come in, for links whose host lets in more than was asked for: others' frames, groups that another program joined.
///
/// Addresses are numbers with octet 0 in the lowest bits.
@frozen public struct AddressFilter: Sendable {
    /// Groups that are kept one by one; more of them are all of them.
    @inlinable public static var most: Int { 64 }
    @inlinable public static var everybody: UInt64 { 0xFFFF_FFFF_FFFF }

    public internal(set) var own: UInt64
    public internal(set) var isPromiscuous = false, hasAllGroups = false
    @usableFromInline var groups = InlineArray<64, UInt64>(repeating: 0)
    @usableFromInline var count = 0

    /// Frames to `own` and to everybody.
    public init(own: HardwareAddress) { self.own = own.number }

    /// Whether a frame to `destination` is wanted.
    @inlinable @inline(__always) public func accepts(_ destination: UInt64) -> Bool { destination == own || isPromiscuous || isGroup(destination) }

    @inlinable func isGroup(_ destination: UInt64) -> Bool {
        guard destination & 1 == 1 else { return false }
        if hasAllGroups || destination == Self.everybody { return true }
        for i in 0..<count where groups[i] == destination { return true }
        return false
    }

    /// - Precondition: there are fewer than ``most``.
    mutating func join(_ group: UInt64) {
        groups[count] = group
        count += 1
    }
    /// The group that was joined last, and is no more; nil: there is none.
    mutating func leave() -> UInt64? {
        guard count > 0 else { return nil }
        count -= 1
        return groups[count]
    }
}

extension Audience {
    /// Whom a frame to `destination` is for.
    @inlinable @inline(__always) public init(_ destination: UInt64) {
        self = destination & 1 == 0 ? .station : destination == AddressFilter.everybody ? .broadcast : .multicast
    }
}
