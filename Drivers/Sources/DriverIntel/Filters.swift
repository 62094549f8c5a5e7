import CDriver
public import DriverKit
import E1000Registers

/// Which frames the device passes, as it was last told.
struct FilterState {
    var address: HardwareAddress
    var promiscuous: Bool, allMulticast = false, onlyListedVLANs = false
    let alwaysPromiscuous: Bool, noMulticast: Bool
    /// The multicast and the VLAN table. 8254x §13.5.1, §13.5.4
    var multicast = InlineArray<128, UInt32>(repeating: 0)
    var vlans = InlineArray<128, UInt32>(repeating: 0)
    /// RCTL as last written: needless writes lose frames (a receive unit restarts with each on some devices).
    var rctl: UInt32 = 0

    init(address: HardwareAddress, _ settings: Settings) {
        self.address = address
        (promiscuous, alwaysPromiscuous, noMulticast) = (settings.promiscuous, settings.promiscuous, settings.noMulticast)
    }

    /// The twelve bits of an address that RCTL.MO 0 looks up: 47 to 36, octet 5 uppermost. 8254x §13.5.1
    static func hash(_ address: HardwareAddress) -> Int {
        Int(address.octets[4] >> 4) | Int(address.octets[5]) << 4
    }

    /// Everything, on a device that has been reset. Entry 0 of the address filter is ours, the others are not valid.
    func writeAll<Map: GigabitRegister>(_ io: RegisterAccess<Map>) {
        for i in 0..<UInt32(128) {
            io.write(.mta, at: i, multicast[Int(i)])
            io.write(.vfta, at: i, vlans[Int(i)])
        }
        for i in UInt32(1)..<16 {
            io.write(.rah, at: i, 0)
            io.write(.ral, at: i, 0)
        }
        writeAddress(io)
    }

    func writeAddress<Map: GigabitRegister>(_ io: RegisterAccess<Map>) {
        // Invalid first, so that no mixture of two addresses ever passes. 8254x §13.5.3
        io.write(.rah, 0)
        io.write(.ral, address.low)
        io.write(.rah, address.high | RAH().av.mask)
    }
}

extension IntelNIC {
    /// RCTL for the filters, the MTU and the buffer size of now, the receiver on. 8254x §13.4.22
    var wantedRCTL: UInt32 {
        let r = RCTL()
        var value = r.en.mask | r.bam.mask | r.secrc.mask | receive.sizeBits
        if filters.promiscuous { value |= r.upe.mask }
        if filters.promiscuous || (filters.allMulticast && !filters.noMulticast) { value |= r.mpe.mask }
        if filters.onlyListedVLANs && !filters.promiscuous { value |= r.vfe.mask }
        if settings.mtu > 1500 { value |= r.lpe.mask }
        return value
    }

    /// Writes RCTL when it differs from what the running device holds.
    mutating func updateRCTL() {
        let wanted = wantedRCTL
        guard state == .running, wanted != filters.rctl else { return }
        filters.rctl = wanted
        io.write(.rctl, wanted)
    }

    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard filter.address.isStation else { throw .invalid }
        filters.promiscuous = filter.promiscuous || filters.alwaysPromiscuous
        filters.allMulticast = filter.allMulticast
        filters.onlyListedVLANs = filter.onlyListedVLANs
        let address = filter.address
        let moved = address.low != filters.address.low || address.high != filters.address.high
        filters.address = address
        var multicast = InlineArray<128, UInt32>(repeating: 0), vlans = InlineArray<128, UInt32>(repeating: 0)
        if !filters.noMulticast {
            for i in 0..<filter.multicastCount {
                let hash = FilterState.hash(filter.multicast(i))
                multicast[hash >> 5] |= 1 << UInt32(hash & 31)
            }
        }
        for i in 0..<filter.vlanCount {
            let vlan = Int(filter.vlan(i) & 0xFFF)
            vlans[vlan >> 5] |= 1 << UInt32(vlan & 31)
        }
        for i in 0..<128 {
            if state == .running && multicast[i] != filters.multicast[i] { io.write(.mta, at: UInt32(i), multicast[i]) }
            if state == .running && vlans[i] != filters.vlans[i] { io.write(.vfta, at: UInt32(i), vlans[i]) }
        }
        (filters.multicast, filters.vlans) = (multicast, vlans)
        if state == .running && moved { filters.writeAddress(io) }
        updateRCTL()
    }

    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard Self.mtuRange.contains(octets) else { throw .invalid }
        settings.mtu = octets
        updateRCTL()
    }

    /// RXCSUM for the offloads that are on: the packet checksum is not used. 8254x §13.4.47
    var receiveChecksumBits: UInt32 {
        let r = RXCSUM()
        var value = Chip.receiveChecksum(settings)
        if offloads & DRYDOCK_CAP_IP4CSUM_RX != 0 { value |= r.ipofl.mask }
        if offloads & (DRYDOCK_CAP_TCP4CSUM_RX | DRYDOCK_CAP_UDP4CSUM_RX) != 0 { value |= r.tuofl.mask }
        return value
    }

    public mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard enabled & ~Chip.capabilities == 0 else { throw .unsupported }
        offloads = enabled
        guard state == .running else { return }
        io.write(.rxcsum, receiveChecksumBits)
        let vme = CTRL().vme, ctrl = io.read(.ctrl)
        guard ctrl != .max else { throw .gone }
        let wanted = vme.replacing(ctrl, with: enabled & DRYDOCK_CAP_VLAN_HW != 0 ? 1 : 0)
        if wanted != ctrl { io.write(.ctrl, wanted) }
    }
}
