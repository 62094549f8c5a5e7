import Testing
import Wire

/// SplitMix64: the same octets on every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

/// Why a view refuses octets; nil when it does not.
func refusal(_ octets: [UInt8], _ parse: (RawSpan) throws(WireError) -> Void) -> WireError? {
    do { try parse(octets.raw) } catch { return error }
    return nil
}

/// One octet replaced.
func changed(_ octets: [UInt8], _ offset: Int, _ value: UInt8) -> [UInt8] {
    var copy = octets
    copy[offset] = value
    return copy
}

/// What a value writes into a dirty buffer of `count` octets.
func written(_ count: Int, _ write: (inout MutableRawSpan) -> Void) -> [UInt8] { Exercise.written(count, write) }

/// `#expect` for conditions over views: its macro would capture them in a closure, which a view must not enter.
func check(_ holds: Bool, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(holds, Comment(rawValue: what), sourceLocation: sourceLocation)
}
