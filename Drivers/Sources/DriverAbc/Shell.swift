import AbcRegisters
public import CDriver
import DriverKit

// What a shell may see, change and call. Built at the first `describe`, kept as long as the image is loaded.
extension AbcDriver {
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe description }

    // SAFETY: written once before anybody has it, never changed, never freed while the image is loaded.
    private nonisolated(unsafe) static let description = unsafe CDescription.make(AbcRegister.self, variables(), methods())

    private static func variables() -> VariableList<AbcVariables> {
        var list = VariableList<AbcVariables>(capacity: 3)
        list.add("verbose", "0 or 1", writable: true) { $1.here(&$0.verbose) }
        list.add("interrupts", "interrupts with a cause", writable: false) { $1.here(&$0.interrupts) }
        list.add("foreign_interrupts", "interrupts without one", writable: false) { $1.here(&$0.foreignInterrupts) }
        return list
    }

    private static func methods() -> MethodList {
        var list = MethodList(capacity: 1)
        unsafe list.add("rings", "rings: descriptors that the device holds, receive * 1000 + transmit") {
            unsafe Thunks<AbcDriver>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in Int64(d.receive.used * 1000 + d.transmit.used) }
        }
        return list
    }
}
