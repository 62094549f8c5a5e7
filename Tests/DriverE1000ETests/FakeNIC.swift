import CDriver
import DriverE1000E
import DriverKit
import E1000ERegisters
import E1000Registers

/// A device just good enough to bring the driver up on, with faults to switch on. The strict model is in NICModels; this one is
/// what a test bends.
final class FakeNIC {
    let host: TestHost
    var registers: [UInt32: UInt32] = [:]
    var nvm = [UInt16](repeating: 0, count: 64)
    var phy: [UInt32: UInt16] = [0: 0x1140, 2: 0x0141, 3: 0x0CB1, 4: 0x01E1, 9: 0x0200]
    var stores: [(offset: UInt32, value: UInt32)] = []
    // Faults
    var eerdHangs = false, mdicHangs = false, resetHangs = false, gone = false, masterHangs = false, reloadHangs = false
    var semaphoreTaken = false, mdiTaken = false

    init() {
        host = TestHost(drydock_identity(vendor: 0x8086, device: 0x10D3, subsystem_vendor: 0, subsystem_device: 0, revision: 0,
                                         class_code: 2, subclass: 0, programming_interface: 0))
        host.grantedVectors = [1, 1, 5]
        (nvm[0], nvm[1], nvm[2]) = (0x5452, 0x1200, 0x5634)
        nvm[63] = 0xBABA &- nvm[0..<63].reduce(0, &+)
        // A PCIe capability at 0xE0 with both power states on.
        (host.config[6], host.config[0x34], host.config[0xE0], host.config[0xF0]) = (0x10, 0xE0, 0x10, 3)
        powerOn()
        host.load = { [unowned self] in load($0) }
        host.store = { [unowned self] in store($0, $1) }
    }

    private static let afterReset = RegisterTable<E1000ERegister>().rows.filter { $0.entry.reset != 0 }

    func powerOn() {
        registers = [:]
        for row in FakeNIC.afterReset {
            for i in 0..<row.entry.count { registers[row.entry.offset + i * row.entry.stride] = row.entry.reset }
        }
        self[.status] = 0x0008_0083
        self[.ral] = UInt32(nvm[0]) | UInt32(nvm[1]) << 16
        self[.rah] = UInt32(nvm[2]) | 1 << 31
    }

    subscript(_ register: E1000ERegister, _ index: UInt32 = 0) -> UInt32 {
        get { registers[register.rawValue + index * register.stride] ?? 0 }
        set { registers[register.rawValue + index * register.stride] = newValue }
    }

    private func load(_ offset: UInt32) -> UInt32 {
        if gone { return .max }
        let value = registers[offset] ?? 0
        switch E1000ERegister(rawValue: offset) {
        case .status: return self[.ctrl] & 4 != 0 && !masterHangs ? value & ~(1 << 19) : value
        case .swsm:
            registers[offset] = value | 1
            return semaphoreTaken ? value | 1 : value
        case .eec: return reloadHangs ? value & ~(1 << 9) : value
        case .icr: registers[offset] = 0
        default: break
        }
        return value
    }

    private func store(_ offset: UInt32, _ value: UInt32) {
        stores.append((offset, value))
        if gone { return }
        switch E1000ERegister(rawValue: offset) {
        case .ctrl: if value & 1 << 26 != 0 && !resetHangs { powerOn() } else { registers[offset] = value }
        case .eerd: registers[offset] = eerdHangs ? value & ~2 : value & 0xFFFC | 2 | UInt32(nvm[Int(value >> 2 & 63)]) << 16
        case .mdic: mdi(value)
        case .extcnfCtrl: registers[offset] = mdiTaken ? value & ~(1 << 5) : value
        case .ims: self[.ims] |= value
        case .imc: self[.ims] &= ~value
        case .icr: self[.icr] &= ~value
        default: registers[offset] = value
        }
    }

    private func mdi(_ value: UInt32) {
        let m = MDIC()
        guard !mdicHangs else { return self[.mdic] = value & ~m.r.mask }
        var result = value | m.r.mask
        if m.op.get(value) == 1 { phy[m.regadd.get(value)] = UInt16(m.data.get(value)) & ~0x8200 } else {
            result = m.data.replacing(result, with: UInt32(phy[m.regadd.get(value)] ?? 0))
        }
        self[.mdic] = result
    }

    /// Four words of transmit descriptor `index`.
    func descriptor(_ index: Int) -> [UInt32] {
        let at = unsafe host.memory(UInt64(self[.tdbah]) << 32 | UInt64(self[.tdbal]) + UInt64(index * 16), 16)!
        return (0..<4).map { unsafe at.load(fromByteOffset: $0 * 4, as: UInt32.self) }
    }
}
