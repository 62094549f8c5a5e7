/// Makes the octets of a pcapng file: one section, one interface, nanosecond times. Values in this machine's order, which
/// the section header tells. draft-ietf-opsawg-pcapng §4.
public struct CaptureWriter {
    /// Which way a frame went, as the NIC sees it. §4.3, epb_flags.
    public enum Direction: UInt32, Sendable {
        case received = 1, sent = 2
    }

    /// Octets made and not yet taken.
    public private(set) var octets: [UInt8] = []

    /// Starts the section. §4.1, §4.2.
    ///
    /// - Parameter interface: the name that readers show.
    public init(interface: String, description: String) {
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
        block(1) { writer in
            writer.half(1) // LINKTYPE_ETHERNET
            writer.half(0)
            writer.word(0) // No limit on a frame's length.
            writer.option(2, Array(interface.utf8))
            writer.option(3, Array(description.utf8))
            writer.option(9, [9]) // Times count 10^-9 s.
            writer.endOfOptions()
        }
    }

    /// Adds a frame. §4.3.
    ///
    /// - Parameters:
    ///   - calendar: nanoseconds since 1970.
    ///   - comment: what became of the frame, when it did not simply pass.
    ///   - whole: octets of the frame where `frame` is only its beginning.
    public mutating func add(_ frame: RawSpan, calendar: UInt64, direction: Direction, comment: String?, whole: Int? = nil) {
        block(6) { writer in
            writer.word(0)
            writer.word(UInt32(truncatingIfNeeded: calendar >> 32))
            writer.word(UInt32(truncatingIfNeeded: calendar))
            writer.word(UInt32(frame.byteCount))
            writer.word(UInt32(clamping: max(whole ?? 0, frame.byteCount)))
            unsafe frame.withUnsafeBytes { unsafe writer.octets.append(contentsOf: $0) }
            writer.pad(frame.byteCount)
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

    /// §3.5: code, length, value, padded to 4 octets.
    private mutating func option(_ code: UInt16, _ value: [UInt8]) {
        let value = value.prefix(1024)
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
