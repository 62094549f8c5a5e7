import CDriver
import Host
import Messages
import Rings
import Stack
import Wire

/// What `ifconfig`, `nicinfo` and `netstat` show.
extension Netd {
    func interfaceReports() -> [InterfaceReport] {
        unsafe stack.pointee.listInterfaces().map { self.report($0) } + pendingVLANs.sorted().map {
            InterfaceReport(name: $0, index: 0, flags: ["BROADCAST", "SIMPLEX", "MULTICAST"], mtu: 1500, linkAddress: nil)
        }
    }

    private func report(_ one: InterfaceListing) -> InterfaceReport {
        let state = interfaces[one.index], device = device(one.index)
        var report = InterfaceReport(
            name: one.name.description, index: Int(one.index.position) + 1, flags: flags(one, state), mtu: one.mtu,
            linkAddress: one.kind == .loopback ? nil : one.mac.description)
        let capable = state?.capabilities ?? 0, enabled = state?.enabled ?? 0
        report.capabilitiesReceive = CapabilityNames.names(CapabilityNames.receive, in: capable)
        report.capabilitiesTransmit = CapabilityNames.names(CapabilityNames.transmit, in: capable)
        let named = CapabilityNames.receive + CapabilityNames.transmit
        report.enabled = CapabilityNames.names(named, in: enabled).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        if let device { report.media = unsafe device.attachment.pointee.media().map(Media.report) }
        if case .vlan(let parent, let tag) = one.kind { report.vlan = VLANReport(tag: Int(tag), parent: name(parent)) }
        report.addresses = one.addresses.map { self.report(address: $0, one.index) }
        report.multicast = unsafe stack.pointee.multicastList(on: one.index).map(\.description)
        report.counters = counters(one, device)
        return report
    }

    private func flags(_ one: InterfaceListing, _ state: InterfaceState?) -> [String] {
        var flags = one.isUp ? ["UP"] : []
        if one.kind == .loopback { return flags + ["LOOPBACK", "RUNNING", "MULTICAST"] }
        flags.append("BROADCAST")
        if one.isUp { flags.append("RUNNING") }
        if state?.promiscuous == true { flags.append("PROMISC") }
        if state?.allMulticast == true { flags.append("ALLMULTI") }
        return flags + ["SIMPLEX", "MULTICAST"]
    }

    private func report(address: AddressListing, _ index: InterfaceIndex) -> AddressReport {
        let isIPv4 = address.prefix.address.isIPv4
        var flags: [String] = switch address.state {
        case .tentative: ["tentative"]
        case .duplicated: ["duplicated"]
        case .usable: []
        }
        if address.isDeprecated { flags.append("deprecated") }
        if address.isAutoconfigured { flags.append("autoconf") }
        return AddressReport(
            family: isIPv4 ? .inet : .inet6, address: scoped(address.prefix.address, index), prefixLength: Int(address.prefix.length),
            broadcast: address.broadcast?.description,
            scope: !isIPv4 && address.prefix.address.isLinkLocal ? Int(index.position) + 1 : nil, flags: flags)
    }

    private func counters(_ one: InterfaceListing, _ device: Device?) -> Messages.InterfaceCounters {
        var all = Messages.InterfaceCounters()
        (all.packetsIn, all.octetsIn, all.multicastIn) = (one.counters.receivedFrames, one.counters.receivedOctets, one.counters.receivedGroupFrames)
        (all.packetsOut, all.octetsOut, all.multicastOut) = (one.counters.sentFrames, one.counters.sentOctets, one.counters.sentGroupFrames)
        (all.dropsIn, all.dropsOut) = (one.counters.receiveDrops, one.counters.transmitDrops)
        guard let drops = unsafe device?.attachment.pointee.drops else { return all }
        all.errorsIn = drops.driverError + drops.malformed
        all.dropsIn += drops.noMemory
        (all.errorsOut, all.dropsOut) = (drops.unsent, all.dropsOut + drops.stopped)
        return all
    }

    func hardwareReport(_ name: String) throws(Failure) -> HardwareReport {
        let index = try index(name)
        guard let device = device(index), let one = listing(index) else { throw Self.noHardware(name, "nicinfo") }
        let made = unsafe device.attachment.pointee.interface, media = unsafe device.attachment.pointee.media() ?? drydock_media()
        let statistics = device.statistics
        let bus = device.context.bus
        return HardwareReport(
            interface: name, description: Self.text(made), driver: device.image.name, driverVersion: device.image.version,
            nic: bus.name, bus: bus.kind, permanentAddress: Self.mac(made.permanent_mac).description, currentAddress: one.mac.description,
            media: Media.report(media), phyAddress: Int(media.phy_address), mtu: one.mtu, maximumMTU: Int(made.maximum_mtu),
            interrupt: bus.interruptKind.map { ["INTx", "MSI", "MSI-X"][Int(min($0, 2))] }, vectors: bus.vectors,
            apertures: (0..<6).map { (Int($0), bus.regionLength($0)) }.filter { $0.1 > 0 }.map { .init(region: $0.0, octets: $0.1) },
            promiscuous: interfaces[index]?.promiscuous ?? false, multicast: true, counters: DriverCounters.kept(statistics),
            slowCallouts: device.context.slow?.report ?? [], isolation: (bus as? IsolatedDevice)?.report,
            transmitter: device.transmitter(now: MonotonicClock.now()))
    }

    private static func text(_ made: drydock_interface) -> String {
        unsafe withUnsafeBytes(of: made.description) { raw in unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func mac(_ m: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)) -> MACAddress { MACAddress(octets: [m.0, m.1, m.2, m.3, m.4, m.5]) }

    /// Protocol counters by group, then every way a frame can be lost, then what is lost between drivers and stack.
    func statisticsReport() -> [StatisticsGroup] {
        var groups: [StatisticsGroup] = []
        for (statistic, count) in unsafe stack.pointee.listStatistics() {
            if groups.last?.name != statistic.group { groups.append(StatisticsGroup(name: statistic.group, counters: [])) }
            groups[groups.count - 1].counters.append(.init(name: statistic.text, value: count))
        }
        groups.append(StatisticsGroup(name: "dropped", counters: unsafe stack.pointee.listDrops().map { .init(name: $0.reason.text, value: $0.count) }))
        var lost = AttachmentDrops()
        for case let device? in devices { unsafe lost.add(device.attachment.pointee.drops) }
        groups.append(StatisticsGroup(name: "driver", counters: lost.named.map { .init(name: $0.0, value: $0.1) }))
        return groups
    }

    func memoryReport() -> MemoryReport {
        let usage = memory.usage, names = SlotOwner.allCases.map { "\($0)" }
        func pool(_ octets: Int, _ tally: [Int]) -> MemoryReport.Pool {
            .init(slotOctets: octets, slots: tally.reduce(0, +), owners: Dictionary(uniqueKeysWithValues: zip(names, tally)))
        }
        return MemoryReport(pools: [pool(PacketMemoryLayout.smallOctets, usage.small), pool(PacketMemoryLayout.largeOctets, usage.large)],
                            exhausted: memory.exhausted)
    }
}

extension AttachmentDrops {
    mutating func add(_ other: Self) {
        driverError += other.driverError
        malformed += other.malformed
        noMemory += other.noMemory
        unsent += other.unsent
        stopped += other.stopped
    }

    var named: [(String, UInt64)] {
        [("marked bad by the driver", driverError), ("malformed by the driver", malformed), ("no slot for a chained frame", noMemory),
         ("given back unsent", unsent), ("in flight when stopped", stopped)]
    }
}
