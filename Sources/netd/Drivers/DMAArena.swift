import Rings

/// The part of packet memory that descriptor rings are made of: first fit, page-sized pieces, cold path only.
struct DMAArena {
    struct Piece: Equatable, Codable {
        var offset: Int
        var length: Int
    }

    static let pageOctets = 4096
    private let start: Int
    private let end: Int
    /// In order of offset; never overlapping.
    private var taken: [Piece] = []

    init(layout: PacketMemoryLayout) {
        start = layout.dmaStart
        end = layout.smallStart
    }

    /// A part of another one's memory.
    init(_ piece: Piece) { (start, end) = (piece.offset, piece.offset + piece.length) }

    /// - Parameter alignment: a power of two; at least a page is used.
    /// - Returns: nil when no gap is large enough.
    mutating func allocate(length: Int, alignment: Int) -> Piece? {
        guard length > 0, length <= end - start, alignment > 0, alignment & (alignment - 1) == 0 else { return nil }
        let octets = (length + Self.pageOctets - 1) & ~(Self.pageOctets - 1)
        let align = max(alignment, Self.pageOctets)
        var from = start
        for (position, next) in (taken + [Piece(offset: end, length: 0)]).enumerated() {
            let aligned = (from + align - 1) & ~(align - 1)
            if aligned + octets <= next.offset {
                let piece = Piece(offset: aligned, length: octets)
                taken.insert(piece, at: position)
                return piece
            }
            from = next.offset + next.length
        }
        return nil
    }

    /// - Returns: false when no piece starts there.
    mutating func free(offset: Int) -> Bool {
        guard let position = taken.firstIndex(where: { $0.offset == offset }) else { return false }
        taken.remove(at: position)
        return true
    }

    var octetsTaken: Int { taken.reduce(0) { $0 + $1.length } }
}
