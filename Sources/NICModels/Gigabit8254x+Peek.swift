import DriverKit
import E1000ERegisters
import E1000Registers

// Looking at the device from outside, as nobody can look at a real one; and a defect that real ones have had.
extension Gigabit8254x {
    public func peek(region: UInt32, offset: UInt32, width: UInt32) -> UInt32? {
        guard region == ConfigSpace.memoryRegion, width == 4, offset % 4 == 0, offset < ConfigSpace.memoryOctets,
            let rule = registers.rule(at: offset), rule.access.isReadable
        else { return nil }
        if rule.register == .icr || rule.pcie == .icr { return interrupts.cause }
        if rule.pcie == .swsm { return I82574.SWSM().smbi.replacing(registers[own: .swsm], with: pcie?.isTaken == true ? 1 : 0) }
        guard rule.access == .readClears else { return read(rule, offset) }
        // Reading clears: a copy.
        var counters = statistics
        return rule.register.map { counters.read($0) } ?? rule.pcie.map { counters.read(own: $0) }
    }

    /// What the first receive descriptor names is where broken hardware goes on writing.
    func rememberBuffer() {
        guard defect != nil, memory.isClaimed else { return }
        let base = UInt64(registers[.rdbal]) | UInt64(registers[.rdbah]) << 32
        guard base != 0, let buffer = memory.word(at: base) else { return }
        defect?.begin(at: buffer, now: now)
    }

    /// It asks nobody: neither configuration space nor a reset stops it. Only what is mapped does.
    func goOnWriting() {
        guard let (address, mark) = defect?.next(now: now) else { return }
        guard !memory.store(mark, at: address) else { return }
        violate(
            .strayDMA, "DMA write after reset", address, "8254x §14.2",
            "the device was reset and goes on writing; refused: \(memory.account(of: address))")
    }
}

/// Hardware that a reset does not stop: it writes a number to one place, now and then, a bounded number of times.
struct WriteDefect {
    private static let interval: UInt64 = 200_000, most = 64
    private var address: UInt64 = 0
    private var mark: UInt64 = 0xdead_d3a0_0000_0000
    private var left = 0
    /// When it writes next; nil: it is done.
    private(set) var due: UInt64?

    /// - Parameter address: nil: there is nothing to write to.
    mutating func begin(at address: UInt64?, now: UInt64) {
        (self.address, left) = (address ?? 0, address == nil ? 0 : Self.most)
        due = left > 0 ? now + Self.interval : nil
    }

    /// The place and the number that are written now.
    mutating func next(now: UInt64) -> (UInt64, UInt64)? {
        guard let due, due <= now else { return nil }
        left -= 1
        self.due = left > 0 ? now + Self.interval : nil
        mark += 1
        return (address, mark)
    }
}
