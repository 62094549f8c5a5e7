public import DriverKit
import RTL8139Registers

/// Which frames the device passes, as it was last told.
struct FilterState {
    var address: HardwareAddress
    var promiscuous: Bool, allMulticast = false
    let alwaysPromiscuous: Bool, noMulticast: Bool
    /// MAR0-7: 64 bits, one a hash. 0008h
    var multicast: UInt64 = 0
    /// RCR as last written.
    var rcr: UInt32 = 0

    init(address: HardwareAddress, _ settings: Settings) {
        self.address = address
        (promiscuous, alwaysPromiscuous, noMulticast) = (settings.promiscuous, settings.promiscuous, settings.noMulticast)
    }

    /// The bit of an address: the upper six of its CRC. MAR0 (0008h)
    static func hash(_ address: HardwareAddress) -> UInt64 { UInt64(address.reversedRemainder >> 26) }

    /// Octets of identity are written only with the configuration open, and four at a time. IDR0 (0000h), 9346CR (0050h)
    func writeAddress(_ io: Registers) {
        io.write(.cr9346, CR9346().eem.of(3))
        io.write(.idr0, address.low)
        io.write(.idr4, address.high)
        io.write(.cr9346, 0)
    }

    func writeMulticast(_ io: Registers) {
        let bits = promiscuous || (allMulticast && !noMulticast) ? .max : multicast
        io.write(.mar0, at: 0, UInt32(truncatingIfNeeded: bits))
        io.write(.mar0, at: 1, UInt32(truncatingIfNeeded: bits >> 32))
    }
}

extension RTL8139 {
    /// RCR for the filters of now: whole frames at once, bursts without limit, a frame never split at the ring's end. Bad frames and runts
    /// stay out. RCR (0044h)
    var wantedRCR: UInt32 {
        let r = RCR()
        var value = r.apm.mask | r.ab.mask | r.wrap.mask | r.mxdma.of(7) | r.rxfth.of(7) | receive.sizeBits
        if filters.promiscuous { value |= r.aap.mask }
        if filters.promiscuous || !filters.noMulticast { value |= r.am.mask }
        return value
    }

    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard filter.address.isStation else { throw .invalid }
        filters.promiscuous = filter.promiscuous || filters.alwaysPromiscuous
        filters.allMulticast = filter.allMulticast
        let moved = filter.address.low != filters.address.low || filter.address.high != filters.address.high
        filters.address = filter.address
        filters.multicast = 0
        if !filters.noMulticast {
            for i in 0..<filter.multicastCount { filters.multicast |= 1 << FilterState.hash(filter.multicast(i)) }
        }
        guard state == .running else { return }
        if moved { filters.writeAddress(io) }
        filters.writeMulticast(io)
        if wantedRCR != filters.rcr { changeReceiver() }
    }

    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard RTL8139.mtuRange.contains(octets) else { throw .invalid }
        settings.mtu = octets
    }

    public mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard enabled & ~RTL8139.capabilities == 0 else { throw .unsupported }
    }
}
