import DriverKit
import E1000Registers

/// What the receiver says about checksums. 8254x §3.2.9, §13.4.47
///
/// IPv4 headers, and TCP and UDP over unfragmented IPv4, with or without options. IPv6 is for later parts of the family.
struct ReceiveChecksum {
    private(set) var status: ReceiveDescriptor.Status = .ignoreChecksum
    private(set) var errors: ReceiveDescriptor.Errors = []

    /// - Parameters:
    ///   - frame: without frame check sequence, a stripped tag taken out.
    ///   - vlanType: an Ethernet type that is followed by a tag when it was left in.
    init(_ frame: FrameBuffer, control: UInt32, vlanType: UInt16) {
        let wantsIP = RXCSUM().ipofl.isSet(control)
        let wantsTransport = RXCSUM().tuofl.isSet(control)
        guard wantsIP || wantsTransport, let header = Self.header(frame, vlanType) else { return }
        let headerOctets = Int(frame[header] & 15) * 4
        let total = Int(frame.load16(header + 2))
        guard frame[header] >> 4 == 4, headerOctets >= 20, total >= headerOctets, header + total <= frame.count else { return }
        if wantsIP {
            status = .ipChecked
            if frame.sum(from: header, to: header + headerOctets) != 0xffff { errors.insert(.ipChecksum) }
        }
        if wantsTransport { judgeTransport(frame, header, headerOctets, total) }
    }

    private mutating func judgeTransport(_ frame: FrameBuffer, _ header: Int, _ headerOctets: Int, _ total: Int) {
        // A fragment has no checksum of its own. 8254x §3.2.9
        guard frame.load16(header + 6) & 0x3fff == 0 else { return }
        let kind = frame[header + 9]
        let length = total - headerOctets
        let start = header + headerOctets
        guard kind == 6 && length >= 20 || kind == 17 && length >= 8 else { return }
        // UDP without a checksum: nothing to check. RFC 768
        if kind == 17, frame.load16(start + 6) == 0 { return }
        status.remove(.ignoreChecksum)
        status.insert(.tcpChecked)
        var sum = UInt32(frame.sum(from: header + 12, to: header + 20)) + UInt32(kind) + UInt32(length)
        sum += UInt32(frame.sum(from: start, to: start + length))
        while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
        if sum != 0xffff { errors.insert(.tcpChecksum) }
    }

    /// Where the IPv4 header starts: Ethernet II, with tags left in, or LLC/SNAP. 8254x §3.2.9
    private static func header(_ frame: FrameBuffer, _ vlanType: UInt16) -> Int? {
        var at = 12
        if frame.load16(at) == vlanType { at += 4 }
        let type = frame.load16(at)
        if type == 0x0800, frame.count >= at + 22 { return at + 2 }
        let isSNAP = type <= 1500 && frame.load16(at + 2) == 0xaaaa && frame.load16(at + 4) == 0x0300
        if isSNAP, frame.load16(at + 6) == 0, frame.load16(at + 8) == 0x0800, frame.count >= at + 30 { return at + 10 }
        return nil
    }
}
