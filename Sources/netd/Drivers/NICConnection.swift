import Bus
import CDriver
import Glibc
import Messages

/// A NIC process's device as the drivers of this stack see it.
final class NICConnection: DeviceBus {
    private let device: NICDevice
    private let identity: NICIdentity
    private var mode = InterruptMode.none

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
        guard kind == DRYDOCK_INTX.rawValue else { return -ENOTSUP }
        guard vectors >= 1 else { return -EINVAL }
        mode = .line
        device.setInterrupts(.line)
        return 1
    }

    func disableInterrupts() {
        mode = .none
        device.setInterrupts(.none)
    }

    var interruptDescriptors: [Int32] { (0..<device.vectors).map { device.interruptDescriptor(vector: $0) } }

    func takeInterrupt(vector: Int) -> Bool { device.takeInterrupt(vector: vector) > 0 }

    func unmask(vector: Int) { if mode == .line { device.unmask(vector: vector) } }

    /// A reset of the whole device takes its mappings with it, and with them the addresses that the driver was told.
    func resetDevice() -> Int32 { -ENOTSUP }

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
