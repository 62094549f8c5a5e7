/// The NIC's PCI function: configuration space by ports 0xcf8/0xcfc, and its regions.
final class PCIFunction {
    /// Command register bits. PCI 2.3 §6.2.2.
    static let ioSpace: UInt16 = 1, memorySpace: UInt16 = 2, busMaster: UInt16 = 4
    /// Octets of a conventional function's configuration space.
    static let configOctets: UInt32 = 256
    private static let commandOffset: UInt32 = 4, firstBase: UInt32 = 0x10, endOfBases: UInt32 = 0x28

    private let bus: QTestLink
    private let selector: UInt64
    private(set) var regions: [Region?] = Array(repeating: nil, count: 6)
    private var bases: [BaseAddress] = Array(repeating: .absent, count: 6)
    /// The command register as last written through here.
    private(set) var command: UInt16 = 0

    init(bus: QTestLink, slot: UInt32) {
        self.bus = bus
        selector = 0x8000_0000 | UInt64(slot) << 11
    }

    /// Sizes the regions and places them, as firmware would; memory and I/O decode on, bus mastering off.
    ///
    /// - Returns: false when the function is not there.
    func bringUp() -> Bool {
        guard let identity = load(offset: 0, width: 4), identity & 0xffff != 0xffff else { return false }
        var memory: UInt64 = 0xe000_0000, port: UInt64 = 0xc000
        var index = 0
        while index < 6 {
            index += place(index, &memory, &port) ? 2 : 1
        }
        storeCommand(Self.ioSpace | Self.memorySpace)
        return bus.settle()
    }

    /// Turns bus mastering off and waits until QEMU has done so.
    func stopMastering() -> Bool {
        storeCommand(command & ~Self.busMaster)
        return bus.settle()
    }

    /// What the driver reads; nil when the bus is dead. `offset` is aligned to `width` and below `configOctets`.
    func configLoad(offset: UInt32, width: UInt32) -> UInt32? {
        guard offset >= Self.firstBase && offset < Self.endOfBases else { return load(offset: offset, width: width) }
        let base = bases[Int(offset - Self.firstBase) / 4].value
        return base >> (8 * (offset & 3)) & ones(width)
    }

    /// What the driver writes; the same bounds as `configLoad`.
    func configStore(offset: UInt32, width: UInt32, value: UInt32) {
        let shift = 8 * (offset & 3), mask = ones(width) << shift
        if offset >= Self.firstBase && offset < Self.endOfBases {
            let index = Int(offset - Self.firstBase) / 4
            bases[index].store(bases[index].value & ~mask | value << shift & mask)
            return
        }
        if offset & ~3 == Self.commandOffset {
            let word = UInt32(command) & ~mask | value << shift & mask
            command = UInt16(truncatingIfNeeded: word)
        }
        store(offset: offset, width: width, value: value)
    }

    func regionLoad(_ region: Region, offset: UInt32, width: UInt32) -> UInt32? {
        let address = region.base + UInt64(offset)
        let value = switch (region.isPort, width) {
        case (true, 1): bus.ask("inb", address)
        case (true, 2): bus.ask("inw", address)
        case (true, _): bus.ask("inl", address)
        case (false, 1): bus.ask("readb", address)
        case (false, 2): bus.ask("readw", address)
        case (false, _): bus.ask("readl", address)
        }
        return value.map { UInt32(truncatingIfNeeded: $0) & ones(width) }
    }

    func regionStore(_ region: Region, offset: UInt32, width: UInt32, value: UInt32) {
        let address = region.base + UInt64(offset), value = UInt64(value & ones(width))
        switch (region.isPort, width) {
        case (true, 1): bus.post("outb", address, value)
        case (true, 2): bus.post("outw", address, value)
        case (true, _): bus.post("outl", address, value)
        case (false, 1): bus.post("writeb", address, value)
        case (false, 2): bus.post("writew", address, value)
        case (false, _): bus.post("writel", address, value)
        }
    }

    /// Sizes and places one region. PCI 2.3 §6.2.5.1: write all ones, read back which bits stuck.
    ///
    /// - Returns: whether the register is the lower half of a 64-bit one.
    private func place(_ index: Int, _ memory: inout UInt64, _ port: inout UInt64) -> Bool {
        let offset = Self.firstBase + 4 * UInt32(index)
        store(offset: offset, width: 4, value: UInt32.max)
        guard let probe = load(offset: offset, width: 4), var region = Region(probe: probe) else { return false }
        // Each region is aligned to its own length, a power of two.
        let next = region.isPort ? port : memory
        region.base = (next + region.length - 1) & ~(region.length - 1)
        if region.isPort { port = region.base + region.length } else { memory = region.base + region.length }
        store(offset: offset, width: 4, value: UInt32(truncatingIfNeeded: region.base))
        regions[index] = region
        let kind = probe & (region.isPort ? 3 : 15)
        bases[index] = BaseAddress(kind: kind, writable: probe & ~kind, shadow: UInt32(truncatingIfNeeded: region.base))
        guard Region.isWide(probe: probe) && index < 5 else { return false }
        store(offset: offset + 4, width: 4, value: 0)
        bases[index + 1] = BaseAddress(kind: 0, writable: UInt32.max, shadow: 0)
        return true
    }

    private func storeCommand(_ value: UInt16) {
        command = value
        store(offset: Self.commandOffset, width: 2, value: UInt32(value))
    }

    private func load(offset: UInt32, width: UInt32) -> UInt32? {
        bus.post("outl", 0xcf8, selector | UInt64(offset & 0xfc))
        let port = 0xcfc + UInt64(offset & 3)
        let value = switch width {
        case 1: bus.ask("inb", port)
        case 2: bus.ask("inw", port)
        default: bus.ask("inl", port)
        }
        return value.map { UInt32(truncatingIfNeeded: $0) & ones(width) }
    }

    private func store(offset: UInt32, width: UInt32, value: UInt32) {
        bus.post("outl", 0xcf8, selector | UInt64(offset & 0xfc))
        let port = 0xcfc + UInt64(offset & 3), value = UInt64(value & ones(width))
        switch width {
        case 1: bus.post("outb", port, value)
        case 2: bus.post("outw", port, value)
        default: bus.post("outl", port, value)
        }
    }
}

/// All ones in `width` octets: what a read of nothing gives.
func ones(_ width: UInt32) -> UInt32 {
    switch width {
    case 1: 0xff
    case 2: 0xffff
    default: UInt32.max
    }
}
