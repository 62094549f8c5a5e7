import CDriver
import DriverKit
import E1000Registers
import NICModels
import Wire
import netd

/// A device that was brought up on the register-level model and then frozen: from `freeze` on, stores cost nothing and
/// the benchmark itself plays the hardware on the descriptor rings. So what is counted is the driver and the stack alone.
// SAFETY: `base` covers packet memory for the life of the benchmark; ring offsets are checked against it once.
@safe final class FrozenNIC: DeviceBus {
    let name = "bench", kind = "sim"
    private let model: Gigabit8254x
    private var isFrozen = false
    private let base: UnsafeMutableRawPointer
    private let length: UInt64
    private var mappings: [(device: UInt64, offset: UInt64, length: UInt64)] = []
    private let host = DeafHost()

    init(base: UnsafeMutableRawPointer, length: Int) throws {
        model = try Gigabit8254x.make("82540em", ModelOptions(mac: MACAddress(value: 0x02_00_00_00_00_01)))
        unsafe self.base = base
        self.length = UInt64(length)
        model.host = host
        unsafe try model.claim(memory: DMAMemory(descriptor: -1, base: base, length: UInt64(length)))
        model.setCarrier(true)
    }

    var driverIdentity: drydock_identity {
        drydock_identity(
            vendor: UInt16(model.configLoad(offset: 0, width: 2)), device: UInt16(model.configLoad(offset: 2, width: 2)),
            subsystem_vendor: 0, subsystem_device: 0, revision: 3, class_code: 2, subclass: 0, programming_interface: 0)
    }

    /// The model's time moves a little with each access, so that bounded waits end as on hardware.
    private var time: UInt64 = 1
    private func tick() {
        time += 50_000
        _ = model.service(now: time)
    }

    func configLoad(offset: UInt32, width: UInt32) -> UInt32 { model.configLoad(offset: offset, width: width) }
    func configStore(offset: UInt32, width: UInt32, value: UInt32) { model.configStore(offset: offset, width: width, value: value) }
    func regionLength(_ region: UInt32) -> UInt64 { model.regionLength(region) }
    func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 {
        if isFrozen { return 0 }
        tick()
        return model.load(region: region, offset: offset, width: width)
    }
    func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        if isFrozen { return }
        model.store(region: region, offset: offset, width: width, value: value)
        tick()
    }
    func map(offset: UInt64, length: UInt64) throws -> UInt64 {
        let device = try model.map(offset: offset, length: length)
        mappings.append((device, offset, length))
        return device
    }
    func unmap(deviceAddress: UInt64) { model.unmap(deviceAddress: deviceAddress) }
    func enableInterrupts(kind: UInt32, vectors: UInt32) -> Int32 { 1 }
    func disableInterrupts() {}
    var interruptDescriptors: [Int32] { [] }
    func takeInterrupt(vector: Int) -> Bool { false }
    func unmask(vector: Int) {}
    func resetDevice() -> Int32 { -95 }
    var lifeDescriptor: Int32 { -1 }
    func noteHangUp() {}
    var goneReason: String? { nil }
    func release() {}

    /// From here on the benchmark is the hardware.
    func freeze() { isFrozen = true }

    /// Where the device address lies in this process.
    func memory(_ device: UInt64) -> UnsafeMutableRawPointer {
        guard let mapping = mappings.first(where: { $0.device <= device && device < $0.device + $0.length }) else {
            fatalError("device address \(device) is not mapped")
        }
        return unsafe base + Int(mapping.offset + device - mapping.device)
    }

    /// A ring's first descriptor and its length in descriptors, from the registers the driver wrote.
    func ring(low: UInt32, high: UInt32, length: UInt32) -> (UnsafeMutableRawPointer, Int) {
        let address = UInt64(model.load(region: 0, offset: high, width: 4)) << 32 | UInt64(model.load(region: 0, offset: low, width: 4))
        return unsafe (memory(address), Int(model.load(region: 0, offset: length, width: 4)) / 16)
    }
}

/// A cable to nowhere.
final class DeafHost: NICHost {
    func interrupt(vector: Int, asserted: Bool) {}
    func transmit(_ frame: UnsafeRawBufferPointer) {}
    func report(_ violation: Violation) { print("violation: \(violation.text)") }
}
