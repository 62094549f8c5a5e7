/// Makes the octets of a pcapng file: one section, one interface, nanosecond times. Values in this machine's order, which
/// the section header tells. draft-ietf-opsawg-pcapng §4.
public struct CaptureWriter {
    /// Which way a frame went, as the NIC sees it. §4.3, epb_flags.
    public enum Direction: UInt32, Sendable {
        case received = 1, sent = 2
    }

    /// Octets of a comment or a name; what is longer is cut.
    public static let mostOption = 8192

    /// Octets made and not yet taken.
    public private(set) var octets: [UInt8] = []
    private let limit: Int

    /// Starts the section. §4.1, §4.2.
    ///
    /// - Parameters:
    ///   - interface: the name that readers show.
    ///   - hardware: what is behind it; nil: not told.
    ///   - octets: of a frame that are kept at most; 0: all.
    public init(interface: String, description: String, hardware: String? = nil, octets limit: Int = 0) {
        self.limit = limit
        block(0x0A0D_0D0A) { writer in
            writer.word(0x1A2B_3C4D)
            writer.half(1)
            writer.half(0)
            // The section's length is not known: -1.
            writer.word(.max)
            writer.word(.max)
            writer.option(4, Array("Drydock".utf8))
            writer.endOfOptions()
        }
        addInterface(interface, description: description, hardware: hardware)
    }

    /// Adds an interface: the next number, from 1. §4.2.
    public mutating func addInterface(_ interface: String, description: String, hardware: String? = nil) {
        let limit = limit
        block(1) { writer in
            writer.half(1) // LINKTYPE_ETHERNET
            writer.half(0)
            writer.word(UInt32(clamping: limit))
            writer.option(2, Array(interface.utf8))
            writer.option(3, Array(description.utf8))
            writer.option(9, [9]) // Times count 10^-9 s.
            if let hardware { writer.option(15, Array(hardware.utf8)) }
            writer.endOfOptions()
        }
    }

    /// What was captured, told at its end. §4.6.
    ///
    /// - Parameters:
    ///   - calendar: when the capture began and ended, in nanoseconds since 1970.
    ///   - seen: frames that passed, those lost to the capture included.
    ///   - lost: frames that passed and are not in it.
    public mutating func addStatistics(_ calendar: ClosedRange<UInt64>, seen: UInt64, lost: UInt64) {
        block(5) { writer in
            writer.word(0)
            writer.time(calendar.upperBound)
            for (code, time) in [(UInt16(2), calendar.lowerBound), (3, calendar.upperBound)] {
                writer.half(code)
                writer.half(8)
                writer.time(time)
            }
            for (code, count) in [(UInt16(4), seen), (5, lost), (8, seen &- lost)] {
                writer.half(code)
                writer.half(8)
                writer.long(count)
            }
            writer.endOfOptions()
        }
    }

    /// Adds a frame, or as much of it as is to be kept. §4.3.
    ///
    /// - Parameters:
    ///   - calendar: nanoseconds since 1970.
    ///   - comment: what became of the frame, when it did not simply pass.
    ///   - whole: octets of the frame where `frame` is only its beginning.
    ///   - interface: the number of its interface; 0: the first.
    public mutating func add(
        _ frame: RawSpan, calendar: UInt64, direction: Direction, comment: String?, whole: Int? = nil, interface: Int = 0
    ) {
        let kept = frame.extracting(first: limit == 0 ? frame.byteCount : limit)
        block(6) { writer in
            writer.word(UInt32(interface))
            writer.time(calendar)
            writer.word(UInt32(kept.byteCount))
            writer.word(UInt32(clamping: max(whole ?? 0, frame.byteCount)))
            unsafe kept.withUnsafeBytes { unsafe writer.octets.append(contentsOf: $0) }
            writer.pad(kept.byteCount)
            if let comment { writer.option(1, Array(comment.utf8)) }
            writer.half(2)
            writer.half(4)
            writer.word(direction.rawValue)
            writer.endOfOptions()
        }
    }

    /// Gives the octets away.
    public mutating func take() -> [UInt8] {
        let taken = octets
        octets.removeAll(keepingCapacity: true)
        return taken
    }

    private mutating func block(_ type: UInt32, _ body: (inout Self) -> Void) {
        let start = octets.count
        word(type)
        word(0)
        body(&self)
        let length = UInt32(octets.count - start + 4)
        word(length)
        for k in 0..<4 { octets[start + 4 + k] = UInt8(truncatingIfNeeded: bytes(of: length) >> (8 * UInt32(k))) }
    }

    /// The value whose lowest octet is the first in memory.
    private func bytes(of value: UInt32) -> UInt32 { value.littleEndian == value ? value : value.byteSwapped }

    private mutating func word(_ value: UInt32) {
        let value = bytes(of: value)
        for k in 0..<4 { octets.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(k)))) }
    }

    private mutating func half(_ value: UInt16) {
        let value = value.littleEndian == value ? value : value.byteSwapped
        octets.append(UInt8(truncatingIfNeeded: value))
        octets.append(UInt8(truncatingIfNeeded: value >> 8))
    }

    /// The upper half first, whatever the machine's order. §4.3.
    private mutating func time(_ value: UInt64) {
        word(UInt32(truncatingIfNeeded: value >> 32))
        word(UInt32(truncatingIfNeeded: value))
    }

    private mutating func long(_ value: UInt64) {
        let value = value.littleEndian == value ? value : value.byteSwapped
        for k in 0..<8 { octets.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(k)))) }
    }

    /// §3.5: code, length, value, padded to 4 octets.
    private mutating func option(_ code: UInt16, _ value: [UInt8]) {
        let value = value.prefix(Self.mostOption)
        half(code)
        half(UInt16(value.count))
        octets += value
        pad(value.count)
    }

    private mutating func endOfOptions() { word(0) }

    private mutating func pad(_ written: Int) {
        for _ in 0..<(4 - written % 4) % 4 { octets.append(0) }
    }
}
