import AbcRegisters
import DriverKit

// The registers as software sees them. ABC §3
extension AbcNIC {
    /// Every register's row, found by its offset; built once.
    private static let rows: [UInt32: RegisterTable<AbcRegister>.Row] = {
        var rows: [UInt32: RegisterTable<AbcRegister>.Row] = [:]
        for row in RegisterTable<AbcRegister>().rows { rows[row.entry.offset] = row }
        return rows
    }()

    public func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 {
        guard region == 0, decoded(offset, 0) else { return .max }
        guard let row = check(offset, width, 0) else { return 0 }
        guard row.entry.access.isReadable else {
            violate(.writeOnlyRead, "\(row.entry.name)", 0, Self.number(row), "read, but it can only be written; it reads as zero")
            return 0
        }
        return read(row.entry.register)
    }

    public func peek(region: UInt32, offset: UInt32, width: UInt32) -> UInt32? {
        guard region == 0, width == 4, let row = Self.rows[offset], row.entry.access.isReadable else { return nil }
        switch row.entry.register {
        case .rxMissed: return missed
        case .rxLong: return long
        default: return read(row.entry.register)
        }
    }

    public func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        guard region == 0, decoded(offset, value), let row = check(offset, width, value) else { return }
        let name = "\(row.entry.name)", section = Self.number(row)
        guard row.entry.access != .readOnly, row.entry.access != .readClears else {
            return violate(.readOnly, name, UInt64(value), section, "written, but it can only be read")
        }
        if value & ~row.defined != 0 {
            let rule: Violation.Rule = row.entry.register == .rxBaseLow || row.entry.register == .txBaseLow ? .ringAlignment : .reservedBits
            violate(rule, name, UInt64(value), section, "bits 0x\(String(value & ~row.defined, radix: 16)) are to be zero; they are ignored")
        }
        write(row.entry.register, name, section, value & row.defined)
        updateInterrupt()
    }

    /// `3.2` of `ABC §3.2`.
    private static func number(_ row: RegisterTable<AbcRegister>.Row) -> String { String("\(row.entry.section)".dropFirst(5)) }

    private func decoded(_ offset: UInt32, _ value: UInt32) -> Bool {
        if config.memoryDecoded { return true }
        violate(.memoryDecodeOff, "0x\(String(offset, radix: 16))", UInt64(value), "2",
                "accessed while memory decoding is off; set bit 1 of the PCI command register first")
        return false
    }

    /// The register at an offset, when it may be accessed so, and now.
    private func check(_ offset: UInt32, _ width: UInt32, _ value: UInt32) -> RegisterTable<AbcRegister>.Row? {
        let place = "0x\(String(offset, radix: 16))"
        guard width == 4 else {
            violate(.accessWidth, place, UInt64(width), "3", "accessed \(width) octets wide; registers are 32-bit words")
            return nil
        }
        guard offset % 4 == 0 else {
            violate(.misaligned, place, UInt64(offset), "3", "accessed between two registers; offsets are multiples of 4")
            return nil
        }
        guard let row = Self.rows[offset] else {
            violate(.unknownRegister, place, UInt64(value), "3", "there is no register here")
            return nil
        }
        guard resetUntil == nil || row.entry.register == .ctrl else {
            violate(.resetTiming, "\(row.entry.name)", UInt64(value), "3.2", "accessed during a reset; wait until CTRL.RESET reads as 0")
            return nil
        }
        return row
    }

    private func read(_ register: AbcRegister) -> UInt32 {
        switch register {
        case .id: 0x4142_4301
        case .ctrl: control | CTRL().reset.of(resetUntil == nil ? 0 : 1)
        case .status: statusRegister
        case .cause: cause
        case .mask: mask
        case .doorbell: 0
        case .macLow: addressLow
        case .macHigh: addressHigh
        case .hashLow: UInt32(truncatingIfNeeded: hash)
        case .hashHigh: UInt32(hash >> 32)
        case .rxMissed: take(&missed)
        case .rxLong: take(&long)
        case .rxBaseLow: UInt32(truncatingIfNeeded: receiveRing.base)
        case .rxBaseHigh: UInt32(receiveRing.base >> 32)
        case .rxSize: UInt32(receiveRing.size)
        case .rxHead: UInt32(receiveRing.head)
        case .txBaseLow: UInt32(truncatingIfNeeded: transmitRing.base)
        case .txBaseHigh: UInt32(transmitRing.base >> 32)
        case .txSize: UInt32(transmitRing.size)
        case .txHead: UInt32(transmitRing.head)
        }
    }

    /// Reading clears. ABC §3.9
    private func take(_ counter: inout UInt32) -> UInt32 {
        defer { counter = 0 }
        return counter
    }

    private var statusRegister: UInt32 {
        let s = STATUS(), up: UInt32 = carrier ? 1 : 0
        return s.link.of(up) | s.full.of(up) | s.speed.of(up * Self.megabits) | s.rxHalted.of(receiveRing.halted ? 1 : 0)
            | s.txHalted.of(transmitRing.halted ? 1 : 0)
    }

    private func write(_ register: AbcRegister, _ name: String, _ section: String, _ value: UInt32) {
        switch register {
        case .ctrl: writeControl(value)
        case .cause:
            cause &= ~value
            rearm()
        case .mask:
            mask = value
            rearm()
        case .doorbell: ring(value)
        case .macLow: addressLow = value
        case .macHigh: addressHigh = value
        case .hashLow: hash = hash & ~0xffff_ffff | UInt64(value)
        case .hashHigh: hash = hash & 0xffff_ffff | UInt64(value) << 32
        case .rxBaseLow, .rxBaseHigh, .rxSize: configure(&receiveRing, CTRL().rxen, register, name, value)
        case .txBaseLow, .txBaseHigh, .txSize: configure(&transmitRing, CTRL().txen, register, name, value)
        case .id, .status, .rxMissed, .rxLong, .rxHead, .txHead: return
        }
    }

    private func configure(_ ring: inout AbcRing, _ enable: Field, _ register: AbcRegister, _ name: String, _ value: UInt32) {
        guard !enable.isSet(control) else {
            return violate(.enableOrder, name, UInt64(value), "3.10", "written while CTRL.\(enable.name) is set; ignored, switch the unit off first")
        }
        switch register {
        case .rxBaseLow, .txBaseLow: ring.base = ring.base & ~0xffff_ffff | UInt64(value)
        case .rxBaseHigh, .txBaseHigh: ring.base = ring.base & 0xffff_ffff | UInt64(value) << 32
        default:
            guard value == 0 || AbcDescriptor.sizes.contains(value) && value % 8 == 0 else {
                return violate(.ringLength, name, UInt64(value), "3.10", "\(value) descriptors; 8 to 256 and a multiple of 8 are allowed")
            }
            ring.size = Int(value)
        }
    }

    private func writeControl(_ value: UInt32) {
        let c = CTRL()
        guard resetUntil == nil else {
            return violate(.resetTiming, "CTRL", UInt64(value), "3.2", "written during a reset; wait until CTRL.RESET reads as 0")
        }
        guard !c.reset.isSet(value) else { return resetDevice() }
        let before = control
        control = value
        enable(&receiveRing, c.rxen, before)
        enable(&transmitRing, c.txen, before)
        if !c.txen.isSet(value) { transmitAsked = false }
        if c.rxen.isSet(value), receiveRing.isSound { drainReceive() }
    }

    /// A unit starts at descriptor 0 of a ring that must be there. ABC §3.2
    private func enable(_ ring: inout AbcRing, _ field: Field, _ before: UInt32) {
        guard field.isSet(control), !field.isSet(before) else { return }
        ring.restart()
        guard ring.size == 0 || ring.base == 0 else { return }
        ring.halted = true
        violate(.enableOrder, "CTRL", UInt64(control), "3.2", "\(field.name) set before the \(ring.direction) ring has a base and a size; the unit stays halted")
    }

    /// ABC §3.6
    private func ring(_ value: UInt32) {
        let d = DOORBELL(), c = CTRL()
        for (bell, enable) in [(d.rx, c.rxen), (d.tx, c.txen)] where bell.isSet(value) && !enable.isSet(control) {
            violate(.enableOrder, "DOORBELL", UInt64(value), "3.6", "\(bell.name) rung while CTRL.\(enable.name) is clear; nothing happens")
        }
        if d.rx.isSet(value), c.rxen.isSet(control) {
            learn(&receiveRing)
            drainReceive()
        }
        if d.tx.isSet(value), c.txen.isSet(control) {
            learn(&transmitRing)
            transmitAsked = true
        }
    }
}
