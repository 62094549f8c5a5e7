import CDriver

/// What each version of the contract has. Later versions only append (drydock_driver.h).
enum Contract {
    /// Octets of a driver's table that a driver of that version has at least; nothing behind them may be read.
    static func driverOctets(_ version: UInt32) -> Int {
        unsafe version == 1 ? MemoryLayout<drydock_driver>.offset(of: \.flags) ?? 0 : MemoryLayout<drydock_driver>.size
    }

    /// Octets of the table of services that a driver of that version knows.
    static func servicesOctets(_ version: UInt32) -> Int {
        unsafe version == 1 ? MemoryLayout<drydock_services>.offset(of: \.watch) ?? 0 : MemoryLayout<drydock_services>.size
    }

    /// `DRYDOCK_CAP_*` that a driver of that version can mean: segmentation came with the buffer's fields for it.
    static func capabilities(_ version: UInt32) -> UInt32 {
        version == 1 ? ~(DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TSO6) : .max
    }
}
