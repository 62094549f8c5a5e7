/// Which frames a device shall pass, as the stack and the options ask for it: kept by the driver, because a device that was reset
/// has forgotten it.
public struct FilterWish: Sendable {
    /// Groups that ``groups`` holds; of more, ``allMulticast`` is the answer.
    public static var mostGroups: Int { 64 }

    public var address: HardwareAddress
    public var promiscuous: Bool
    public var allMulticast = false, onlyListedVLANs = false
    /// Groups, for devices that compare addresses. Those with a hash table use ``Filter/hash64(_:)``.
    public private(set) var groups = InlineArray<64, HardwareAddress>(repeating: HardwareAddress(low: 0, high: 0))
    public private(set) var groupCount = 0
    /// A bit a VLAN, VLAN 0 the lowest of the first word.
    public private(set) var vlans = InlineArray<128, UInt32>(repeating: 0)

    /// Before the stack has asked for anything.
    public init(address: HardwareAddress, promiscuous: Bool) { (self.address, self.promiscuous) = (address, promiscuous) }

    /// What the stack asks for, within the options.
    public init(_ filter: Filter, _ options: StationOptions) {
        self.init(address: filter.address, promiscuous: filter.promiscuous || options.promiscuous)
        onlyListedVLANs = filter.onlyListedVLANs
        for i in 0..<filter.vlanCount {
            let vlan = Int(filter.vlan(i) & 0xFFF)
            vlans[vlan >> 5] |= 1 << UInt32(vlan & 31)
        }
        guard !options.noMulticast else { return }
        allMulticast = filter.allMulticast || filter.multicastCount > FilterWish.mostGroups
        groupCount = min(filter.multicastCount, FilterWish.mostGroups)
        for i in 0..<groupCount { groups[i] = filter.multicast(i) }
    }

    /// Whether frames of a VLAN pass. Tags of VLAN 0 have a priority only. IEEE 802.1Q §9.6
    public func passes(vlan: Int) -> Bool { !onlyListedVLANs || vlan == 0 || vlans[vlan >> 5] & 1 << UInt32(vlan & 31) != 0 }

    /// Calls `body` with each VLAN that passes otherwise than `before` (nil: none did), and whether it does now.
    public func forChangedVLANs(since before: FilterWish?, _ body: (Int, Bool) throws(DriverFailure) -> Void) throws(DriverFailure) {
        for vlan in 0..<4096 where passes(vlan: vlan) != before?.passes(vlan: vlan) ?? false { try body(vlan, passes(vlan: vlan)) }
    }
}

extension Filter {
    /// A hash table of 64 bits over the groups; `bit` is the chip's way to choose one, 0 to 63.
    public func hash64(_ bit: (HardwareAddress) -> UInt32) -> UInt64 {
        var table: UInt64 = 0
        for i in 0..<multicastCount { table |= 1 << UInt64(bit(multicast(i)) & 63) }
        return table
    }
}
