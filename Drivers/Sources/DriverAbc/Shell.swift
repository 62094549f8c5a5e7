import AbcRegisters
public import CDriver
import DriverKit

// What a shell may see, change and call. Built at the first `describe`, kept as long as the image is loaded.
extension AbcDriver {
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe description }

    // SAFETY: written once before anybody has it, never changed, never freed while the image is loaded.
    private nonisolated(unsafe) static let description = unsafe CDescription.make(AbcRegister.self, variables(), methods())

    /// The usual variables. One of the driver's own is a line: `list.add("drops", "…", writable: false) { $1.here(&$0.drops) }`.
    private static func variables() -> VariableList<AbcVariables> { VariableList(usualAnd: 0) }

    private static func methods() -> MethodList {
        var list = MethodList(capacity: 2)
        unsafe list.add("rings", "rings: descriptors that the device holds, receive * 1000 + transmit") {
            unsafe Thunks<AbcDriver>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in Int64(d.receive.used * 1000 + d.transmit.used) }
        }
        unsafe list.add("recover", "recover: reset and bring up again, as after a hang") { (d, _, _) in unsafe Thunks<AbcDriver>.recover(d) }
        return list
    }
}
