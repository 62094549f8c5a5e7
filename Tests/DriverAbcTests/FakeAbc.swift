import AbcRegisters
import CDriver
import DriverKit

/// An ABC just good enough to run the driver against, with faults to switch on: what a test of a driver's own makes of its
/// chip. It takes the descriptors that the driver gave it at each ring of the bell.
final class FakeAbc {
    let host: TestHost
    var registers: [AbcRegister: UInt32] = [:]
    var sent: [[UInt8]] = []
    var stores: [(register: AbcRegister, value: UInt32)] = []
    private var receiveAt = 0, transmitAt = 0

    // Faults.
    var gone = false, resetHangs = false, refusesFrames = false

    init() {
        host = TestHost(drydock_identity(vendor: 0x1234, device: 0x0ABC, subsystem_vendor: 0, subsystem_device: 0, revision: 1,
                                         class_code: 2, subclass: 0, programming_interface: 0))
        host.regionOctets = UInt64(AbcRegister.regionLength)
        powerOn()
        host.load = { [unowned self] in load($0) }
        host.store = { [unowned self] in store($0, $1) }
        host.configLoad = { [unowned self] in gone ? .max : UInt32(host.config[Int($0)]) | UInt32(host.config[Int($0) + 1]) << 8 | ($1 == 4 ? 0 : 0) }
    }

    private func powerOn() {
        registers = [.id: 0x4142_4301, .status: 0x0064_0003, .macLow: 0x1200_5452, .macHigh: 0x5634]
        (receiveAt, transmitAt) = (0, 0)
    }

    private func load(_ offset: UInt32) -> UInt32 {
        guard !gone, let register = AbcRegister(rawValue: offset) else { return .max }
        defer { if register == .rxMissed || register == .rxLong { registers[register] = 0 } }
        return registers[register] ?? 0
    }

    private func store(_ offset: UInt32, _ value: UInt32) {
        guard !gone, let register = AbcRegister(rawValue: offset) else { return }
        stores.append((register, value))
        switch register {
        case .ctrl where CTRL().reset.isSet(value):
            powerOn()
            if resetHangs { registers[.ctrl] = value }
        case .cause: registers[.cause, default: 0] &= ~value
        case .doorbell: if DOORBELL().tx.isSet(value) { transmit() }
        default: registers[register] = value
        }
    }

    func raise(_ causes: UInt32) { registers[.cause, default: 0] |= causes }

    /// The descriptor at a place in a ring, where the device would reach it.
    private func descriptor(_ low: AbcRegister, _ high: AbcRegister, _ at: Int) -> UnsafeMutableRawPointer? {
        let base = UInt64(registers[high] ?? 0) << 32 | UInt64(registers[low] ?? 0)
        return unsafe host.memory(base + UInt64(at * 16), 16)
    }

    private func transmit() {
        var frame: [UInt8] = [], size = Int(registers[.txSize] ?? 1)
        size = max(size, 1)
        while let d = unsafe descriptor(.txBaseLow, .txBaseHigh, transmitAt) {
            let flags = unsafe d.load(fromByteOffset: 12, as: UInt32.self), length = unsafe Int(d.load(fromByteOffset: 8, as: UInt32.self))
            guard flags & AbcDescriptor.owned != 0, let data = unsafe host.memory(d.load(as: UInt64.self), length) else { return }
            for n in 0..<length { frame.append(unsafe data.load(fromByteOffset: n, as: UInt8.self)) }
            let error = refusesFrames ? AbcDescriptor.error : 0
            unsafe d.storeBytes(of: flags & AbcDescriptor.more | error, toByteOffset: 12, as: UInt32.self)
            transmitAt = (transmitAt + 1) % size
            guard flags & AbcDescriptor.more == 0 else { continue }
            if !refusesFrames { sent.append(frame) }
            frame = []
            raise(Causes().tx.mask)
        }
    }

    /// A frame arrives; false when no descriptor is there for it. `claim` is the length that the device says.
    func deliver(_ frame: [UInt8], claim: Int? = nil, error: Bool = false) -> Bool {
        guard let d = unsafe descriptor(.rxBaseLow, .rxBaseHigh, receiveAt),
              unsafe d.load(fromByteOffset: 12, as: UInt32.self) & AbcDescriptor.owned != 0,
              let data = unsafe host.memory(d.load(as: UInt64.self), frame.count) else { return false }
        for (n, octet) in frame.enumerated() { unsafe data.storeBytes(of: octet, toByteOffset: n, as: UInt8.self) }
        unsafe d.storeBytes(of: UInt32(claim ?? frame.count), toByteOffset: 8, as: UInt32.self)
        unsafe d.storeBytes(of: error ? AbcDescriptor.error : 0, toByteOffset: 12, as: UInt32.self)
        receiveAt = (receiveAt + 1) % Int(registers[.rxSize] ?? 1)
        raise(Causes().rx.mask)
        return true
    }
}
