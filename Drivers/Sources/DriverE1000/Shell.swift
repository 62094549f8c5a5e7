public import CDriver
import DriverKit
import E1000Registers

// What the shell may see, change and call. Built at the first `describe`, kept as long as the image is loaded.
extension E1000 {
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe description }

    // SAFETY: written once before anybody has it, never changed, never freed while the image is loaded.
    private nonisolated(unsafe) static let description = unsafe CDescription.make(E1000Register.self, variables(), methods())

    private static func variables() -> VariableList<E1000Variables> {
        var list = VariableList<E1000Variables>(capacity: 11)
        list.add("interrupts_per_second", "most interrupts a second, 0: no limit", writable: true) { $1.here(&$0.interruptsPerSecond) }
        list.add("receive_delay", "RDTR, in 1.024 us", writable: true) { $1.here(&$0.receiveDelay) }
        list.add("receive_absolute", "RADV, in 1.024 us", writable: true) { $1.here(&$0.receiveAbsolute) }
        list.add("transmit_delay", "TIDV, in 1.024 us, 0: off", writable: true) { $1.here(&$0.transmitDelay) }
        list.add("transmit_absolute", "TADV, in 1.024 us", writable: true) { $1.here(&$0.transmitAbsolute) }
        list.add("watchdog_us", "between two looks at the transmitter", writable: true) { $1.here(&$0.watchdogMicroseconds) }
        list.add("verbose", "0 to 2", writable: true) { $1.here(&$0.verbose) }
        list.add("hangs", "resets because the transmitter hung", writable: false) { $1.here(&$0.hangs) }
        list.add("interrupts", "interrupts with a cause", writable: false) { $1.here(&$0.interrupts) }
        list.add("foreign_interrupts", "interrupts without one", writable: false) { $1.here(&$0.foreignInterrupts) }
        list.add("refused_frames", "frames that the device must not be given", writable: false) { $1.here(&$0.refusedFrames) }
        return list
    }

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
                Int64(try E1000.eeprom(UInt32(truncatingIfNeeded: word & 63), d.services, d.io))
            }
        }
        unsafe list.add("recover", "recover: reset and bring up again, as after a hang") {
            unsafe Thunks<E1000>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in
                guard d.state == .running else { throw .busy }
                d.recover("asked from the shell")
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

    private func phy() throws(DriverFailure) -> PHY {
        guard state != .gone else { throw .gone }
        return PHY(services, io)
    }

    private func logRings() {
        let rx = receive.positions, tx = transmit.positions
        let rdh = io.read(.rdh), rdt = io.read(.rdt), tdh = io.read(.tdh), tdt = io.read(.tdt)
        services.log(.notice) { line in
            line.text("e1000: receive device ")
            line.range(rdh, rdt)
            line.text(" ours ")
            line.range(rx.head, rx.tail)
            line.text("; transmit device ")
            line.range(tdh, tdt)
            line.text(" ours ")
            line.range(tx.head, tx.tail)
        }
    }
}

extension LogLine {
    fileprivate mutating func range<T: BinaryInteger>(_ low: T, _ high: T) {
        decimal(low)
        text("..")
        decimal(high)
    }
}
