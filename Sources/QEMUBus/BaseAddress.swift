/// One base address register as the driver sees it. PCI 2.3 §6.2.5.1.
///
/// The bus places regions once and owns their addresses; what the driver writes here is remembered and read back with
/// the bits that hardware would keep, and moves nothing.
struct BaseAddress {
    /// Bits that say what the region is; read-only.
    var kind: UInt32
    /// Address bits that can be written.
    var writable: UInt32
    var shadow: UInt32

    static let absent = BaseAddress(kind: 0, writable: 0, shadow: 0)

    var value: UInt32 { shadow & writable | kind }

    mutating func store(_ value: UInt32) { shadow = value & writable }
}

/// An address range of the device, placed.
struct Region {
    var isPort: Bool
    var base: UInt64
    var length: UInt64

    /// Reads the range that `probe`, the register's value after all ones were written to it, announces; nil: none.
    init?(probe: UInt32) {
        guard probe != 0 && probe != UInt32.max else { return nil }
        isPort = probe & 1 == 1
        let bits = isPort ? probe & ~3 | 0xffff_0000 : probe & ~15
        guard bits != 0 else { return nil }
        length = UInt64(~bits) + 1
        base = 0
    }

    static func isWide(probe: UInt32) -> Bool { probe & 7 == 4 }
}
