import CDriver
import CLinux

/// The drivers of this process, in a place where a shell finds them from outside, and in a core: their instances, and what they describe.
enum ShownDriver {
    // SAFETY: only addresses are noted down.
    static func show(_ place: Int, _ interface: String, instance: UnsafeMutableRawPointer?, _ context: DeviceContext, _ image: DriverImage) {
        unsafe clinux_show_driver(UInt32(place), interface, instance, image.table, image.description, context.services)
    }

    static func hide(_ place: Int) { clinux_hide_driver(UInt32(place)) }
}
