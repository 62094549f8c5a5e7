/// A frame out of a capture file.
public struct CapturedFrame: Equatable, Sendable {
    /// Nanoseconds since 1970; files do not promise that they rise.
    public var time: UInt64
    public var octets: [UInt8]
    /// From the packet's flags, where there are any.
    public var direction: CaptureWriter.Direction?
    public var comment: String?
}

/// Why a file is no capture that can be replayed.
public enum CaptureError: Error, Equatable, Sendable {
    /// Neither pcapng nor pcap.
    case notACapture
    /// The file ends within a block or packet.
    case truncated
    /// A block whose lengths contradict each other or exceed `CaptureReader.longestBlock`.
    case badLength
    /// Not Ethernet: the link type.
    case linkType(UInt32)
    /// A packet for an interface that was not described.
    case unknownInterface
}

/// Reads pcapng (draft-ietf-opsawg-pcapng) and classic pcap (draft-ietf-opsawg-pcap) files: octets in as they come,
/// frames out. Holds at most one block and what was fed last.
public struct CaptureReader {
    /// A longer block is refused.
    public static let longestBlock = 1 << 20

    enum Format { case unknown, blocks, classic(nanoseconds: Bool) }
    struct Interface {
        /// Ticks of a second, or nil for a power of two, then `shift`.
        var ticks: UInt64 = 1_000_000
        /// Bits of the fraction of a second.
        var shift: UInt64?
        var isEthernet = true
        var link: UInt32 = 1
    }

    var format = Format.unknown
    var bigEndian = false
    var interfaces: [Interface] = []
    private var buffer: [UInt8] = []
    private var start = 0
    private var isComplete = false

    public init() {}

    /// Takes the file's next octets.
    public mutating func feed(_ octets: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: octets)
    }

    /// Tells that no more will be fed: what remains must be whole.
    public mutating func finish() { isComplete = true }

    /// The next frame; nil: feed more, or, after `finish`, the end.
    public mutating func next() throws(CaptureError) -> CapturedFrame? {
        while true {
            let before = start
            switch format {
            case .unknown: guard try recognise() else { return nil }
            case .classic(let nanoseconds):
                if let frame = try classicPacket(nanoseconds: nanoseconds) { return frame }
                return nil
            case .blocks:
                if let frame = try nextBlock() { return frame }
                if start == before { return nil }
            }
        }
    }

    /// Octets not yet consumed. When fewer than needed remain after `finish`, the file was cut.
    private func has(_ octets: Int) throws(CaptureError) -> Bool {
        if buffer.count - start >= octets { return true }
        if isComplete, buffer.count > start { throw .truncated }
        return false
    }

    private mutating func recognise() throws(CaptureError) -> Bool {
        guard try has(4) else { return false }
        bigEndian = false
        switch word(0) {
        case 0x0A0D_0D0A:
            format = .blocks
            return true
        case 0xA1B2_C3D4: format = .classic(nanoseconds: false)
        case 0xA1B2_3C4D: format = .classic(nanoseconds: true)
        case 0xD4C3_B2A1: (format, bigEndian) = (.classic(nanoseconds: false), true)
        case 0x4D3C_B2A1: (format, bigEndian) = (.classic(nanoseconds: true), true)
        default: throw .notACapture
        }
        guard try has(24) else {
            format = .unknown
            return false
        }
        // The upper bits may tell of an FCS; the lower 16 are the link type.
        let link = word(20) & 0xFFFF
        guard link == 1 else { throw .linkType(link) }
        start += 24
        return true
    }

    private mutating func classicPacket(nanoseconds: Bool) throws(CaptureError) -> CapturedFrame? {
        guard try has(16) else { return nil }
        let length = word(8)
        guard length <= UInt32(Self.longestBlock) else { throw .badLength }
        guard try has(16 + Int(length)) else { return nil }
        let time = UInt64(word(0)) * 1_000_000_000 + UInt64(word(4)) * (nanoseconds ? 1 : 1000)
        let frame = CapturedFrame(time: time, octets: octets(16, Int(length)))
        start += 16 + Int(length)
        return frame
    }

    private mutating func nextBlock() throws(CaptureError) -> CapturedFrame? {
        guard try has(12) else { return nil }
        if word(0) == 0x0A0D_0D0A {
            // The byte-order magic comes before any length can be read. §4.1.
            bigEndian = false
            if word(8) != 0x1A2B_3C4D {
                bigEndian = true
                guard word(8) == 0x1A2B_3C4D else { throw .notACapture }
            }
        }
        let length = word(4)
        guard length >= 12, length % 4 == 0, length <= UInt32(Self.longestBlock) else { throw .badLength }
        guard try has(Int(length)) else { return nil }
        guard word(Int(length) - 4) == length else { throw .badLength }
        let frame = try block(type: word(0), body: 8..<Int(length) - 4)
        start += Int(length)
        return frame
    }

    // Offsets are from the block's start; callers have proven that the octets are there.

    func word(_ offset: Int) -> UInt32 {
        var value: UInt32 = 0
        for k in 0..<4 { value |= UInt32(buffer[start + offset + k]) << UInt32(8 * (bigEndian ? 3 - k : k)) }
        return value
    }

    func half(_ offset: Int) -> UInt16 {
        let (first, second) = (UInt16(buffer[start + offset]), UInt16(buffer[start + offset + 1]))
        return bigEndian ? first << 8 | second : second << 8 | first
    }

    func octet(_ offset: Int) -> UInt8 { buffer[start + offset] }

    func octets(_ offset: Int, _ count: Int) -> [UInt8] { Array(buffer[start + offset..<start + offset + count]) }
}
