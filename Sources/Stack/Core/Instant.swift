/// A point of the stack's own time, in nanoseconds since an origin that the process chose. The stack never asks a clock.
@frozen public struct Instant: Comparable, Hashable, Sendable {
    public var nanoseconds: UInt64
    @inlinable public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
    /// The origin.
    @inlinable public static var zero: Self { .init(nanoseconds: 0) }
    /// Later than every deadline.
    @inlinable public static var never: Self { .init(nanoseconds: .max) }

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Saturates at both ends: a deadline may be far, it never wraps.
    @inlinable public static func + (a: Self, b: Interval) -> Self {
        let magnitude = b.nanoseconds.magnitude
        if b.nanoseconds < 0 { return .init(nanoseconds: a.nanoseconds > magnitude ? a.nanoseconds &- magnitude : 0) }
        let (sum, wrapped) = a.nanoseconds.addingReportingOverflow(magnitude)
        return .init(nanoseconds: wrapped ? .max : sum)
    }

    /// The time from `b` to `a`, saturated.
    @inlinable public static func - (a: Self, b: Self) -> Interval {
        a >= b
            ? Interval(nanoseconds: Int64(clamping: a.nanoseconds &- b.nanoseconds))
            : Interval(nanoseconds: -Int64(clamping: b.nanoseconds &- a.nanoseconds))
    }
}

/// A length of time in nanoseconds; may be negative.
@frozen public struct Interval: Comparable, Hashable, Sendable {
    public var nanoseconds: Int64
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    @inlinable public static var zero: Self { .init(nanoseconds: 0) }
    @inlinable public static func seconds(_ n: Int) -> Self { .init(nanoseconds: Int64(clamping: n).multipliedClamping(1_000_000_000)) }
    @inlinable public static func milliseconds(_ n: Int) -> Self { .init(nanoseconds: Int64(clamping: n).multipliedClamping(1_000_000)) }
    @inlinable public static func microseconds(_ n: Int) -> Self { .init(nanoseconds: Int64(clamping: n).multipliedClamping(1_000)) }

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable public static func * (a: Self, n: Int) -> Self { .init(nanoseconds: a.nanoseconds.multipliedClamping(Int64(clamping: n))) }
    /// Whole seconds, rounded down.
    @inlinable public var seconds: Int { Int(nanoseconds / 1_000_000_000) }
}

extension Int64 {
    @usableFromInline func multipliedClamping(_ other: Int64) -> Int64 {
        let (product, wrapped) = multipliedReportingOverflow(by: other)
        return wrapped ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}
