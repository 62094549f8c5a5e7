internal import DHCP
internal import Host
internal import Messages
internal import Wire

// DHCPv4 at the stack.
extension DHCPSession {
    func start4() throws(ToolFailure) {
        var settings = Client4.Settings(hardware: hardware)
        // RFC 2132 §9.14: type 0 is an identifier that is no hardware address.
        if let text = options.identifier { settings.identifier = [0] + Array(text.utf8) }
        settings.hostName = options.hostName
        settings.wantsBroadcast = !options.unicast
        settings.onlyServer = options.server.flatMap { IPv4Address($0) }
        settings.previous = files.stored()?.usableAddress
        four = Client4(settings, seed: UInt64.random(in: 0 ... .max), now: now)
        var wishes = SocketOptions()
        (wishes.interface, wishes.broadcast, wishes.reuse) = (name, true, true)
        socket4 = DatagramSocket(try stack.openSocket(SocketRequest(
            family: .inet, kind: .udp, bind: SocketAddress(address: "0.0.0.0", port: options.clientPort), options: wishes)))
    }

    func drain4() throws(ToolFailure) {
        try drain(socket4) { octets in
            // SAFETY: any octet is a valid UInt8.
            four?.receive(unsafe octets.span.bytes, now: now)
        }
        try perform4()
    }

    func perform4() throws(ToolFailure) {
        for action in four?.takeActions() ?? [] {
            switch action {
            case .send(let octets, let from, let to): try send4(octets, from, to)
            case .configure(let lease): try configure(lease)
            case .renewed(let lease): try renew(lease)
            case .remove(let lease, let why): try remove(lease, why)
            case .note(let text): note(text)
            }
        }
    }

    private func send4(_ octets: [UInt8], _ from: IPv4Address?, _ to: IPv4Address) throws(ToolFailure) {
        // SAFETY: any octet is a valid UInt8.
        if let message = try? DHCPv4Message(unsafe octets.span.bytes) { note("\(message) to \(to)") }
        try send(socket4, DatagramHeader(address: .v4(to), port: options.serverPort, flags: from == nil ? .unnamed : []), octets)
    }

    private func setting(_ lease: Lease) -> AddressSetting {
        var setting = AddressSetting(
            family: .inet, address: lease.address.description, prefixLength: lease.prefixLength, broadcast: lease.broadcast?.description, alias: options.alias)
        setting.probe = options.declines > 0
        // A second more than ours, so that it is we who say that it has ended.
        let left = lease.expires.map { UInt32(clamping: max(($0 - now).components.seconds, 0) + 1) }
        setting.lifetimes = AddressLifetimes(validSeconds: left)
        return setting
    }

    /// The address goes to the interface; what belongs to it follows once nobody else has it.
    private func configure(_ lease: Lease) throws(ToolFailure) {
        do throws(ToolFailure) {
            try stack.order(.configure(interface: name, changes: [.addAddress(setting(lease))]))
        } catch {
            guard error.code != 0 else { throw error }
            note("\(error.what): \(error.why)")
            four?.probed(isOurs: false, now: now)
            return try perform4()
        }
        if options.declines == 0 { try settled(lease) }
    }

    /// What the stack says of our address.
    func lookAt4(_ report: InterfaceReport) throws(ToolFailure) {
        guard let lease = four?.lease else { return }
        let found = report.addresses.first { $0.family == .inet && $0.address == lease.address.description }
        let isDuplicated = found?.flags.contains("duplicated") ?? false
        if four?.state == .probing {
            if let found, !isDuplicated {
                if !found.flags.contains("tentative") { try settled(lease) }
                return
            }
            four?.probed(isOurs: false, now: now)
        } else if isDuplicated {
            four?.lostAddress(now: now)
        }
        try perform4()
        guard let declined = four?.declined, declined >= max(options.declines, 1) else { return }
        throw ToolFailure(name, "other hosts have all \(declined) addresses that were given", "see who answers for them: arp -a")
    }

    private func settled(_ lease: Lease) throws(ToolFailure) {
        four?.probed(isOurs: true, now: now)
        try setRoutes(lease)
        try setMTU(lease)
        try files.store(DHCPRecord(lease, name, now: now))
        try writeResolvers()
        speak(DHCPText.bound(lease))
        announce("bound", lease.address.description)
    }

    private func renew(_ lease: Lease) throws(ToolFailure) {
        try stack.order(.configure(interface: name, changes: [.addAddress(setting(lease))]))
        try setRoutes(lease)
        try files.store(DHCPRecord(lease, name, now: now))
        try writeResolvers()
        note("renewed: " + DHCPText.bound(lease))
        announce("renewed", lease.address.description)
    }

    private func remove(_ lease: Lease, _ why: LeaseEnd) throws(ToolFailure) {
        // A release is on its way in a socket; a question overtakes nothing that was sent before it.
        if why == .released { _ = try stack.ask(.hello) }
        for route in routes { try ignoring { () throws(ToolFailure) in try stack.order(.deleteRoute(route)) } }
        routes = []
        if let mtuBefore { try ignoring { () throws(ToolFailure) in try stack.order(.configure(interface: name, changes: [.mtu(mtuBefore)])) } }
        mtuBefore = nil
        try ignoring { () throws(ToolFailure) in
            try stack.order(.configure(interface: name, changes: [.removeAddress(.inet, address: lease.address.description)]))
        }
        files.forget()
        try writeResolvers()
        if why != .released { speak(DHCPText.ended(lease.address.description, why)) }
        announce(why.rawValue, lease.address.description)
    }

    /// What the stack refuses is noted; that it is gone ends us.
    private func ignoring(_ work: () throws(ToolFailure) -> Void) throws(ToolFailure) {
        do { try work() } catch {
            guard error.code != 0 else { throw error }
            note("\(error.what): \(error.why)")
        }
    }

    /// Those of the lease, and no longer those of the one before.
    private func setRoutes(_ lease: Lease) throws(ToolFailure) {
        let wanted = lease.allRoutes.map { route in
            RouteSetting(
                destination: route.destination.length == 0 ? "default" : route.destination.description, family: .inet,
                gateway: route.router.isUnspecified ? nil : route.router.description, interface: name)
        }
        for route in routes where !wanted.contains(route) { try ignoring { () throws(ToolFailure) in try stack.order(.deleteRoute(route)) } }
        for route in wanted where !routes.contains(route) { try ignoring { () throws(ToolFailure) in try stack.order(.addRoute(route)) } }
        routes = wanted
    }

    /// A network that carries less than the interface.
    private func setMTU(_ lease: Lease) throws(ToolFailure) {
        let current = try stack.interface(name).mtu
        guard let mtu = lease.mtu, mtu < current else { return }
        mtuBefore = current
        try ignoring { () throws(ToolFailure) in try stack.order(.configure(interface: name, changes: [.mtu(mtu)])) }
    }
}
