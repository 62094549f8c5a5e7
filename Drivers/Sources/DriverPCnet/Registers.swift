import DriverKit
import PCnetRegisters

/// Every register of one device: four in the open, the others behind them.
struct Registers {
    let ports: RegisterAccess<PCnetPort>
    let csr: IndirectAccess<PCnetCSR, PCnetPort>
    let bcr: IndirectAccess<PCnetBCR, PCnetPort>
    private let words: RegisterAccess<PCnetWordPort>

    init(_ services: Services) throws(DriverFailure) {
        ports = try RegisterAccess(services, needed: PCnetPort.regionLength)
        words = try RegisterAccess(services, needed: PCnetPort.regionLength)
        csr = IndirectAccess(ports, index: .rap, data: .rdp)
        bcr = IndirectAccess(ports, index: .rap, data: .bdp)
    }

    /// CSR0, or nil: all ones, which no state of it is (STOP excludes TXON).
    var state: UInt32? {
        let value = csr.read(.csr0) & 0xFFFF
        return value == 0xFFFF ? nil : value
    }

    /// Both units off, and no interrupt. CSR0 (STOP)
    func stop() { csr.write(.csr0, CSR0().stop.mask) }

    /// Reads both reset registers, for either mode may be on, and goes to the 32-bit mode. RESET, BCR18 (DWIO)
    func reset() {
        _ = ports.read(.reset)
        _ = words.read(.reset)
        ports.write(.rdp, 0)
    }
}
