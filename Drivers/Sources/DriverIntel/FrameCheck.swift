import CDriver
import DriverKit
import E1000Registers

/// What frames the device may be given now.
struct FrameLimits {
    /// Octets without FCS.
    var longest: Int
    /// `DRYDOCK_CAP_*` that are switched on.
    var offloads: UInt32
    /// The transmit delay timers are in use.
    var delayed: Bool
    /// VLAN tags are inserted only while CTRL.VME is set. 8254x §9.2
    var insertsVLAN: Bool { offloads & DRYDOCK_CAP_VLAN_HW != 0 }
    /// TCP segmentation is switched on.
    var segments: Bool { offloads & (DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TSO6) != 0 }
}

/// What a context descriptor tells the device of the frames behind it. 8254x §3.3.6
struct TransmitContext: Equatable {
    var offsets = ChecksumContext(ipStart: 0, ipOffset: 0, ipEnd: 0, tuStart: 0, tuOffset: 0, tuEnd: 0)
    var bits = TransmitDescriptor.Command()
    /// PAYLEN, and HDRLEN and MSS in place in the fourth word; of segmentations only.
    var payload: UInt32 = 0, upper: UInt32 = 0

    var isSegmentation: Bool { upper != 0 }
}

/// Judges frames before the device sees them, and says how it is to sum them.
enum FrameCheck {
    /// Whether the frame of `parts` buffers at `start` must not be sent.
    static func refuses(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ limits: FrameLimits) -> Bool {
        var octets = 0
        for part in 0..<parts {
            let length = list[start &+ part].length
            // A descriptor of length zero means another thing to every chip of the family. 8254x §3.3.3
            if length == 0 { return true }
            octets &+= length
        }
        let first = list[start]
        let longest = first.flags.contains(.segment) ? segmentedOctets(first, octets, limits) : limits.longest
        guard parts <= TransmitRing.longestFrame, octets >= TransmitRing.shortest, octets <= longest else { return true }
        if first.flags.contains(.vlan) && !limits.insertsVLAN { return true }
        return !sumsLieInside(first, octets)
    }

    /// Octets that a frame to be segmented may have: none when the device could not do it. Headers of Ethernet, IP and TCP
    /// that are described in full, segments that fit the MTU, PAYLEN's 20 bits. 8254x §3.5, §3.3.6
    private static func segmentedOctets(_ b: Buffer, _ octets: Int, _ limits: FrameLimits) -> Int {
        let header = Int(b.headerOctets), segment = Int(b.segmentOctets)
        guard limits.segments, b.flags.contains(.insertChecksum), b.checksumOffset == 16, header >= Int(b.checksumStart) + 20,
              header <= 240, octets > header, segment > 0, header + segment <= limits.longest,
              b.ipStart >= 14, b.ipStart < b.checksumStart else { return 0 }
        return header + 0xF_FFFF
    }

    /// Offsets that the context descriptor can hold and that lie inside the frame, the headers in order. 8254x §3.3.6
    private static func sumsLieInside(_ b: Buffer, _ octets: Int) -> Bool {
        if b.flags.contains(.insertChecksum) {
            let start = Int(b.checksumStart), field = start + Int(b.checksumOffset)
            guard field <= 254, start < octets, field + 2 <= octets else { return false }
        }
        if b.flags.contains(.insertIP) {
            let start = Int(b.ipStart), end = Int(b.ipEnd)
            guard start <= 245, end >= start + 19, end < octets, end <= 254 else { return false }
            if b.flags.contains(.insertChecksum) {
                guard end < Int(b.checksumStart) else { return false }
            }
        }
        return true
    }

    /// The context that the frame's sums need, or nil: a frame for a legacy descriptor.
    @inline(__always)
    static func context(_ list: Span<Buffer>, _ start: Int, _ parts: Int) -> TransmitContext? {
        let b = list[start]
        guard !b.flags.isDisjoint(with: [.insertChecksum, .insertIP]) else { return nil }
        var out = TransmitContext()
        if b.flags.contains(.insertIP) {
            out.offsets.ipStart = UInt8(truncatingIfNeeded: b.ipStart)
            out.offsets.ipOffset = out.offsets.ipStart &+ 10 // RFC 791 §3.1: the checksum's place in the header
            out.offsets.ipEnd = b.ipEnd
            out.bits.insert(.contextIPv4)
        }
        if b.flags.contains(.insertChecksum) {
            out.offsets.tuStart = UInt8(truncatingIfNeeded: b.checksumStart)
            out.offsets.tuOffset = UInt8(truncatingIfNeeded: b.checksumStart &+ b.checksumOffset)
            // 16 is where TCP has its checksum (RFC 9293 §3.1), 6 where UDP has it (RFC 768).
            if b.checksumOffset == 16 { out.bits.insert(.contextTCP) }
        }
        if b.flags.contains(.segment) { segment(list, start, parts, &out) }
        return out
    }

    /// What a segmentation's context says besides: the payload of the whole frame, of a segment, and the headers. IPv6 has no
    /// sum, but a length that the device brings up to date. 8254x §3.5.9
    private static func segment(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ out: inout TransmitContext) {
        let b = list[start]
        var octets: UInt32 = 0
        for part in 0..<parts { octets &+= UInt32(truncatingIfNeeded: list[start &+ part].length) }
        out.offsets.ipStart = UInt8(truncatingIfNeeded: b.ipStart)
        if !b.flags.contains(.insertIP) { out.offsets.ipEnd = b.checksumStart &- 1 }
        out.bits.insert(.segmentation)
        out.payload = octets &- UInt32(b.headerOctets)
        out.upper = UInt32(b.headerOctets) << 8 | UInt32(b.segmentOctets) << 16
    }

    /// Which sums the data descriptors ask for. 8254x §3.3.7.3
    static func options(_ b: Buffer) -> TransmitDescriptor.Options {
        var out = TransmitDescriptor.Options()
        if b.flags.contains(.insertIP) { out.insert(.insertIP) }
        if b.flags.contains(.insertChecksum) { out.insert(.insertTCP) }
        return out
    }
}
