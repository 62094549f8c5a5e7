import DriverKit
import E1000Registers

/// The transmitter's state between descriptors.
struct TransmitUnit {
    /// The frame, or the segment, being put together.
    var frame = FrameBuffer()
    /// A first descriptor has been seen and no last one.
    var inFrame = false
    /// Why the frame will not be sent, once that is known.
    var failure: DropReason?
    /// From the frame's first descriptor: packet options, legacy checksum start, and whether it is segmented.
    var options = TransmitDescriptor.Options()
    var checksumStart = 0
    var isSegmented = false
    /// Contexts for plain frames and for segmentation. 8254x §3.3.5
    var plain = TransmitContext()
    var segmentation = TransmitContext()
    var segment = SegmentState()
    /// Octets of the current descriptor that are used up.
    var consumed = 0
    var shadow = OwnershipShadow()
    var halted = false
    var busMasterReported = false

    mutating func reset() {
        abandonFrame()
        (plain, segmentation) = (TransmitContext(), TransmitContext())
        shadow.resize(0)
        (halted, busMasterReported) = (false, false)
    }

    /// Forgets the frame being put together.
    mutating func abandonFrame() {
        frame.clear()
        (inFrame, failure, options, checksumStart, isSegmented) = (false, nil, [], 0, false)
        (segment, consumed) = (SegmentState(), 0)
    }
}

/// What a context descriptor sets up. 8254x §3.3.6
struct TransmitContext: Equatable {
    var offsets = ChecksumContext(ipStart: 0, ipOffset: 0, ipEnd: 0, tuStart: 0, tuOffset: 0, tuEnd: 0)
    var isTCP = false
    var isIPv4 = false
    var isSet = false
    var payloadOctets = 0
    var headerOctets = 0
    var segmentOctets = 0

    init() {}

    /// From the two words of a descriptor.
    init(_ low: UInt64, _ high: UInt64) {
        offsets = ChecksumContext(words: UInt32(truncatingIfNeeded: low), UInt32(low >> 32))
        let command = TransmitDescriptor.Command(rawValue: UInt32(truncatingIfNeeded: high))
        isTCP = command.contains(.contextTCP)
        isIPv4 = command.contains(.contextIPv4)
        payloadOctets = Int(high & 0xf_ffff)
        headerOctets = Int(high >> 40 & 0xff)
        segmentOctets = Int(high >> 48)
        isSet = true
    }
}

/// How far a TCP segmentation is. 8254x §3.5
struct SegmentState: Equatable {
    /// The prototype header; shorter than the context's header length until it is complete.
    var header: [UInt8] = []
    var payloadSent = 0
    var segments = 0
    /// From the first data descriptor. 8254x §3.3.7.1
    var tag: UInt16?
    var insertsFrameCheck = false
}

/// A transmit descriptor taken apart; legacy, context and data share most of the command byte.
struct TransmitWord {
    let low: UInt64
    let high: UInt64
    let command: TransmitDescriptor.Command

    init(_ low: UInt64, _ high: UInt64) {
        (self.low, self.high) = (low, high)
        command = TransmitDescriptor.Command(rawValue: UInt32(truncatingIfNeeded: high))
    }

    var isExtended: Bool { command.contains(.extended) }
    /// DTYP: 0 context, 1 data; meaningful when extended.
    var kind: UInt64 { high >> 20 & 15 }
    var isContext: Bool { isExtended && kind == 0 }
    /// Octets of data: 20 bits of a data descriptor, 16 of a legacy one. A null address carries none. 8254x §3.3.3
    var length: Int { low == 0 ? 0 : Int(high & (isExtended ? 0xf_ffff : 0xffff)) }
    var isLast: Bool { command.contains(.endOfPacket) }
    var legacyChecksumOffset: Int { Int(high >> 16 & 0xff) }
    var legacyChecksumStart: Int { Int(high >> 40 & 0xff) }
    var options: TransmitDescriptor.Options { .init(rawValue: UInt32(high >> 32)) }
    var special: UInt16 { UInt16(high >> 48) }

    /// Bits that the datasheet reserves in this kind of descriptor and that are set. 8254x §3.3.3, §3.3.6, §3.3.7
    func reservedBits(reportsSent: Bool) -> UInt64 {
        let sent = reportsSent ? 0 : UInt64(TransmitDescriptor.Command.reportSent.rawValue)
        if !isExtended { return high & (0xf << 36 | sent) }
        switch kind {
        // TUCMD bits 4 and 6, and the four bits above the status.
        case 0: return high & (1 << 28 | 1 << 30 | 0xf << 36)
        // POPTS bits 2 to 7, and the four bits above the status.
        case 1: return high & (0xfc << 40 | 0xf << 36 | sent)
        default: return high & (0xf << 20)
        }
    }
}
