import CDriver
import DriverE1000
import DriverKit
import E1000Registers

/// A device just good enough to run the driver against, with faults to switch on. The strict model is in NICModels; this one
/// is what a test bends.
final class FakeNIC {
    let host: TestHost
    var registers: [UInt32: UInt32] = [:]
    var eeprom = [UInt16](repeating: 0, count: 64)
    var phy: [UInt32: UInt16] = [0: 0x1140, 2: 0x0141, 3: 0x0C20, 4: 0x01E1, 9: 0x0200]
    /// Frames sent, and what each descriptor of them said.
    var sent: [[UInt8]] = []
    var contexts: [ChecksumContext] = []
    var options: [UInt32] = []
    var vlans: [UInt16] = []
    var stores: [(offset: UInt32, value: UInt32)] = []

    /// How often EECD says, after a reset, that the hardware still reads the EEPROM.
    var eepromReads = 0
    /// RAL and RAH stay what they were, as on models that load nothing.
    var keepsAddress = false

    // Faults
    var eerdHangs = false, mdicHangs = false, mdicErrors = false, resetHangs = false, transmitHangs = false, gone = false

    init(device: UInt16 = 0x100E) {
        host = TestHost(drydock_identity(vendor: 0x8086, device: device, subsystem_vendor: 0, subsystem_device: 0, revision: 3,
                                         class_code: 2, subclass: 0, programming_interface: 0))
        eeprom[0] = 0x5452
        eeprom[1] = 0x1200
        eeprom[2] = 0x5634
        sealEEPROM()
        powerOn()
        host.load = { [unowned self] in load($0) }
        host.store = { [unowned self] in store($0, $1) }
    }

    /// Makes the sum over all words right. 8254x §5.6.35
    func sealEEPROM() { eeprom[63] = 0xBABA &- eeprom[0..<63].reduce(0, &+) }

    private static let afterReset = RegisterTable<E1000Register>().rows.filter { $0.entry.reset != 0 }.map { ($0.entry.offset, $0.entry.reset) }

    func powerOn() {
        let address = (self[.ral], self[.rah])
        registers = Dictionary(uniqueKeysWithValues: FakeNIC.afterReset)
        self[.status] = 0x83 // link up, full duplex, 1000 Mb/s
        let loaded = (UInt32(eeprom[0]) | UInt32(eeprom[1]) << 16, UInt32(eeprom[2]) | 1 << 31)
        (self[.ral], self[.rah]) = keepsAddress ? address : loaded
    }

    subscript(_ register: E1000Register, _ index: UInt32 = 0) -> UInt32 {
        get { registers[register.rawValue + index * register.stride] ?? 0 }
        set { registers[register.rawValue + index * register.stride] = newValue }
    }

    private func load(_ offset: UInt32) -> UInt32 {
        if gone { return .max }
        let value = registers[offset] ?? 0
        if offset == E1000Register.eecd.rawValue, EECD().req.isSet(value) {
            // No grant while the hardware reads. 8254x §5.3.1
            if eepromReads == 0 { return value | EECD().gnt.mask }
            eepromReads -= 1
        }
        if offset == E1000Register.icr.rawValue || (0x4000..<0x4100).contains(offset) { registers[offset] = 0 }
        return value
    }

    private func store(_ offset: UInt32, _ value: UInt32) {
        stores.append((offset, value))
        if gone { return }
        switch E1000Register(rawValue: offset) {
        case .ctrl:
            if CTRL().rst.isSet(value) && !resetHangs { powerOn() } else { registers[offset] = value }
        case .eerd:
            let data = UInt32(eeprom[Int(EERD().addr.get(value) & 63)])
            registers[offset] = eerdHangs ? value : value & 0xFFFF | EERD().done.mask | data << 16
        case .mdic: mdi(value)
        case .ims: self[.ims] |= value
        case .imc: self[.ims] &= ~value
        case .tdt:
            registers[offset] = value
            transmit()
        default: registers[offset] = value
        }
    }

