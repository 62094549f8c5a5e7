public import DriverKit
import PCnetRegisters

extension PCnet {
    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        try core.take(filter)
        hash = filter.hash64 { PCnet.bit($0) }
        if core.state == .running { try rewriteFilters() }
    }

    /// The bit of an address: six bits of its CRC, as the chip shifts it. Am79C970A, "Logical Address Filter"
    static func bit(_ address: HardwareAddress) -> UInt32 { address.remainder >> 26 }

    var logical: UInt64 { core.filter.allMulticast ? .max : core.options.noMulticast ? 0 : hash }
    /// MODE: 10BASE-T or AUI by itself, receiver and transmitter on. CSR15
    var mode: UInt32 { MODE().portsel.of(1) | (core.filter.promiscuous ? MODE().prom.mask : 0) }

    /// The filters are only written while the device is stopped or suspended; suspending finishes what is on the wire. CSR5 (SPND)
    private func rewriteFilters() throws(DriverFailure) {
        let spnd = CSR5().spnd, address = core.filter.address, groups = logical
        io.csr.write(.csr5, spnd.mask)
        try services.settle("CSR5.SPND", within: 20_000, step: 50) { () throws(DriverFailure) in
            guard io.state != nil else { throw .gone }
            return spnd.isSet(io.csr.read(.csr5))
        }
        for i in UInt32(0)..<4 { io.csr.write(.ladrf0, at: i, UInt32(truncatingIfNeeded: groups >> UInt64(16 * i)) & 0xFFFF) }
        io.csr.write(.padr0, address.low & 0xFFFF)
        io.csr.write(.padr1, address.low >> 16)
        io.csr.write(.padr2, address.high)
        io.csr.write(.mode, mode)
        io.csr.write(.csr5, 0)
    }
}
