/// A PCI function on the machine's bus: its configuration space, which is memory of the machine, and its regions.
final class PCIFunction {
    /// Command register bits. PCI 2.3 §6.2.2.
    static let ioSpace: UInt16 = 1, memorySpace: UInt16 = 2, busMaster: UInt16 = 4
    /// Octets of a PCI Express function's configuration space; a conventional one reads as ones above 256.
    static let configOctets: UInt32 = 4096
    /// Where the machine shows all configuration space, 4 KiB a function. PCIe 3.0 §7.2.2.
    private static let window: UInt64 = 0xb000_0000
    private static let commandOffset: UInt32 = 4, firstBase: UInt32 = 0x10, endOfBases: UInt32 = 0x28

    private let bus: QTestLink
    private let base: UInt64
    private(set) var regions: [Region?] = Array(repeating: nil, count: 6)
    private var bases: [BaseAddress] = Array(repeating: .absent, count: 6)
    /// The command register as last written through here.
    private(set) var command: UInt16 = 0
    /// Whose capabilities are not the driver's to write.
    private(set) var messages: MessageInterrupts?

    init(bus: QTestLink, slot: UInt32) {
        self.bus = bus
        base = Self.window + UInt64(slot) << 15
    }

    /// Switches the window to all configuration space on, by the ports that work without it.
    static func openWindow(_ bus: QTestLink) {
        // PCIEXBAR of the host bridge: 256 MiB, enabled. Intel 3 Series Express Chipset §5.1.16.
        bus.post("outl", 0xcf8, 0x8000_0064)
        bus.post("outl", 0xcfc, 0)
        bus.post("outl", 0xcf8, 0x8000_0060)
        bus.post("outl", 0xcfc, window | 1)
    }

    /// Sizes the regions and places them, as firmware would; memory and I/O decode on, bus mastering off.
    ///
    /// - Parameters:
    ///   - memory: where its memory regions go.
    ///   - port: where its I/O regions go.
    /// - Returns: false when the function is not there.
    func bringUp(memory: UInt64 = 0xe000_0000, port: UInt64 = 0xc000) -> Bool {
        guard let identity = load(offset: 0, width: 4), identity & 0xffff != 0xffff else { return false }
        var (memory, port) = (memory, port)
        var index = 0
        while index < 6 {
            index += place(index, &memory, &port) ? 2 : 1
        }
        storeCommand(Self.ioSpace | Self.memorySpace)
        messages = MessageInterrupts(of: self)
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

    /// What the driver writes; the same bounds as `configLoad`. What says where messages go is the host's: no effect.
    func configStore(offset: UInt32, width: UInt32, value: UInt32) {
        guard messages?.owns(configuration: offset) != true else { return }
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
        guard region.isPort else { return read(address, width) }
        let value = switch width {
        case 1: bus.ask("inb", address)
        case 2: bus.ask("inw", address)
        default: bus.ask("inl", address)
        }
        return value.map { UInt32(truncatingIfNeeded: $0) & ones(width) }
    }

    func regionStore(_ region: Region, offset: UInt32, width: UInt32, value: UInt32) {
        let address = region.base + UInt64(offset)
        guard region.isPort else { return write(address, width, value) }
        let octets = UInt64(value & ones(width))
        switch width {
        case 1: bus.post("outb", address, octets)
        case 2: bus.post("outw", address, octets)
        default: bus.post("outl", address, octets)
        }
    }

    /// Carries out `steps`, as far as their regions are there.
    func perform(_ steps: [QEMUModel.Step]) {
        for step in steps {
            switch step {
            case .store(let index, let offset, let width, let value):
                if let region = regions[Int(index)] { regionStore(region, offset: offset, width: width, value: value) }
            case .load(let index, let offset, let width):
                if let region = regions[Int(index)] { _ = regionLoad(region, offset: offset, width: width) }
            }
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

    /// What the function itself says; nil when the bus is dead.
    func load(offset: UInt32, width: UInt32) -> UInt32? {
        read(base + UInt64(offset), width)
    }

    /// A store that no rule for drivers applies to.
    func store(offset: UInt32, width: UInt32, value: UInt32) {
        write(base + UInt64(offset), width, value)
    }

    private func read(_ address: UInt64, _ width: UInt32) -> UInt32? {
        let value = switch width {
        case 1: bus.ask("readb", address)
        case 2: bus.ask("readw", address)
        default: bus.ask("readl", address)
        }
        return value.map { UInt32(truncatingIfNeeded: $0) & ones(width) }
    }

    private func write(_ address: UInt64, _ width: UInt32, _ value: UInt32) {
        let value = UInt64(value & ones(width))
        switch width {
        case 1: bus.post("writeb", address, value)
        case 2: bus.post("writew", address, value)
        default: bus.post("writel", address, value)
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
