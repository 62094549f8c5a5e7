import DriverKit
import E1000Registers

/// What frames the device may be given now.
struct FrameLimits {
    /// Octets without FCS.
    var longest: Int
    /// VLAN tags are inserted only while CTRL.VME is set. 8254x §9.2
    var insertsVLAN: Bool
    /// The transmit delay timers are in use.
    var delayed: Bool
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
        guard parts <= TransmitRing.longestFrame, octets >= TransmitRing.shortest, octets <= limits.longest else { return true }
        let first = list[start]
        if first.flags.contains(.vlan) && !limits.insertsVLAN { return true }
        return !sumsLieInside(first, octets)
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
    static func context(_ b: Buffer) -> (ChecksumContext, TransmitDescriptor.Command)? {
        let sums = b.flags.contains(.insertChecksum), header = b.flags.contains(.insertIP)
        guard sums || header else { return nil }
        var out = ChecksumContext(ipStart: 0, ipOffset: 0, ipEnd: 0, tuStart: 0, tuOffset: 0, tuEnd: 0)
        var bits = TransmitDescriptor.Command()
        if header {
            out.ipStart = UInt8(truncatingIfNeeded: b.ipStart)
            out.ipOffset = out.ipStart &+ 10 // RFC 791 §3.1: the checksum's place in the header
            out.ipEnd = b.ipEnd
            bits.insert(.contextIPv4)
        }
        if sums {
            out.tuStart = UInt8(truncatingIfNeeded: b.checksumStart)
            out.tuOffset = UInt8(truncatingIfNeeded: b.checksumStart &+ b.checksumOffset)
            // 16 is where TCP has its checksum (RFC 9293 §3.1), 6 where UDP has it (RFC 768).
            if b.checksumOffset == 16 { bits.insert(.contextTCP) }
        }
        return (out, bits)
    }

    /// Which sums the data descriptors ask for. 8254x §3.3.7.3
    static func options(_ b: Buffer) -> TransmitDescriptor.Options {
        var out = TransmitDescriptor.Options()
        if b.flags.contains(.insertIP) { out.insert(.insertIP) }
        if b.flags.contains(.insertChecksum) { out.insert(.insertTCP) }
        return out
    }
}
