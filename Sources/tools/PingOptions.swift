internal import Messages

/// What a `ping` was asked to do, checked.
struct PingOptions: Equatable {
    var host: String
    var family: Family
    /// Requests to send; nil: until interrupted.
    var count: Int?
    /// Nanoseconds between requests.
    var interval: UInt64 = 1_000_000_000
    /// Octets of data behind the 8 of the header.
    var size = 56
    var flood = false
    var numeric = false
    var quiet = false
    var verbose = false
    /// End at the first reply.
    var once = false
    /// Requests sent at once before the rhythm begins.
    var preload = 0
    /// Nanoseconds after which the whole run ends.
    var limit: UInt64?
    /// Repeated to fill the data; empty: 0, 1, 2, ….
    var pattern: [UInt8] = []
    var hopLimit: UInt8 = 0
    var typeOfService: UInt8 = 0
    var dontFragment = false

    init(host: String, family: Family) { (self.host, self.family) = (host, family) }

    /// What requests carry.
    var data: [UInt8] {
        (0..<size).map { pattern.isEmpty ? UInt8(truncatingIfNeeded: $0) : pattern[$0 % pattern.count] }
    }

    /// Hexadecimal digits, two an octet, at most 16 octets: `ff00`; nil otherwise.
    static func pattern(_ text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, (1...32).contains(digits.count) else { return nil }
        let even = digits.count % 2 == 0 ? digits : [0] + digits
        return stride(from: 0, to: even.count, by: 2).map { UInt8(even[$0] << 4 | even[$0 + 1]) }
    }
}
