public import CDriver
import DriverKit
import RTL8139Registers

// What the shell may see, change and call. Built at the first `describe`, kept as long as the image is loaded.
extension RTL8139 {
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe description }

    // SAFETY: written once before anybody has it, never changed, never freed while the image is loaded.
    private nonisolated(unsafe) static let description = unsafe CDescription.make(RTL8139Register.self, variables(), methods())

    private static func variables() -> VariableList<RTL8139Variables> {
        var list = VariableList<RTL8139Variables>(capacity: 9)
        list.add("watchdog_us", "between two looks at the transmitter", writable: true) { $1.here(&$0.watchdogMicroseconds) }
        list.add("verbose", "0 to 2", writable: true) { $1.here(&$0.verbose) }
        list.add("transmit_threshold", "TSD.ERTXTH, in 32 octets", writable: true) { $1.here(&$0.transmitThreshold) }
        list.add("hangs", "resets because the transmitter hung", writable: false) { $1.here(&$0.hangs) }
        list.add("restarts", "restarts of a receive ring that made no sense", writable: false) { $1.here(&$0.restarts) }
        list.add("interrupts", "interrupts with a cause", writable: false) { $1.here(&$0.interrupts) }
        list.add("foreign_interrupts", "interrupts without one", writable: false) { $1.here(&$0.foreignInterrupts) }
        list.add("refused_frames", "frames that the device must not be given", writable: false) { $1.here(&$0.refusedFrames) }
        list.add("copied_frames", "frames copied to where the device can fetch them", writable: false) { $1.here(&$0.copiedFrames) }
        return list
    }

    private static func methods() -> MethodList {
        var list = MethodList(capacity: 4)
        unsafe list.add("phy_read", "phy_read REGISTER: one register of the PHY, 0 to 6") {
            unsafe Thunks<RTL8139>.method($0, $1, $2, needs: 1) { (d, register, _) throws(DriverFailure) in
                Int64(d.io.read(try d.phy(register)))
            }
        }
        unsafe list.add("phy_write", "phy_write REGISTER VALUE: writes one register of the PHY") {
            unsafe Thunks<RTL8139>.method($0, $1, $2, needs: 2) { (d, register, value) throws(DriverFailure) in
                d.io.write(try d.phy(register), UInt32(truncatingIfNeeded: value) & 0xFFFF)
                return 0
            }
        }
        unsafe list.add("recover", "recover: reset and bring up again, as after a hang") {
            unsafe Thunks<RTL8139>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in
                guard d.state == .running else { throw .busy }
                d.recover("asked from the shell")
                return 0
            }
        }
        unsafe list.add("rings", "rings: log where device and driver are in both directions") {
            unsafe Thunks<RTL8139>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in
                d.logRings()
                return 0
            }
        }
        return list
    }

    /// The PHY's registers, as IEEE 802.3 §22.2.4 numbers them; the identifier is not there. BMCR (0062h)
    private func phy(_ number: Int64) throws(DriverFailure) -> RTL8139Register {
        guard state != .gone else { throw .gone }
        switch number {
        case 0: return .bmcr
        case 1: return .bmsr
        case 4: return .anar
        case 5: return .anlpar
        case 6: return .aner
        default: throw .invalid
        }
    }

    private func logRings() {
        let end = io.read(.cbr), read = io.read(.capr), status = io.read(.tsad)
        let position = receive.position, held = receive.held, first = transmit.first, used = transmit.used
        services.log(.notice) { line in
            line.text("rtl8139: receive CBR ")
            line.decimal(end)
            line.text(" CAPR ")
            line.decimal(read)
            line.text(" ours ")
            line.decimal(position)
            line.text(", buffers filled ")
            line.decimal(held.filled)
            line.text(" empty ")
            line.decimal(held.empty)
            line.text("; transmit TSAD ")
            line.hexadecimal(status, digits: 4)
            line.text(" oldest ")
            line.decimal(first)
            line.text(" in use ")
            line.decimal(used)
        }
    }
}
