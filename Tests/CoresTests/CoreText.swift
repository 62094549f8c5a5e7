import Cores
import Glibc
import Host

/// A core, read back by rules of its own: what a debugger would find.
struct CoreText {
    struct Segment { var type: UInt32, flags: UInt32, offset: Int, address: UInt64, stored: Int, octets: UInt64 }
    struct Note { var owner: String, type: UInt32, contents: [UInt8] }

    let octets: [UInt8]
    private(set) var segments: [Segment] = []
    private(set) var notes: [Note] = []

    init(_ octets: [UInt8]) throws {
        self.octets = octets
        guard octets.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]), number(16, 2) == 4 else { throw SystemError("core", .invalid) }
        let start = Int(number(32, 8)), size = Int(number(54, 2)), count = Int(number(56, 2))
        for at in (0..<count).map({ start + $0 * size }) {
            segments.append(Segment(
                type: UInt32(number(at, 4)), flags: UInt32(number(at + 4, 4)), offset: Int(number(at + 8, 8)), address: number(at + 16, 8),
                stored: Int(number(at + 32, 8)), octets: number(at + 40, 8)))
        }
        for segment in segments where segment.type == 4 { readNotes(segment.offset..<segment.offset + segment.stored) }
    }

    private mutating func readNotes(_ range: Range<Int>) {
        var at = range.lowerBound
        while at + 12 <= range.upperBound {
            let name = Int(number(at, 4)), length = Int(number(at + 4, 4)), type = UInt32(number(at + 8, 4))
            let contents = at + 12 + (name + 3) & ~3
            notes.append(Note(
                owner: String(decoding: octets[(at + 12)..<(at + 12 + name - 1)], as: UTF8.self), type: type,
                contents: Array(octets[contents..<contents + length])))
            at = contents + (length + 3) & ~3
        }
    }

    private func number(_ at: Int, _ length: Int) -> UInt64 {
        (0..<length).reversed().reduce(0) { $0 << 8 | (at + $1 < octets.count ? UInt64(octets[at + $1]) : 0) }
    }

    func notes(_ type: UInt32) -> [Note] { notes.filter { $0.type == type } }

    /// Stored memory at an address; nil where there is none.
    func memory(_ address: UInt64, _ count: Int) -> [UInt8]? {
        guard let one = segments.first(where: { $0.type == 1 && $0.address <= address && address + UInt64(count) <= $0.address + UInt64($0.stored) })
        else { return nil }
        let start = one.offset + Int(address - one.address)
        return Array(octets[start..<start + count])
    }
}
