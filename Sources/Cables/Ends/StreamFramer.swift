/// Takes frames out of a byte stream in which a 4-octet big-endian length precedes each: what QEMU's `-netdev stream`
/// speaks. Bytes in as they come, whole frames out.
public struct StreamFramer {
    /// Octets of the length field.
    public static let prefix = 4

    /// A length that no frame has: the two ends no longer agree where frames begin.
    public struct BadLength: Error, Equatable, Sendable { public var octets: UInt32 }

    private var buffer: [UInt8]
    private var start = 0, end = 0

    public init() { buffer = [UInt8](repeating: 0, count: Self.prefix + CableLimits.longestFrame + 65536) }

    /// Lets `read` fill free room, moving what is left of the last frame to the front first.
    ///
    /// - Parameter read: returns how many octets it wrote.
    @unsafe public mutating func fill(_ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        if start > 0 {
            for k in start..<end { buffer[k - start] = buffer[k] }
            (start, end) = (0, end - start)
        }
        let from = end
        // SAFETY: `from` never exceeds the buffer, and what `read` claims is checked against the room it was given.
        let count = unsafe buffer.withUnsafeMutableBytes { whole in
            unsafe read(UnsafeMutableRawBufferPointer(rebasing: whole[from...]))
        }
        if count > 0 { end += min(count, buffer.count - end) }
        return count
    }

    /// Takes octets that are already here.
    /// - Returns: how many there was room for.
    public mutating func append(_ octets: [UInt8]) -> Int {
        unsafe fill { room in
            let count = min(room.count, octets.count)
            for k in 0..<count { unsafe room[k] = octets[k] }
            return count
        }
    }

    /// Hands out every whole frame.
    ///
    /// - Throws: when a length is shorter than an Ethernet header or longer than any frame; the stream must be closed.
    /// - Returns: how many there were.
    @discardableResult public mutating func frames(_ deliver: (RawSpan) -> Void) throws(BadLength) -> Int {
        var count = 0
        while end - start >= Self.prefix {
            var octets: UInt32 = 0
            for k in 0..<Self.prefix { octets = octets << 8 | UInt32(buffer[start + k]) }
            guard octets >= UInt32(CableLimits.shortestFrame), octets <= UInt32(CableLimits.longestFrame)
            else { throw BadLength(octets: octets) }
            guard end - start - Self.prefix >= Int(octets) else { break }
            let first = start + Self.prefix
            buffer.show(first..<first + Int(octets), deliver)
            start = first + Int(octets)
            count += 1
        }
        if start == end { (start, end) = (0, 0) }
        return count
    }

    /// The length field for a frame.
    public static func header(_ octets: Int) -> [UInt8] {
        let length = UInt32(truncatingIfNeeded: octets)
        return [UInt8(truncatingIfNeeded: length >> 24), UInt8(truncatingIfNeeded: length >> 16),
                UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
    }
}
