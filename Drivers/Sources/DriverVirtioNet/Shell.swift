public import CDriver
import DriverKit
import VirtioNetRegisters

// What the shell may see, change and call. Built at the first `describe`, kept as long as the image is loaded.
extension VirtioNet {
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe description }

    // SAFETY: written once before anybody has it, never changed, never freed while the image is loaded.
    private nonisolated(unsafe) static let description = unsafe CDescription.make(VirtioNetRegister.self, variables(), methods())

    private static func variables() -> VariableList<VirtioNetVariables> {
        var list = VariableList<VirtioNetVariables>(capacity: 7)
        list.add("watchdog_us", "between two looks at the transmitter", writable: true) { $1.here(&$0.watchdogMicroseconds) }
        list.add("verbose", "0 to 2", writable: true) { $1.here(&$0.verbose) }
        list.add("hangs", "resets because the transmitter hung", writable: false) { $1.here(&$0.hangs) }
        list.add("ring_faults", "descriptors returned that the device did not hold", writable: false) { $1.here(&$0.ringFaults) }
        list.add("interrupts", "interrupts with a cause", writable: false) { $1.here(&$0.interrupts) }
        list.add("foreign_interrupts", "interrupts without one", writable: false) { $1.here(&$0.foreignInterrupts) }
        list.add("refused_frames", "frames that the device must not be given", writable: false) { $1.here(&$0.refusedFrames) }
        return list
    }

    private static func methods() -> MethodList {
        var list = MethodList(capacity: 2)
        unsafe list.add("recover", "recover: reset and bring up again, as after a hang") {
            unsafe Thunks<VirtioNet>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in
                guard d.state == .running else { throw .busy }
                d.recover("asked from the shell")
                return 0
            }
        }
        unsafe list.add("features", "features: the feature bits that were negotiated") {
            unsafe Thunks<VirtioNet>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in
                Int64(d.features.rawValue & UInt64(Int64.max))
            }
        }
        return list
    }
}