    private func mdi(_ value: UInt32) {
        let m = MDIC()
        if mdicHangs { self[.mdic] = value & ~m.r.mask; return }
        var result = value | m.r.mask
        if mdicErrors || m.phyadd.get(value) != 1 { result |= m.e.mask } else if m.op.get(value) == 1 {
            phy[m.regadd.get(value)] = UInt16(m.data.get(value)) & ~0x8200
        } else { result = m.data.replacing(result, with: UInt32(phy[m.regadd.get(value)] ?? 0)) }
        self[.mdic] = result
    }

    /// Runs the transmit ring until head meets tail.
    func transmit() {
        guard !transmitHangs, TCTL().en.isSet(self[.tctl]), self[.tdlen] > 0 else { return }
        var frame: [UInt8] = []
        while self[.tdh] != self[.tdt] {
            let at = unsafe descriptor(.tdbal, .tdbah, self[.tdh])
            let lower = unsafe at.load(fromByteOffset: 8, as: UInt32.self), upper = unsafe at.load(fromByteOffset: 12, as: UInt32.self)
            if lower & (1 << 29) != 0 && lower & (1 << 20) == 0 {
                unsafe contexts.append(ChecksumContext(words: at.load(as: UInt32.self), at.load(fromByteOffset: 4, as: UInt32.self)))
            } else {
                let length = Int(lower & 0xFFFF)
                let octets = unsafe host.memory(at.load(as: UInt64.self), length)!
                unsafe frame += UnsafeRawBufferPointer(start: octets, count: length)
                if lower & (1 << 24) != 0 {
                    sent.append(frame)
                    options.append(upper >> 8 & 3)
                    vlans.append(lower & (1 << 30) != 0 ? UInt16(upper >> 16) : 0)
                    frame = []
                }
            }
            if lower & (1 << 27) != 0 { unsafe at.storeBytes(of: upper | 1, toByteOffset: 12, as: UInt32.self) }
            self[.tdh] = (self[.tdh] + 1) % (self[.tdlen] / 16)
        }
        self[.icr] |= Causes().txdw.mask
    }

    private func descriptor(_ low: E1000Register, _ high: E1000Register, _ index: UInt32) -> UnsafeMutableRawPointer {
        unsafe host.memory(UInt64(self[high]) << 32 | UInt64(self[low]) + UInt64(index) * 16, 16)!
    }

    /// Writes one frame into the receive ring, in pieces of at most 2048 octets. False when there is no descriptor.
    @discardableResult
    func receive(_ frame: [UInt8], status: UInt8 = 0x04, errors: UInt8 = 0, special: UInt16 = 0, claim: UInt16? = nil) -> Bool {
        let pieces = max(1, (frame.count + 2047) / 2048)
        let size = self[.rdlen] / 16
        guard RCTL().en.isSet(self[.rctl]), size > 0, (self[.rdt] + size - self[.rdh]) % size >= UInt32(pieces) else { return false }
        for piece in 0..<pieces {
            let at = unsafe descriptor(.rdbal, .rdbah, self[.rdh])
            let part = Array(frame[min(piece * 2048, frame.count)..<min((piece + 1) * 2048, frame.count)])
            let memory = unsafe host.memory(at.load(as: UInt64.self), part.count)!
            unsafe part.withUnsafeBytes { unsafe memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(at), byteCount: $0.count) }
            unsafe at.storeBytes(of: claim ?? UInt16(part.count), toByteOffset: 8, as: UInt16.self)
            unsafe at.storeBytes(of: errors, toByteOffset: 13, as: UInt8.self)
            unsafe at.storeBytes(of: special, toByteOffset: 14, as: UInt16.self)
            unsafe at.storeBytes(of: status | 1 | (piece == pieces - 1 ? 2 : 0), toByteOffset: 12, as: UInt8.self)
            self[.rdh] = (self[.rdh] + 1) % size
        }
        self[.icr] |= Causes().rxt0.mask
        return true
    }
}
