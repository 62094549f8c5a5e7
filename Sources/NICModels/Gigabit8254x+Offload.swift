import DriverKit
import E1000Registers

// Checksums, tags, padding, and the way out. 8254x §3.6, §9.1, §13.4.33
extension Gigabit8254x {
    /// The longest frame without frame check sequence, and the shortest before padding. 8254x §3.3.3
    static let longestTransmit = 16_288
    static let shortestTransmit = 48

    /// Inserts what POPTS asks for. The field to fill holds what software left in it, a pseudo-header sum for TCP and UDP,
    /// and is summed with the rest. 8254x §3.5.8, §3.6
    func insertChecksums(_ context: TransmitContext, _ options: TransmitDescriptor.Options, _ index: Int) {
        let wantsIP = options.contains(.insertIP)
        let wantsTransport = options.contains(.insertTCP)
        guard wantsIP || wantsTransport else { return }
        guard context.isSet else {
            return violate(
                .enableOrder, "TX descriptor \(index)", UInt64(options.rawValue), "8254x §3.6",
                "checksum insertion without a context descriptor before it; nothing is inserted")
        }
        let offsets = context.offsets
        if wantsTransport { insertTransport(offsets, isUDP: !context.isTCP) }
        if wantsIP { insert(Int(offsets.ipStart), Int(offsets.ipEnd), at: Int(offsets.ipOffset)) }
    }

    private func insertTransport(_ offsets: ChecksumContext, isUDP: Bool) {
        insert(Int(offsets.tuStart), Int(offsets.tuEnd), at: Int(offsets.tuOffset))
        // UDP sends all ones for a sum of zero: zero means none. RFC 768
        if isUDP, tx.frame.load16(Int(offsets.tuOffset)) == 0 { tx.frame.store16(0xffff, Int(offsets.tuOffset)) }
    }

    /// `end` is the last octet summed, or 0: to the frame's end. Not inserted when the place is beyond the frame.
    private func insert(_ start: Int, _ end: Int, at offset: Int) {
        guard offset + 1 < tx.frame.count else { return }
        let sum = tx.frame.sum(from: start, to: end == 0 ? tx.frame.count : end + 1)
        tx.frame.store16(~sum, offset)
    }

    /// Tag, padding, frame check, counters, and out onto the cable.
    func finish(tag: UInt16?, insertsFrameCheck: Bool) {
        if let tag {
            let type = UInt16(truncatingIfNeeded: registers[.vet])
            tx.frame.insert(
                [UInt8(type >> 8), UInt8(type & 0xff), UInt8(tag >> 8), UInt8(tag & 0xff)], at: 12)
        }
        if insertsFrameCheck {
            if TCTL().psp.isSet(registers[.tctl]) { tx.frame.pad(to: Self.minimumFrame) }
        } else {
            guard takeFrameCheck() else { return ledger.drop(.transmitBadFrameCheck) }
        }
        // What the far end gets is a fragment, which it discards. IEEE 802.3 §4.2.4.2.2
        guard tx.frame.count >= Self.minimumFrame else {
            violate(
                .frameTooShort, "TCTL", UInt64(registers[.tctl]), "8254x §13.4.33",
                "a frame of \(tx.frame.count) octets with PSP clear; set TCTL.PSP or pad to \(Self.minimumFrame)")
            return ledger.drop(.transmitTooShort)
        }
        statistics.sent(octets: tx.frame.count + Self.frameCheckOctets, kind: ReceiveFilter.destination(tx.frame))
        ledger.sent += 1
        emit()
    }

    /// Software computed the frame check sequence: takes it off when it is right.
    private func takeFrameCheck() -> Bool {
        let length = tx.frame.count - Self.frameCheckOctets
        guard length > 0 else { return false }
        let check = tx.frame.frameCheck(length)
        let matches = (0..<4).allSatisfy { tx.frame[length + $0] == UInt8(truncatingIfNeeded: check >> UInt32(8 * $0)) }
        guard matches else { return false }
        tx.frame.truncate(to: length)
        return true
    }

    private func emit() {
        let frame = tx.frame
        if RCTL().lbm.get(registers[.rctl]) != 0 || phy.isLoopback {
            loopBack(frame)
        } else if let host {
            // SAFETY: the octets are lent for the call only, as NICHost says.
            unsafe frame.withOctets(0, frame.count) { unsafe host.transmit($0) }
        }
    }
}
