public import DriverKit
import CDriver
import VirtioNetRegisters

/// Which frames the device shall pass, as it was last asked for.
struct FilterWish {
    /// Addresses as numbers, octet 0 in the lowest bits.
    var address: UInt64
    var promiscuous: Bool, allMulticast = false
    var groups = InlineArray<64, UInt64>(repeating: 0), groupCount = 0
    /// A bit a VLAN.
    var vlans = InlineArray<128, UInt32>(repeating: .max)
}

extension HardwareAddress { var number: UInt64 { UInt64(low) | UInt64(high) << 32 } }

extension VirtioNet {
    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard filter.address.isStation else { throw .invalid }
        let old = filters
        if filter.address.number != old.address, !features.contains(.controlAddress) { throw .unsupported }
        filters.address = filter.address.number
        filters.promiscuous = filter.promiscuous || settings.promiscuous
        filters.groupCount = settings.noMulticast ? 0 : filter.multicastCount
        // More groups than a table takes: all of them.
        let limit = control.count > 0 ? min(64, control[0].longestTable) : 64
        filters.allMulticast = !settings.noMulticast && (filter.allMulticast || filters.groupCount > limit)
        filters.groupCount = min(filters.groupCount, limit)
        for i in 0..<filters.groupCount { filters.groups[i] = filter.multicast(i).number }
        filters.vlans = InlineArray(repeating: filter.onlyListedVLANs ? 0 : .max)
        for i in 0..<filter.vlanCount {
            let vlan = Int(filter.vlan(i) & 0xFFF)
            filters.vlans[vlan >> 5] |= 1 << UInt32(vlan & 31)
        }
        if filter.onlyListedVLANs { filters.vlans[0] |= 1 } // Tags of priority only. IEEE 802.1Q §9.6
        guard state == .running else { return }
        do throws(DriverFailure) { try applyFilters(before: old) } catch {
            // The device may still write its answer: it is reset, which asks for the filters again.
            if case .timedOut = error { recover("the control queue hangs") }
            throw error
        }
    }

    /// Asks for everything that is wished; of VLANs, those that differ from `before`. virtio 1.2 §5.1.6.5.1 to §5.1.6.5.3
    mutating func applyFilters(before: FilterWish?) throws(DriverFailure) {
        if features.contains(.controlReceive) {
            try command(.promiscuous, filters.promiscuous)
            try command(.allMulticast, filters.allMulticast)
            control[0].begin(.addressTables)
            control[0].put(UInt32(0))
            control[0].put(UInt32(filters.groupCount))
            for i in 0..<filters.groupCount { control[0].put(address: filters.groups[i]) }
            try control[0].send(services)
        }
        if features.contains(.controlAddress) {
            control[0].begin(.address)
            control[0].put(address: filters.address)
            try control[0].send(services)
        }
        guard features.contains(.controlVLAN) else { return }
        for vlan in 0..<4096 {
            let bit = UInt32(1) << UInt32(vlan & 31), wanted = filters.vlans[vlan >> 5] & bit
            guard wanted != (before?.vlans[vlan >> 5] ?? 0) & bit else { continue }
            control[0].begin(wanted != 0 ? .addVLAN : .removeVLAN)
            control[0].put(UInt16(vlan))
            try control[0].send(services)
        }
    }

    /// A command with one octet: on or off.
    private mutating func command(_ command: ControlCommand, _ on: Bool) throws(DriverFailure) {
        control[0].begin(command)
        control[0].put(UInt16(on ? 1 : 0))
        try control[0].send(services, shorter: 1)
    }
}
