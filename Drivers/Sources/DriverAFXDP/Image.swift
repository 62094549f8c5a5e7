// The C face of a driver image: the same text in every driver's folder (a symbolic link in this tree, a copy in others).
// The driver names its type once, `typealias ThisDriver = E1000`; this file exports it. C function pointers cannot be made
// in generic code, which is why these lines are here and not in DriverKit.
public import CDriver
import DriverKit

// SAFETY: written once, before the first caller has it; never freed while the image is loaded.
private nonisolated(unsafe) let table: UnsafePointer<drydock_driver> = {
    let out = UnsafeMutablePointer<drydock_driver>.allocate(capacity: 1)
    unsafe out.initialize(to: drydock_driver(
        abi: DRYDOCK_ABI, size: UInt32(MemoryLayout<drydock_driver>.size),
        name: CDescription.string(ThisDriver.name), prefix: CDescription.string(ThisDriver.prefix),
        version: CDescription.string(ThisDriver.version), help: CDescription.string(ThisDriver.help),
        match: { unsafe Thunks<ThisDriver>.match($0) },
        attach: { unsafe Thunks<ThisDriver>.attach($0, $1, $2, $3) },
        start: { unsafe Thunks<ThisDriver>.start($0) },
        stop: { unsafe Thunks<ThisDriver>.stop($0) },
        detach: { unsafe Thunks<ThisDriver>.detach($0) },
        provide_receive: { unsafe Thunks<ThisDriver>.provideReceive($0, $1, $2) },
        return_receive: { unsafe Thunks<ThisDriver>.returnReceive($0, $1, $2) },
        provide_transmit: { unsafe Thunks<ThisDriver>.provideTransmit($0, $1, $2) },
        return_transmit: { unsafe Thunks<ThisDriver>.returnTransmit($0, $1, $2) },
        interrupt: { unsafe Thunks<ThisDriver>.interrupt($0, $1) },
        timer: { unsafe Thunks<ThisDriver>.timer($0, $1) },
        set_filter: { unsafe Thunks<ThisDriver>.setFilter($0, $1) },
        get_media: { unsafe Thunks<ThisDriver>.media($0, $1) },
        set_media: { unsafe Thunks<ThisDriver>.setMedia($0, $1) },
        set_offloads: { unsafe Thunks<ThisDriver>.setOffloads($0, $1) },
        set_mtu: { unsafe Thunks<ThisDriver>.setMTU($0, $1) },
        statistics: { unsafe Thunks<ThisDriver>.statistics($0, $1) },
        quiesce: { unsafe Thunks<ThisDriver>.quiesce($0) },
        describe: { unsafe ThisDriver.describe() },
        flags: ThisDriver.needsNoDevice ? DRYDOCK_DRIVER_NO_DEVICE : 0, reserved: 0))
    return unsafe UnsafePointer(out)
}()

#if hasFeature(Embedded)
/// The one symbol of the image.
@c(drydock_driver_entry) public func drydockDriverEntry() -> UnsafePointer<drydock_driver>? { unsafe table }
#else
/// The same for tests, where one process holds the modules of several drivers.
public func driverEntry() -> UnsafePointer<drydock_driver>? { unsafe table }
#endif
