public import CDriver
import DriverKit
import PCnetRegisters

// What the shell may see, change and call. Built at the first `describe`, kept as long as the image is loaded.
extension PCnet {
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe description }

    // SAFETY: written once before anybody has it, never changed, never freed while the image is loaded.
    private nonisolated(unsafe) static let description = unsafe CDescription.make(registers(), variables(), methods())

    private static func registers() -> RegisterList {
        var list = RegisterList()
        list.add(PCnetPort.self)
        list.add(PCnetCSR.self)
        list.add(PCnetBCR.self)
        return list
    }

    private static func variables() -> VariableList<PCnetVariables> {
        var list = VariableList<PCnetVariables>(usualAnd: 1)
        list.add("stops", "resets because a unit had switched itself off", writable: false) { $1.here(&$0.stops) }
        return list
    }

    private static func methods() -> MethodList {
        var list = MethodList(capacity: 4)
        unsafe list.add("csr_read", "csr_read NUMBER: one control and status register") {
            unsafe Thunks<PCnet>.method($0, $1, $2, needs: 1) { (d, number, _) throws(DriverFailure) in
                guard let register = PCnetCSR(rawValue: UInt32(truncatingIfNeeded: number)) else { throw .invalid }
                guard d.core.state != .gone else { throw .gone }
                return Int64(d.io.csr.read(register) & 0xFFFF)
            }
        }
        unsafe list.add("bcr_read", "bcr_read NUMBER: one bus configuration register") {
            unsafe Thunks<PCnet>.method($0, $1, $2, needs: 1) { (d, number, _) throws(DriverFailure) in
                guard let register = PCnetBCR(rawValue: UInt32(truncatingIfNeeded: number)) else { throw .invalid }
                guard d.core.state != .gone else { throw .gone }
                return Int64(d.io.bcr.read(register) & 0xFFFF)
            }
        }
        unsafe list.add("recover", "recover: reset and bring up again, as after a hang") { (d, _, _) in unsafe Thunks<PCnet>.recover(d) }
        unsafe list.add("rings", "rings: log head and tail of both, as software counts") {
            unsafe Thunks<PCnet>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in
                d.logRings()
                return 0
            }
        }
        return list
    }

    private func logRings() {
        let rx = receive.positions, tx = transmit.positions, status = io.csr.read(.csr0) & 0xFFFF
        let left = io.csr.read(.rcvrc) & 0xFFFF, unsent = io.csr.read(.xmtrc) & 0xFFFF
        services.log(.notice) { line in
            line.text("pcnet: CSR0 ")
            line.hexadecimal(status, digits: 4)
            line.text("; receive ours ")
            line.decimal(rx.head)
            line.text("..")
            line.decimal(rx.tail)
            line.text(" RCVRC ")
            line.hexadecimal(left, digits: 4)
            line.text("; transmit ours ")
            line.decimal(tx.head)
            line.text("..")
            line.decimal(tx.tail)
            line.text(" XMTRC ")
            line.hexadecimal(unsent, digits: 4)
        }
    }
}
