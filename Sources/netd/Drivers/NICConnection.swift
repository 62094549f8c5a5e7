import Bus
import CDriver
import Glibc
import Messages

/// A NIC process's device as the drivers of this stack see it.
final class NICConnection: DeviceBus {
    private let device: NICDevice
    private let identity: NICIdentity
    private var mode = InterruptMode.none
    private(set) var vectors = 0

    init(_ device: NICDevice, identity: NICIdentity) { (self.device, self.identity) = (device, identity) }

    var name: String { device.name }
    var kind: String { identity.specification.split(separator: ":").first.map(String.init) ?? "sim" }
    var driverIdentity: drydock_identity { identity.driverIdentity }

    func configLoad(offset: UInt32, width: UInt32) -> UInt32 { device.configLoad(offset: offset, width: width) }
    func configStore(offset: UInt32, width: UInt32, value: UInt32) { device.configStore(offset: offset, width: width, value: value) }
    func regionLength(_ region: UInt32) -> UInt64 { region < 6 ? device.regionLengths[Int(region)] : 0 }
    func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 { device.load(region: region, offset: offset, width: width) }
    func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        device.store(region: region, offset: offset, width: width, value: value)
    }

    func map(offset: UInt64, length: UInt64) throws -> UInt64 { try device.map(offset: offset, length: length) }
    func unmap(deviceAddress: UInt64) { try? device.unmap(deviceAddress: deviceAddress) }

    func enableInterrupts(kind: UInt32, vectors: UInt32) -> Int32 {
        guard vectors >= 1, kind <= DRYDOCK_MSIX.rawValue, let wanted = InterruptMode(rawValue: kind + 1) else { return -EINVAL }
        (mode, self.vectors) = (.none, 0)
        do { self.vectors = try device.setInterrupts(wanted, vectors: Int(min(vectors, UInt32(device.vectors)))) } catch {
            return -max(error.code, 1)
        }
        mode = wanted
        return Int32(self.vectors)
    }

    func disableInterrupts() {
        guard mode != .none else { return }
        (mode, vectors) = (.none, 0)
        _ = try? device.setInterrupts(.none)
    }

    var interruptKind: UInt32? { mode == .none ? nil : mode.rawValue - 1 }

    var interruptDescriptors: [Int32] { (0..<device.vectors).map { device.interruptDescriptor(vector: $0) } }

    /// What an earlier way to interrupt left in the descriptor is taken out, and is no interrupt.
    func takeInterrupt(vector: Int) -> Bool { device.takeInterrupt(vector: vector) > 0 && vector < vectors }

    func unmask(vector: Int) { if mode == .line { device.unmask(vector: vector) } }

    func address(region: UInt32) -> UnsafeMutableRawPointer? { unsafe device.address(region: region) }

    func resetDevice() -> Int32 {
        do { try device.reset() } catch { return -max(error.code, 1) }
        return 0
    }

    var lifeDescriptor: Int32 { device.connectionDescriptor }
    func noteHangUp() { device.noteHangUp() }
    var goneReason: String? { device.gone.map { "\($0)" } }

    func release() { try? device.release() }
}

extension NICIdentity {
    var driverIdentity: drydock_identity {
        drydock_identity(vendor: vendor, device: device, subsystem_vendor: subsystemVendor, subsystem_device: subsystemDevice,
                         revision: revision, class_code: classCode, subclass: subclass, programming_interface: programmingInterface)
    }
}
