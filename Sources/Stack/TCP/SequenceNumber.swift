/// A position in a stream of octets, modulo 2^32. RFC 9293 §3.4.
///
/// Comparison is by distance, and right as long as the two are less than 2^31 apart, which windows of at most 2^30
/// ensure (RFC 7323 §2.3). It is no order (a < b < c < a is possible), hence not `Comparable`.
struct SequenceNumber: Hashable, Sendable, BitwiseCopyable {
    var rawValue: UInt32

    @inline(__always) init(rawValue: UInt32) { self.rawValue = rawValue }

    @inline(__always) static func + (a: Self, octets: Int) -> Self {
        Self(rawValue: a.rawValue &+ UInt32(truncatingIfNeeded: octets))
    }

    @inline(__always) static func - (a: Self, octets: Int) -> Self {
        Self(rawValue: a.rawValue &- UInt32(truncatingIfNeeded: octets))
    }

    @inline(__always) static func += (a: inout Self, octets: Int) { a = a + octets }

    /// Octets from `b` to `a`: -2^31...2^31 - 1, negative when `a` is the earlier one.
    @inline(__always) static func - (a: Self, b: Self) -> Int {
        Int(Int32(bitPattern: a.rawValue &- b.rawValue))
    }

    @inline(__always) static func < (a: Self, b: Self) -> Bool { a - b < 0 }
    @inline(__always) static func <= (a: Self, b: Self) -> Bool { a - b <= 0 }
    @inline(__always) static func > (a: Self, b: Self) -> Bool { a - b > 0 }
    @inline(__always) static func >= (a: Self, b: Self) -> Bool { a - b >= 0 }

    /// Whether it is one of the `octets` numbers from `first` on; never for zero or fewer.
    @inline(__always) func isIn(_ first: Self, _ octets: Int) -> Bool {
        Int(rawValue &- first.rawValue) < octets
    }
}

extension SequenceNumber: CustomStringConvertible {
    var description: String { String(rawValue) }
}
