package import CDriver

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

    /// Makes octets of packet memory reachable; returns their device address.
    func map(offset: UInt64, length: UInt64) throws -> UInt64
    func unmap(deviceAddress: UInt64)

    /// - Returns: vectors granted, or a negative errno.
    func enableInterrupts(kind: UInt32, vectors: UInt32) -> Int32
    func disableInterrupts()
    /// Readable when vector 0, 1, … has interrupted; empty before interrupts are enabled.
    var interruptDescriptors: [Int32] { get }
    /// Makes the vector's descriptor quiet. Whether it had interrupted.
    func takeInterrupt(vector: Int) -> Bool
    /// The driver has served the vector.
    func unmask(vector: Int)
    func resetDevice() -> Int32

    /// Readable or hung up when the device is going; -1: it cannot go.
    var lifeDescriptor: Int32 { get }
    /// The device hung up: accesses no longer wait for it.
    func noteHangUp()
    /// Why the device is gone; nil: it is there.
    var goneReason: String? { get }
    /// Lets go of the device; its bus mastering is off afterwards.
    func release()
}
