import DriverKit
import E1000Registers

// The register region as software sees it: width, alignment, access rules. 8254x §13.2
extension Gigabit8254x {
    public func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 {
        switch region {
        case ConfigSpace.memoryRegion:
            guard decoded(config.memoryDecoded, "memory", offset, 0) else { return .max }
            guard let (register, shift) = check(offset, width, 0) else { return 0 }
            let value = loadRegister(register) >> shift
            return width == 4 ? value : value & ((1 << (8 * width)) - 1)
        case ConfigSpace.ioRegion:
            guard decoded(config.ioDecoded, "I/O", offset, 0) else { return .max }
            return loadIO(offset, width)
        case ConfigSpace.vectorRegion where pcie != nil: return touchVectors(offset, 0)
        default: return .max
        }
    }

    public func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        switch region {
        case ConfigSpace.memoryRegion:
            guard decoded(config.memoryDecoded, "memory", offset, value) else { return }
            // A partial write's other octets are undefined, so nothing is written. 8254x §13.2
            guard let (register, _) = check(offset, width, value), width == 4 else { return }
            storeRegister(register, value)
        case ConfigSpace.ioRegion:
            guard decoded(config.ioDecoded, "I/O", offset, value) else { return }
            storeIO(offset, width, value)
        case ConfigSpace.vectorRegion where pcie != nil: _ = touchVectors(offset, value)
        default: return
        }
    }

    private func decoded(_ on: Bool, _ space: String, _ offset: UInt32, _ value: UInt32) -> Bool {
        if on { return true }
        violate(
            .memoryDecodeOff, nameAt(offset), UInt64(value), "8254x §4.1",
            "\(space) region accessed at \(hex(offset)) while the command register does not decode it or the function is not "
                + "in D0; set the decode bit of the PCI command register first")
        return false
    }

    /// The word-aligned offset and how far the octet lies in it; nil when no register may answer.
    private func check(_ offset: UInt32, _ width: UInt32, _ value: UInt32) -> (UInt32, UInt32)? {
        guard offset < ConfigSpace.memoryOctets else {
            violate(
                .unknownRegister, hex(offset), UInt64(value), "8254x §13.2", "the register region ends at 0x20000")
            return nil
        }
        let aligned = offset & ~3
        guard width == 4 || width == 2 || width == 1 else {
            violate(.accessWidth, nameAt(aligned), UInt64(width), "8254x §13.2", "no bus cycle is \(width) octets wide")
            return nil
        }
        if width != 4 {
            violate(
                .accessWidth, nameAt(aligned), UInt64(width), "8254x §13.2",
                "accessed \(width) octets wide; registers are accessed as 32-bit words")
        }
        if offset % width != 0 {
            violate(
                .misaligned, nameAt(aligned), UInt64(offset), "8254x §13.2",
                "accessed at \(hex(offset)); registers are accessed at multiples of four")
        }
        return (aligned, 8 * (offset & 3))
    }

    func nameAt(_ offset: UInt32) -> String {
        guard offset < ConfigSpace.memoryOctets, let rule = registers.rule(at: offset & ~3) else { return hex(offset) }
        return registers.name(rule, at: offset & ~3)
    }

    func hex(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }

    /// A word-aligned read inside the region.
    private func loadRegister(_ offset: UInt32) -> UInt32 {
        guard let rule = registers.rule(at: offset) else {
            violate(.unknownRegister, hex(offset), 0, "8254x §13.2", "read where there is no register; it reads as zero")
            return 0
        }
        guard settled(rule, offset, 0) else { return 0 }
        if !rule.access.isReadable {
            violate(.writeOnlyRead, rule.name, 0, rule.section, "read, but it can only be written; it reads as zero")
            return 0
        }
        return read(rule, offset)
    }

    /// A word-aligned write inside the region.
    private func storeRegister(_ offset: UInt32, _ value: UInt32) {
        guard let rule = registers.rule(at: offset) else {
            violate(
                .unknownRegister, hex(offset), UInt64(value), "8254x §13.2", "written where there is no register; ignored")
            return
        }
        guard settled(rule, offset, value) else { return }
        let isReadOnly = rule.access == .readOnly || rule.access == .readClears && rule.register != .icr
        guard !isReadOnly else {
            violate(.readOnly, registers.name(rule, at: offset), UInt64(value), rule.section, "written, but it is read-only")
            return
        }
        // IMC's reserved bits are to be written as ones. 8254x §13.4.21
        if value & ~rule.defined != 0, rule.register != .imc, !Self.hasOwnRule(rule.register) {
            violate(
                .reservedBits, registers.name(rule, at: offset), UInt64(value), rule.section,
                "reserved bits \(hex(value & ~rule.defined)) written as one; they are to be zero")
        }
        write(rule, offset, value)
        updateLine()
    }

    /// Ring registers say more precisely what is wrong with their low bits.
    private static func hasOwnRule(_ register: E1000Register?) -> Bool {
        switch register {
        case .rdbal, .tdbal, .rdlen, .tdlen, .rdh, .tdh, .rdt, .tdt: true
        default: false
        }
    }

    /// During a reset only CTRL and STATUS answer.
    private func settled(_ rule: RegisterFile.Rule, _ offset: UInt32, _ value: UInt32) -> Bool {
        if pcie != nil, !isAllowedNow(rule, value) { return false }
        guard resetUntil != nil else { return true }
        if rule.register == .ctrl || rule.register == .status { return true }
        violate(
            .resetTiming, registers.name(rule, at: offset), UInt64(value), "8254x §13.4.1",
            "accessed within 1 µs of CTRL.RST; wait until the reset is done")
        return false
    }

    // The I/O region: IOADDR at 0, IODATA at 4. 8254x §13.2.2
    private func loadIO(_ offset: UInt32, _ width: UInt32) -> UInt32 {
        guard width == 4, offset == 0 || offset == 4 else {
            violate(.accessWidth, "I/O \(hex(offset))", UInt64(width), "8254x §13.2.2", "IOADDR and IODATA are 32-bit words")
            return .max
        }
        if offset == 0 { return ioAddress }
        guard let (register, _) = check(ioAddress, 4, 0) else { return 0 }
        return loadRegister(register)
    }

    private func storeIO(_ offset: UInt32, _ width: UInt32, _ value: UInt32) {
        guard width == 4, offset == 0 || offset == 4 else {
            violate(.accessWidth, "I/O \(hex(offset))", UInt64(width), "8254x §13.2.2", "IOADDR and IODATA are 32-bit words")
            return
        }
        if offset == 0 {
            ioAddress = value
        } else if let (register, _) = check(ioAddress, 4, value) {
            storeRegister(register, value)
        }
    }
}
