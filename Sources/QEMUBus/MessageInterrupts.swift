/// MSI and MSI-X of the function: found once, kept from the driver, programmed for it. PCI 3.0 §6.8.
struct MessageInterrupts {
    /// The MSI-X table, in one of the function's regions.
    struct Table: Equatable {
        var region: Int
        var offset: UInt64
        var entries: Int

        static let entryOctets: UInt64 = 16

        func covers(region: UInt32, offset: UInt32, width: UInt32) -> Bool {
            let first = UInt64(offset)
            return Int(region) == self.region && first + UInt64(width) > self.offset && first < self.offset + UInt64(entries) * Self.entryOctets
        }
    }

    /// Where the capabilities are in configuration space; nil: the function does not have it.
    private(set) var msi: UInt32?, msix: UInt32?
    private(set) var table: Table?
    private var msiControl: UInt32 = 0

    private static let msiIdentifier: UInt32 = 0x05, msixIdentifier: UInt32 = 0x11
    private static let hasCapabilities: UInt32 = 1 << 4, mostCapabilities = 48
    private static let msiEnable: UInt32 = 1, msiWide: UInt32 = 1 << 7, msiMaskable: UInt32 = 1 << 8
    private static let msixEnable: UInt32 = 1 << 15, msixMaskAll: UInt32 = 1 << 14

    /// Walks the capability list, which is QEMU's and still not trusted to end.
    init(of function: PCIFunction) {
        guard let status = function.load(offset: 6, width: 2), status & Self.hasCapabilities != 0 else { return }
        var next = function.load(offset: 0x34, width: 1) ?? 0
        for _ in 0..<Self.mostCapabilities where next >= 0x40 && next != 0xff {
            let at = next & 0xfc
            guard let head = function.load(offset: at, width: 4) else { return }
            if head & 0xff == Self.msiIdentifier { (msi, msiControl) = (at, head >> 16) }
            if head & 0xff == Self.msixIdentifier, let place = function.load(offset: at + 4, width: 4) {
                msix = at
                table = Table(region: Int(place & 7), offset: UInt64(place & ~7), entries: Int(head >> 16 & 0x7ff) + 1)
            }
            next = head >> 8 & 0xff
        }
    }

    /// Whether the word at `offset` belongs to a capability that is the host's to write.
    func owns(configuration offset: UInt32) -> Bool {
        let at = offset & ~3
        if let msix, at >= msix && at < msix + 12 { return true }
        guard let msi else { return false }
        let octets: UInt32 = 10 + (msiControl & Self.msiWide != 0 ? 4 : 0) + (msiControl & Self.msiMaskable != 0 ? 10 : 0)
        return at >= msi && at < msi + octets
    }

    /// No messages: what is left is the line.
    func turnOff(_ function: PCIFunction) {
        if let msix { function.store(offset: msix + 2, width: 2, value: 0) }
        if let msi { function.store(offset: msi + 2, width: 2, value: 0) }
    }

    /// One message, `data`, to `address`. PCI 3.0 §6.8.1.
    func turnOnMSI(_ function: PCIFunction, address: UInt64, data value: UInt32) {
        guard let msi else { return }
        turnOff(function)
        function.store(offset: msi + 4, width: 4, value: UInt32(truncatingIfNeeded: address))
        let wide = msiControl & Self.msiWide != 0
        if wide { function.store(offset: msi + 8, width: 4, value: UInt32(truncatingIfNeeded: address >> 32)) }
        let data = msi + (wide ? 12 : 8)
        function.store(offset: data, width: 2, value: value)
        if msiControl & Self.msiMaskable != 0 { function.store(offset: data + 4, width: 4, value: 0) }
        function.store(offset: msi + 2, width: 2, value: Self.msiEnable)
    }

    /// Vector `n` below `vectors` sends `first + n` to `address`; the others are masked. PCI 3.0 §6.8.2.
    func turnOnMSIX(_ function: PCIFunction, vectors: Int, address: UInt64, first: UInt32) {
        guard let msix, let table, let region = function.regions[table.region] else { return }
        turnOff(function)
        function.store(offset: msix + 2, width: 2, value: Self.msixEnable | Self.msixMaskAll)
        for vector in 0..<table.entries {
            let entry = UInt32(truncatingIfNeeded: table.offset + UInt64(vector) * Table.entryOctets)
            function.regionStore(region, offset: entry, width: 4, value: UInt32(truncatingIfNeeded: address))
            function.regionStore(region, offset: entry + 4, width: 4, value: UInt32(truncatingIfNeeded: address >> 32))
            function.regionStore(region, offset: entry + 8, width: 4, value: first + UInt32(vector))
            function.regionStore(region, offset: entry + 12, width: 4, value: vector < vectors ? 0 : 1)
        }
        function.store(offset: msix + 2, width: 2, value: Self.msixEnable)
    }
}
