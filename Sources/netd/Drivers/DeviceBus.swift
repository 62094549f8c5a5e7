package import CDriver
import Glibc

/// A device as the stack's process holds it: VFIO's idea of one. A driver cannot tell which bus it is on.
///
/// Implemented by the connection to a NIC process; silicon and test doubles fit the same shape.
package protocol DeviceBus: AnyObject {
    /// The NIC's name, as `nic=` and `nic list` know it.
    var name: String { get }
    /// `sim`, `qemu`, `vfio`.
    var kind: String { get }
    var driverIdentity: drydock_identity { get }

    func configLoad(offset: UInt32, width: UInt32) -> UInt32
    func configStore(offset: UInt32, width: UInt32, value: UInt32)
    func regionLength(_ region: UInt32) -> UInt64
    func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32
    func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32)
    /// A region's registers as memory of this process; nil: they are reached by `load` and `store` only.
    func address(region: UInt32) -> UnsafeMutableRawPointer?

    /// Makes octets of packet memory reachable; returns their device address.
    func map(offset: UInt64, length: UInt64) throws -> UInt64
    func unmap(deviceAddress: UInt64)

    /// - Returns: vectors granted, or a negative errno.
    func enableInterrupts(kind: UInt32, vectors: UInt32) -> Int32
    func disableInterrupts()
    /// How it interrupts, as the contract numbers it; nil: not now.
    var interruptKind: UInt32? { get }
    /// Vectors in use.
    var vectors: Int { get }
    /// Readable when vector 0, 1, … has interrupted; more than are in use, and the same for as long as the device is held.
    var interruptDescriptors: [Int32] { get }
    /// Makes the vector's descriptor quiet. Whether it had interrupted, and is in use.
    func takeInterrupt(vector: Int) -> Bool
    /// The driver has served the vector.
    func unmask(vector: Int)
    /// Function-level reset; mappings stay. 0, or a negative errno.
    func resetDevice() -> Int32

    /// Readable or hung up when the device is going; -1: it cannot go.
    var lifeDescriptor: Int32 { get }
    /// The device hung up: accesses no longer wait for it.
    func noteHangUp()
    /// Why the device is gone; nil: it is there.
    var goneReason: String? { get }
    /// Lets go of the device; its bus mastering is off afterwards.
    func release()

    /// While the driver's own `descriptor` is readable, `vector` interrupts; below 0 ends that.
    ///
    /// - Returns: 0 or a negative errno.
    func watch(vector: UInt32, descriptor: Int32) -> Int32
}

extension DeviceBus {
    /// A device interrupts by itself.
    package func watch(vector: UInt32, descriptor: Int32) -> Int32 { -ENOTSUP }
}

extension DeviceBus {
    package func address(region: UInt32) -> UnsafeMutableRawPointer? { nil }
    package var interruptKind: UInt32? { nil }
    package var vectors: Int { interruptDescriptors.count }
}
