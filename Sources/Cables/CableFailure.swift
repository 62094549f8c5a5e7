/// Why a cable could not be understood, plugged in, or kept: what failed, why, and what to do.
public struct CableFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public var what: String, why: String, fix: String

    public init(_ what: String, _ why: String, fix: String) { (self.what, self.why, self.fix) = (what, why, fix) }

    public var description: String { "\(what): \(why); \(fix)" }
}
