public import DriverKit
import PCnetRegisters

/// Which frames the device passes, as it was last told.
struct FilterState {
    var address: HardwareAddress
    var promiscuous: Bool, allMulticast = false
    let alwaysPromiscuous: Bool, noMulticast: Bool
    /// The logical address filter: 64 bits, one a hash. CSR8-11
    var listed: UInt64 = 0

    init(address: HardwareAddress, _ settings: Settings) {
        self.address = address
        (promiscuous, alwaysPromiscuous, noMulticast) = (settings.promiscuous, settings.promiscuous, settings.noMulticast)
    }

    /// The bit of an address: six bits of its CRC, as the chip shifts it. Am79C970A, "Logical Address Filter"
    static func hash(_ address: HardwareAddress) -> UInt64 { UInt64(address.remainder >> 26) }

    var logical: UInt64 { allMulticast && !noMulticast ? .max : listed }
    /// MODE: 10BASE-T or AUI by itself, receiver and transmitter on. CSR15
    var mode: UInt32 { MODE().portsel.of(1) | (promiscuous ? MODE().prom.mask : 0) }
}

extension PCnet {
    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard filter.address.isStation else { throw .invalid }
        filters.promiscuous = filter.promiscuous || filters.alwaysPromiscuous
        filters.allMulticast = filter.allMulticast
        filters.address = filter.address
        filters.listed = 0
        if !filters.noMulticast {
            for i in 0..<filter.multicastCount { filters.listed |= 1 << FilterState.hash(filter.multicast(i)) }
        }
        if state == .running { try rewriteFilters() }
    }

    /// The filters are only written while the device is stopped or suspended; suspending finishes what is on the wire. CSR5 (SPND)
    private func rewriteFilters() throws(DriverFailure) {
        let spnd = CSR5().spnd
        io.csr.write(.csr5, spnd.mask)
        try services.settle("CSR5.SPND", within: 20_000, step: 50) { () throws(DriverFailure) in
            guard io.state != nil else { throw .gone }
            return spnd.isSet(io.csr.read(.csr5))
        }
        for i in UInt32(0)..<4 { io.csr.write(.ladrf0, at: i, UInt32(truncatingIfNeeded: filters.logical >> UInt64(16 * i)) & 0xFFFF) }
        io.csr.write(.padr0, filters.address.low & 0xFFFF)
        io.csr.write(.padr1, filters.address.low >> 16)
        io.csr.write(.padr2, filters.address.high)
        io.csr.write(.mode, filters.mode)
        io.csr.write(.csr5, 0)
    }

    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard PCnet.mtuRange.contains(octets) else { throw .invalid }
        settings.mtu = octets
    }

    public mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard enabled & ~PCnet.capabilities == 0 else { throw .unsupported }
    }
}
