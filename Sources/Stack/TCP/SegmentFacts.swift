internal import Rings
internal import Wire

/// What the stack needs of a TCP segment, read and verified once.
struct SegmentFacts {
    let sourcePort: UInt16, destinationPort: UInt16
    let sequence: SequenceNumber, acknowledgment: SequenceNumber
    let flags: TCPView.Flags
    let window: UInt16, urgentPointer: UInt16
    /// Octets of TCP header, and of payload behind it.
    let headerOctets: Int, payloadOctets: Int
    let options: TCPOptions
    /// A router marked the packet that carried it. RFC 3168 §5.
    var isMarked = false
    /// Octets of payload that each segment had, where hardware joined several; else its own.
    var unit: Int

    /// As how many it left its sender.
    @inline(__always) var segments: Int { payloadOctets <= unit ? 1 : (payloadOctets &+ unit &- 1) / unit }

    /// - Parameter octets: exactly the segment.
    @inline(__always) init(_ octets: RawSpan) throws(WireError) {
        let view = try TCPView(octets)
        self.init(view, payloadOctets: octets.byteCount &- view.headerOctets)
    }

    @inline(__always) init(_ view: borrowing TCPView, payloadOctets: Int) {
        (sourcePort, destinationPort) = (view.sourcePort, view.destinationPort)
        sequence = SequenceNumber(rawValue: view.sequence)
        acknowledgment = SequenceNumber(rawValue: view.acknowledgment)
        (flags, window, urgentPointer) = (view.flags, view.window, view.urgentPointer)
        (headerOctets, self.payloadOctets, unit) = (view.headerOctets, payloadOctets, payloadOctets)
        options = TCPOptions(view.options)
    }

    /// Sequence numbers that it takes: SYN and FIN count as one octet each. RFC 9293 §3.4.
    @inline(__always) var sequenceOctets: Int {
        payloadOctets &+ (flags.contains(.syn) ? 1 : 0) &+ (flags.contains(.fin) ? 1 : 0)
    }
    @inline(__always) var end: SequenceNumber { sequence + sequenceOctets }
}
