/// A place in a stack's process that is waited for.
public struct Breakpoint: Codable, Sendable, Equatable {
    public enum Kind: UInt32, Codable, Sendable {
        /// Before the instruction there runs.
        case run = 0
        /// After the memory there was written.
        case write = 1
        /// After it was read or written.
        case access = 3
    }

    /// An argument of the function at the place, from 0 to 5, that must have this value for a pass to count.
    public struct Filter: Codable, Sendable, Equatable {
        public var argument: UInt32
        public var value: UInt64
        /// Of the argument's 64 bits the lower half counts.
        public var isNarrow: Bool
        public init(argument: UInt32, value: UInt64, isNarrow: Bool) { (self.argument, self.value, self.isNarrow) = (argument, value, isNarrow) }
    }

    public static let mostFilters = 3
    /// Milliseconds that may be waited, and that the stack may stand, at most.
    public static let mostMilliseconds = 3_600_000

    public var address: UInt64
    /// A second place, waited for in the same way.
    public var other: UInt64?
    public var kind: Kind
    /// 1, 2, 4 or 8; of memory only.
    public var octets: Int
    public var filters: [Filter]
    public var milliseconds: Int, standing: Int
    /// The stack does not stand there: each pass is told.
    public var goesOn: Bool

    public init(_ address: UInt64, or other: UInt64? = nil, _ kind: Kind = .run, octets: Int = 1, filters: [Filter] = [], milliseconds: Int, standing: Int, goesOn: Bool) {
        (self.address, self.other, self.kind, self.octets, self.filters) = (address, other, kind, octets, filters)
        (self.milliseconds, self.standing, self.goesOn) = (milliseconds, standing, goesOn)
    }

    /// Why the processor cannot watch it; nil: it can.
    public var complaint: String? {
        guard kind == .run || [1, 2, 4, 8].contains(octets) else { return "1, 2, 4 or 8 octets can be watched, not \(octets)" }
        guard kind == .run || address % UInt64(octets) == 0 else { return "\(octets) octets are watched at a multiple of \(octets) only" }
        guard address < 1 << 47, (other ?? 0) < 1 << 47 else { return "0x\(String(address, radix: 16)) is no address of a program" }
        return filters.count <= Self.mostFilters && filters.allSatisfy { $0.argument < 6 } ? nil : "it has too many conditions"
    }
}
