public import CDriver
import DriverIntel
import DriverKit
import E1000Registers

// What the shell may see, change and call. Built at the first `describe`, kept as long as the image is loaded.
extension Chip8254x {
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe description }

    // SAFETY: written once before anybody has it, never changed, never freed while the image is loaded.
    private nonisolated(unsafe) static let description = unsafe CDescription.make(E1000Register.self, IntelVariables.list(), methods())

    private static func methods() -> MethodList {
        var list = MethodList(capacity: 5)
        unsafe list.add("phy_read", "phy_read REGISTER: one register of the PHY") {
            unsafe Thunks<E1000>.method($0, $1, $2, needs: 1) { (d, register, _) throws(DriverFailure) in
                Int64(try d.phy().read(UInt32(truncatingIfNeeded: register & 31)))
            }
        }
        unsafe list.add("phy_write", "phy_write REGISTER VALUE: writes one register of the PHY") {
            unsafe Thunks<E1000>.method($0, $1, $2, needs: 2) { (d, register, value) throws(DriverFailure) in
                try d.phy().write(UInt32(truncatingIfNeeded: register & 31), UInt16(truncatingIfNeeded: value))
                return 0
            }
        }
        unsafe list.add("eeprom_read", "eeprom_read WORD: one word of the EEPROM") {
            unsafe Thunks<E1000>.method($0, $1, $2, needs: 1) { (d, word, _) throws(DriverFailure) in
                Int64(try E1000.nvm(UInt32(truncatingIfNeeded: word & 63), d.services, d.io))
            }
        }
        unsafe list.add("recover", "recover: reset and bring up again, as after a hang") {
            unsafe Thunks<E1000>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in
                try d.recoverNow()
                return 0
            }
        }
        unsafe list.add("rings", "rings: log head and tail of both, device's and ours") {
            unsafe Thunks<E1000>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in
                d.logRings()
                return 0
            }
        }
        return list
    }
}
