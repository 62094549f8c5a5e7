/// The time stamps of one segment. RFC 7323 §3.2.
@frozen public struct TCPTimestamp: Equatable, Sendable {
    /// TSval: the sender's clock.
    public var value: UInt32
    /// TSecr: the peer's clock as last heard; without meaning where ACK is not set.
    public var echo: UInt32

    @inline(always) public init(value: UInt32, echo: UInt32) {
        self.value = value
        self.echo = echo
    }
}

/// Octets that have arrived: from `left` up to, not with, `right`. RFC 2018 §3.
@frozen public struct TCPSackBlock: Equatable, Sendable {
    public var left: UInt32
    public var right: UInt32

    @inline(always) public init(left: UInt32, right: UInt32) {
        self.left = left
        self.right = right
    }
}

/// The options of one segment, as read or to be sent: a flat value, whatever the octets were.
///
/// Reading never fails. An unknown option is skipped by its length (RFC 9293 §3.1, MUST-6); one with an illegal length
/// (MUST-7) ends the list, keeps what stood before it, and sets ``isMalformed``. Of two of a kind the last counts.
/// Which options mean anything in which segment is for the connection to decide.
@frozen public struct TCPOptions: Sendable {
    /// What a header has room for. RFC 9293 §3.1.
    @inline(always) public static var maximumOctets: Int { 40 }
    /// RFC 7323 §2.3.
    @inline(always) public static var maximumWindowScale: UInt8 { 14 }

    @usableFromInline @inline(__always) static var hasMaximumSegment: UInt8 { 1 }
    @usableFromInline @inline(__always) static var hasWindowScale: UInt8 { 2 }
    @usableFromInline @inline(__always) static var hasSACKPermitted: UInt8 { 4 }
    @usableFromInline @inline(__always) static var hasTimestamp: UInt8 { 8 }

    /// Which options are there: one octet, so that "the time stamp alone" is one comparison.
    @usableFromInline var present: UInt8 = 0
    @usableFromInline var scale: UInt8 = 0
    @usableFromInline var blockCount: UInt8 = 0
    /// An option's length was illegal: nothing after it was read.
    public internal(set) var isMalformed = false
    @usableFromInline var segment: UInt16 = 0
    @usableFromInline var stamp = TCPTimestamp(value: 0, echo: 0)
    /// The first ``sackCount`` of these, in the order of the wire. RFC 2018 §3.
    public internal(set) var sack = [4 of TCPSackBlock](repeating: TCPSackBlock(left: 0, right: 0))

    /// None.
    @inline(always) public init() {}

    /// Reads ``TCPView/options``. Time stamps alone, aligned as RFC 7323 appendix A recommends, take a short cut.
    @inlinable @inline(__always) public init(_ octets: RawSpan) {
        self.init()
        guard octets.byteCount > 0 else { return }
        var offset = 0
        if octets.byteCount >= 12, octets.load32(0) == 0x0101_080a {
            stamp = TCPTimestamp(value: octets.load32(4), echo: octets.load32(8))
            present = Self.hasTimestamp
            guard octets.byteCount > 12 else { return }
            offset = 12
        }
        read(octets, from: offset)
    }

    /// The largest segment that the sender takes, in octets of payload: in a SYN only. RFC 9293 §3.7.1.
    @inlinable public var maximumSegment: UInt16? {
        get { present & Self.hasMaximumSegment != 0 ? segment : nil }
        set {
            segment = newValue ?? 0
            mark(Self.hasMaximumSegment, newValue != nil)
        }
    }

    /// 0...14; what was read as more is 14. In a SYN only. RFC 7323 §2.2, §2.3.
    @inlinable public var windowScale: UInt8? {
        get { present & Self.hasWindowScale != 0 ? scale : nil }
        set {
            scale = min(newValue ?? 0, Self.maximumWindowScale)
            mark(Self.hasWindowScale, newValue != nil)
        }
    }

    /// In a SYN only. RFC 2018 §2.
    @inlinable public var isSACKPermitted: Bool {
        get { present & Self.hasSACKPermitted != 0 }
        set { mark(Self.hasSACKPermitted, newValue) }
    }

    @inlinable public var timestamp: TCPTimestamp? {
        get { present & Self.hasTimestamp != 0 ? stamp : nil }
        set {
            stamp = newValue ?? TCPTimestamp(value: 0, echo: 0)
            mark(Self.hasTimestamp, newValue != nil)
        }
    }

    /// How many of ``sack`` there are: 0...4.
    @inline(always) public var sackCount: Int { Int(blockCount) }

    @inlinable @inline(__always) mutating func mark(_ bit: UInt8, _ isThere: Bool) {
        present = isThere ? present | bit : present & ~bit
    }

    /// Adds a block behind the others.
    /// - Returns: false, changing nothing, when the header has no room left: three go beside time stamps, four without.
    @discardableResult public mutating func append(_ block: TCPSackBlock) -> Bool {
        guard sackCount < sack.count, octets &+ (blockCount == 0 ? 12 : 8) <= Self.maximumOctets else { return false }
        sack[sackCount] = block
        blockCount &+= 1
        return true
    }
}

extension TCPOptions: Equatable {
    public static func == (a: Self, b: Self) -> Bool {
        guard a.present == b.present, a.scale == b.scale, a.segment == b.segment, a.stamp == b.stamp,
            a.isMalformed == b.isMalformed, a.blockCount == b.blockCount
        else { return false }
        return (0..<a.sackCount).allSatisfy { a.sack[$0] == b.sack[$0] }
    }
}

