import DriverKit
import E1000Registers

// TCP segmentation: one large frame from the driver, many on the wire. 8254x §3.5
extension Gigabit8254x {
    /// The on-chip header buffer. 8254x §3.5.9
    static let longestHeader = 240

    /// Works on a data descriptor of a segmentation: at most one segment a call.
    ///
    /// - Returns: true when the descriptor is used up.
    func workSegmented(_ word: TransmitWord, _ index: Int) -> Bool {
        if tx.consumed == 0, word.length == 0 { reportNull(word, index) }
        if tx.failure == nil, tx.segment.header.isEmpty, tx.frame.count == 0 { checkContext(index) }
        if tx.failure == nil { takePiece(word, index) }
        guard tx.failure != nil || tx.consumed >= word.length else { return false }
        if word.isLast { endSegmented(word, index) }
        return true
    }

    private func checkContext(_ index: Int) {
        let context = tx.segmentation
        let isUsable = context.isSet && context.payloadOctets > 0 && context.segmentOctets > 0 && context.headerOctets >= 14
            && context.headerOctets <= Self.longestHeader
            && context.headerOctets + context.segmentOctets <= Self.longestTransmit
        guard !isUsable else { return }
        tx.failure = .transmitAborted
        violate(
            context.isSet ? .descriptorReserved : .enableOrder, "TX descriptor \(index)", UInt64(context.headerOctets),
            "8254x §3.3.6",
            "segmentation with PAYLEN \(context.payloadOctets), HDRLEN \(context.headerOctets) and MSS "
                + "\(context.segmentOctets); the context must come first, with a payload, a "
                + "header of 14 to \(Self.longestHeader) octets and segments that fit \(Self.longestTransmit)")
    }

    /// Takes what is missing of the header, or of the segment at hand.
    private func takePiece(_ word: TransmitWord, _ index: Int) {
        let context = tx.segmentation
        let isHeader = tx.segment.header.isEmpty
        let segmentLeft = min(context.segmentOctets, context.payloadOctets - tx.segment.payloadSent)
        let wanted = isHeader ? context.headerOctets - tx.frame.count
            : segmentLeft == 0 ? 0 : segmentLeft - (tx.frame.count - context.headerOctets)
        let piece = min(wanted, word.length - tx.consumed)
        guard piece > 0 else {
            // More data than PAYLEN says: left over, and found out at the end.
            if tx.consumed < word.length { failPayload(index, "more data than PAYLEN \(context.payloadOctets)") }
            return
        }
        fetch(word.low &+ UInt64(tx.consumed), piece, index)
        tx.consumed += piece
        guard tx.failure == nil else { return }
        if isHeader {
            if tx.frame.count == context.headerOctets { keepHeader() }
        } else if tx.frame.count - context.headerOctets == segmentLeft {
            sendSegment(context, index)
        }
    }

    private func keepHeader() {
        tx.segment.header = (0..<tx.frame.count).map { tx.frame[$0] }
    }

    private func failPayload(_ index: Int, _ what: String) {
        tx.failure = .transmitAborted
        statistics.bump(.tsctfc)
        violate(
            .descriptorReserved, "TX descriptor \(index)", UInt64(tx.segmentation.payloadOctets), "8254x §3.3.7.1",
            "\(what); the data of a segmentation and PAYLEN of its context must agree")
    }

    /// A segment is complete: its headers are brought up to date. 8254x §3.5.9
    private func sendSegment(_ context: TransmitContext, _ index: Int) {
        let payload = tx.frame.count - context.headerOctets
        let isLast = tx.segment.payloadSent + payload == context.payloadOctets
        updateInternetHeader(context)
        updateTransportHeader(context, payload, isLast)
        insertChecksums(context, tx.options, index)
        finish(tag: tx.segment.tag, insertsFrameCheck: tx.segment.insertsFrameCheck)
        tx.segment.payloadSent += payload
        tx.segment.segments += 1
        tx.frame.clear()
        guard !isLast else { return }
        for octet in tx.segment.header { tx.frame.append(octet) }
    }

    private func updateInternetHeader(_ context: TransmitContext) {
        let start = Int(context.offsets.ipStart)
        let octets = UInt16(truncatingIfNeeded: tx.frame.count - start)
        if context.isIPv4 {
            tx.frame.store16(octets, start + 2)
            let identification = tx.frame.load16(start + 4)
            tx.frame.store16(identification &+ UInt16(truncatingIfNeeded: tx.segment.segments), start + 4)
        } else {
            // The payload length of IPv6 leaves its own header out. RFC 8200 §3
            tx.frame.store16(octets &- 40, start + 4)
        }
    }

    private func updateTransportHeader(_ context: TransmitContext, _ payload: Int, _ isLast: Bool) {
        let start = Int(context.offsets.tuStart)
        let octets = UInt16(truncatingIfNeeded: tx.frame.count - start)
        if context.isTCP {
            let sequence = tx.frame.load32(start + 4)
            tx.frame.store32(sequence &+ UInt32(truncatingIfNeeded: tx.segment.payloadSent), start + 4)
            // FIN and PSH go out with the last segment only.
            if !isLast { tx.frame.store16(tx.frame.load16(start + 12) & ~0x0009, start + 12) }
        } else {
            tx.frame.store16(octets, start + 4)
        }
        guard tx.options.contains(.insertTCP) else { return }
        // The driver's pseudo-header sum has no length: it differs from segment to segment. 8254x §3.5.5
        let offset = Int(context.offsets.tuOffset)
        let sum = UInt32(tx.frame.load16(offset)) + UInt32(octets)
        tx.frame.store16(UInt16(truncatingIfNeeded: (sum & 0xffff) + (sum >> 16)), offset)
    }

    private func endSegmented(_ word: TransmitWord, _ index: Int) {
        if tx.failure == nil, tx.segment.payloadSent < tx.segmentation.payloadOctets {
            failPayload(
                index, "end of packet after \(tx.segment.payloadSent) octets of PAYLEN \(tx.segmentation.payloadOctets)")
        }
        if let failure = tx.failure { ledger.drop(failure) } else { statistics.bump(.tsctc) }
        tx.abandonFrame()
    }
}
