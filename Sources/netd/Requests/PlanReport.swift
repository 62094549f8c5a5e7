import Host
import Messages
import Stack
import Wire

/// The stack's description of itself: the requests that make another one the same.
// SAFETY: `stack` and `attachment` are the process's own, on this thread (Netd, Device).
extension Netd {
    func planSteps() -> [StackRequest] {
        let interfaces = unsafe stack.pointee.listInterfaces().flatMap { interfaceSteps($0) }
        let pending = pendingVLANs.sorted().map { StackRequest.createInterface(name: $0) }
        return tunableSteps() + mountSteps() + pending + interfaces + neighborSteps() + routeSteps() + unrestored
    }

    /// Those that are not as the stack's command line made them.
    private func tunableSteps() -> [StackRequest] {
        unsafe stack.pointee.listTunables().compactMap { one in
            guard one.bounds != nil, let first = firstTunables[one.name], first != one.value else { return nil }
            return .setTunable(name: one.name, value: one.value)
        }
    }

    private func mountSteps() -> [StackRequest] {
        devices.compactMap { device in
            guard let device else { return nil }
            let nic = device.image.needsNoDevice ? nil : device.context.bus.name
            return .mount(MountRequest(type: typeName, path: device.fallback ?? device.image.path, options: MountOptions.pinned(device.options, to: device.interface, nic: nic)))
        }
    }

    /// One request a change, so that what cannot be restored takes nothing with it.
    private func interfaceSteps(_ one: InterfaceListing) -> [StackRequest] {
        let name = one.name.description
        var changes: [InterfaceChange] = [], before: [StackRequest] = []
        if case .vlan(let parent, let tag) = one.kind {
            before = [.createInterface(name: name)]
            changes.append(.vlan(tag: Int(tag), parent: self.name(parent)))
        }
        changes += hardwareChanges(one)
        if one.kind != .loopback {
            if boot.plan.variant.hasIPv6, unsafe !stack.pointee.acceptsAdvertisements(one.index) { changes.append(.acceptAdvertisements(false)) }
            if one.isUp { changes.append(.up(true)) }
        }
        changes += one.addresses.compactMap { address($0, one) }
        // An address brings its interface up.
        if one.kind != .loopback, !one.isUp, !one.addresses.isEmpty { changes.append(.up(false)) }
        return before + changes.map { .configure(interface: name, changes: [$0]) }
    }

    /// What is not as the driver brought it.
    private func hardwareChanges(_ one: InterfaceListing) -> [InterfaceChange] {
        guard let state = interfaces[one.index] else { return [] }
        var changes: [InterfaceChange] = []
        if let device = device(one.index) {
            if device.firstMTU != one.mtu { changes.append(.mtu(one.mtu)) }
            changes += CapabilityNames.changes(from: device.firstEnabled, to: state.enabled).map { .capability($0, $1) }
            if device.firstMAC != one.mac { changes.append(.linkAddress(one.mac.description)) }
        } else if case .vlan(let parent, _) = one.kind, let below = listing(parent) {
            if below.mtu != one.mtu { changes.append(.mtu(one.mtu)) }
            if below.mac != one.mac { changes.append(.linkAddress(one.mac.description)) }
        }
        if let media = state.media { changes.append(media) }
        if state.promiscuous { changes.append(.promiscuous(true)) }
        if state.allMulticast { changes.append(.allMulticast(true)) }
        return changes
    }

    /// Addresses that the stack formed by itself come back by themselves.
    private func address(_ one: AddressListing, _ interface: InterfaceListing) -> InterfaceChange? {
        let address = one.prefix.address
        guard one.isGiven, interface.kind != .loopback || ![.localhost4, .localhost6].contains(address) else { return nil }
        var setting = AddressSetting(
            family: address.isIPv4 ? .inet : .inet6, address: address.text, prefixLength: Int(one.prefix.length),
            broadcast: one.broadcast?.description, alias: true)
        if one.isProbed { setting.probe = true }
        let now = self.now
        func left(_ end: Instant?) -> UInt32? { end.map { $0 > now ? UInt32(clamping: ($0 - now).seconds) : 0 } }
        if one.validUntil != nil || one.preferredUntil != nil {
            setting.lifetimes = AddressLifetimes(validSeconds: left(one.validUntil), preferredSeconds: left(one.preferredUntil))
        }
        return .addAddress(setting)
    }

    private func neighborSteps() -> [StackRequest] {
        unsafe stack.pointee.listNeighbors().filter { $0.state == .permanent }.map { one in
            .setNeighbor(NeighborSetting(
                family: one.address.isIPv4 ? .inet : .inet6, address: one.address.text, linkAddress: one.mac.description,
                interface: name(one.interface)))
        }
    }

    private func routeSteps() -> [StackRequest] {
        unsafe stack.pointee.listRoutes().filter(\.isStatic).map { one in
            let isIPv4 = one.prefix.address.isIPv4, isHost = one.prefix.length == (isIPv4 ? 32 : 128)
            var setting = RouteSetting(
                destination: one.prefix.length == 0 ? "default" : isHost ? one.prefix.address.text : one.prefix.text,
                family: isIPv4 ? .inet : .inet6, mtu: one.mtu == 0 ? nil : one.mtu)
            switch one.kind {
            case .connected: setting.interface = name(one.interface)
            case .gateway(let router): (setting.gateway, setting.interface) = (router.text, name(one.interface))
            case .reject: setting.kind = .reject
            case .blackhole: setting.kind = .blackhole
            }
            return .addRoute(setting)
        }
    }
}

extension IPAddress {
    fileprivate static let localhost4 = IPAddress(IPv4Address("127.0.0.1")!)
    fileprivate static let localhost6 = IPv6Address("::1")!
}

extension CapabilityNames {
    /// What `ifconfig` would be told: words, and on or off. One word switches both directions.
    static func changes(from first: UInt32, to now: UInt32) -> [(String, Bool)] {
        var seen: Set<String> = []
        return (receive + transmit).compactMap { one in
            guard (first ^ now) & one.bit != 0, seen.insert(one.name).inserted else { return nil }
            return (one.name.lowercased(), now & one.bit != 0)
        }
    }
}
