/// A TCP header to send. RFC 9293 §3.1.
@frozen public struct TCPHeader: Equatable, Sendable {
    /// The length of a header without options.
    @inline(always) public static var octets: Int { 20 }
    /// The most that one header takes.
    @inline(always) public static var maximumOctets: Int { octets &+ TCPOptions.maximumOctets }
    /// Octets from the segment's start to its checksum field.
    @inline(always) public static var checksumOffset: Int { 16 }

    public var sourcePort: UInt16
    public var destinationPort: UInt16
    public var sequence: UInt32
    /// On the wire in any case; has a meaning only with `.ack`.
    public var acknowledgment: UInt32
    public var flags: TCPView.Flags
    /// As on the wire, scaled already.
    public var window: UInt16
    /// Has a meaning only with `.urg`.
    public var urgentPointer: UInt16
    /// At most ``TCPOptions/maximumOctets``.
    public var options: TCPOptions

    @inline(always) public init(
        sourcePort: UInt16, destinationPort: UInt16, sequence: UInt32, acknowledgment: UInt32 = 0, flags: TCPView.Flags,
        window: UInt16, urgentPointer: UInt16 = 0, options: TCPOptions = TCPOptions()
    ) {
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.sequence = sequence
        self.acknowledgment = acknowledgment
        self.flags = flags
        self.window = window
        self.urgentPointer = urgentPointer
        self.options = options
    }

    /// 20...60, a multiple of 4.
    @inline(always) public var octets: Int { Self.octets &+ options.octets }

    /// Fills the first ``octets-property`` octets, the checksum with zero; ``seal(_:_:)`` sets it once the payload is there.
    /// Traps when they do not fit or the options pass ``TCPOptions/maximumOctets``.
    @inlinable @inline(__always) public func write(into out: inout MutableRawSpan) {
        let octets = octets
        precondition(octets <= Self.maximumOctets, "options beyond what a header has room for")
        out.requireRoom(octets)
        out.store16(sourcePort, 0)
        out.store16(destinationPort, 2)
        out.store32(sequence, 4)
        out.store32(acknowledgment, 8)
        out.store8(UInt8(truncatingIfNeeded: octets &<< 2), 12)
        out.store8(flags.rawValue, 13)
        out.store16(window, 14)
        out.store16(0, 16)
        out.store16(urgentPointer, 18)
        options.write(into: &out, at: Self.octets)
    }

    /// Sets the checksum of a segment, header and payload in place. RFC 9293 §3.1.
    ///
    /// - Parameters:
    ///   - segment: exactly the segment; its checksum field is overwritten.
    ///   - pseudoHeader: the sum over the addresses, `.tcp` and the segment's length.
    @inlinable public static func seal(_ segment: inout MutableRawSpan, _ pseudoHeader: Checksum) {
        segment.requireRoom(octets)
        segment.store16(0, checksumOffset)
        var sum = pseudoHeader
        sum.add(segment.bytes)
        segment.store16(sum.value, checksumOffset)
    }

    /// The sum over what segments of one length have in common that differ in nothing but their number and their octets.
    ///
    /// - Parameters:
    ///   - header: the header of one of them, with the checksum that it left with.
    ///   - pseudoHeader: the sum over the addresses, `.tcp` and the segments' length.
    @inlinable public static func common(_ header: RawSpan, _ pseudoHeader: Checksum) -> Checksum {
        precondition(header.byteCount >= octets, "less than a header")
        var sum = pseudoHeader
        sum.add(header)
        // What is not common is taken out: adding the complement subtracts. RFC 1624 §3.
        sum.add(~header.load32(4))
        sum.add(~header.load16(checksumOffset))
        return sum
    }

    /// Sets the sequence number of a segment whose header is another's, and the checksum over its payload in place.
    ///
    /// - Parameters:
    ///   - frame: ends with the segment.
    ///   - start: where the segment begins in it.
    ///   - header: octets of the header.
    ///   - common: what ``common(_:_:)`` says of both; nil: the checksum is left to hardware, as it stands.
    @inlinable @inline(__always)
    public static func renumber(_ frame: inout MutableRawSpan, at start: Int, header: Int, sequence: UInt32, _ common: Checksum?) {
        precondition(start >= 0 && header >= octets && start + header <= frame.byteCount, "less than a header")
        frame.store32(sequence, start &+ 4)
        guard var sum = common else { return }
        sum.add(sequence)
        sum.add(frame.bytes.from(start &+ header))
        frame.store16(sum.value, start &+ checksumOffset)
    }

    /// Leaves in the checksum field what hardware needs there: the sum of the pseudo-header, not complemented.
    @inlinable public static func seed(_ segment: inout MutableRawSpan, _ pseudoHeader: Checksum) {
        segment.requireRoom(octets)
        segment.store16(~pseudoHeader.value, checksumOffset)
    }

    /// What an ICMP error quotes of a segment, of which 8 octets are promised. RFC 792; the sequence number tells
    /// whether it was sent at all, RFC 5927 §4.1.
    /// - Returns: nil below 8 octets.
    @inlinable public static func quoted(_ octets: RawSpan) -> (source: UInt16, destination: UInt16, sequence: UInt32)? {
        octets.byteCount >= 8 ? (octets.load16(0), octets.load16(2), octets.load32(4)) : nil
    }
}