// Reading.
extension TCPOptions {
    @usableFromInline mutating func read(_ octets: RawSpan, from start: Int) {
        var offset = start
        while offset < octets.byteCount {
            let kind = octets.load8(offset)
            if kind == 0 { return }
            if kind == 1 { offset &+= 1; continue }
            let left = octets.byteCount &- offset
            let length = left >= 2 ? Int(octets.load8(offset &+ 1)) : 0
            guard length >= 2, length <= left, take(kind, octets.part(offset &+ 2, offset &+ length)) else {
                isMalformed = true
                return
            }
            offset &+= length
        }
    }

    /// - Returns: false for a length that is not the kind's.
    private mutating func take(_ kind: UInt8, _ content: RawSpan) -> Bool {
        let count = content.byteCount
        switch kind {
        case 2: // RFC 9293 §3.2
            guard count == 2 else { return false }
            maximumSegment = content.load16(0)
        case 3: // RFC 7323 §2.2
            guard count == 1 else { return false }
            windowScale = content.load8(0)
        case 4: // RFC 2018 §2
            guard count == 0 else { return false }
            isSACKPermitted = true
        case 5: // RFC 2018 §3
            guard count >= 8, count <= 32, count & 7 == 0 else { return false }
            blockCount = UInt8(truncatingIfNeeded: count &>> 3)
            for k in 0..<sackCount {
                sack[k] = TCPSackBlock(left: content.load32(k &* 8), right: content.load32(k &* 8 &+ 4))
            }
        case 8: // RFC 7323 §3.2
            guard count == 8 else { return false }
            timestamp = TCPTimestamp(value: content.load32(0), echo: content.load32(4))
        default: break
        }
        return true
    }
}

// Writing.
extension TCPOptions {
    /// As written: a multiple of 4. More than ``maximumOctets`` do not go into a header.
    @inlinable @inline(__always) public var octets: Int {
        if isTimestampAlone { return 12 }
        return present | blockCount == 0 ? 0 : countOctets()
    }

    /// What almost every segment carries.
    @inlinable @inline(__always) var isTimestampAlone: Bool { present == Self.hasTimestamp && blockCount == 0 }

    @usableFromInline func countOctets() -> Int {
        var count = blockCount == 0 ? 0 : 4 &+ 8 &* Int(blockCount)
        if present & Self.hasMaximumSegment != 0 { count &+= 4 }
        if present & Self.hasWindowScale != 0 { count &+= 4 }
        if present & Self.hasTimestamp != 0 { return count &+ 12 }
        return present & Self.hasSACKPermitted != 0 ? count &+ 4 : count
    }

    /// Fills ``octets-property`` octets from `start` on: maximum segment, SACK permitted, time stamps, window scale,
    /// blocks; each padded in front, so that its words are aligned. Traps when they do not fit.
    ///
    /// - Returns: the offset behind them.
    @inlinable @inline(__always) @discardableResult
    public func write(into out: inout MutableRawSpan, at start: Int) -> Int {
        precondition(start >= 0, "an offset is not negative")
        let end = start &+ octets
        out.requireRoom(end)
        if isTimestampAlone {
            out.store32(0x0101_080a, start)
            out.store32(stamp.value, start &+ 4)
            out.store32(stamp.echo, start &+ 8)
        } else if end > start {
            writeAll(into: &out, at: start)
        }
        return end
    }

    /// `write(into:at:)` has proven that there is room.
    @usableFromInline func writeAll(into out: inout MutableRawSpan, at start: Int) {
        var offset = start
        if let maximumSegment {
            out.store32(0x0204_0000 | UInt32(maximumSegment), offset)
            offset &+= 4
        }
        if let timestamp {
            // "SACK permitted" takes the place of the padding.
            out.store32(isSACKPermitted ? 0x0402_080a : 0x0101_080a, offset)
            out.store32(timestamp.value, offset &+ 4)
            out.store32(timestamp.echo, offset &+ 8)
            offset &+= 12
        } else if isSACKPermitted {
            out.store32(0x0101_0402, offset)
            offset &+= 4
        }
        if let windowScale {
            out.store32(0x0103_0300 | UInt32(windowScale), offset)
            offset &+= 4
        }
        guard blockCount > 0 else { return }
        out.store32(0x0101_0502 &+ 8 &* UInt32(blockCount), offset)
        for k in 0..<sackCount {
            out.store32(sack[k].left, offset &+ 4 &+ 8 &* k)
            out.store32(sack[k].right, offset &+ 8 &+ 8 &* k)
        }
    }
}

extension TCPOptions: CustomStringConvertible {
    /// Those that are there, in the order in which they would be written; `none` for none. Cold: allocates.
    public var description: String {
        var parts: [String] = []
        if let maximumSegment { parts.append("MSS \(maximumSegment)") }
        if isSACKPermitted { parts.append("SACK permitted") }
        if let timestamp { parts.append("time stamp \(timestamp.value) echo \(timestamp.echo)") }
        if let windowScale { parts.append("window scale \(windowScale)") }
        for k in 0..<sackCount { parts.append("SACK \(sack[k].left)..<\(sack[k].right)") }
        if isMalformed { parts.append("malformed") }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}
