internal import DHCP
internal import Host
internal import Messages
internal import Wire

// DHCPv6 at the stack, when its routers say so.
extension DHCPSession {
    /// Starts what the M and O flags of the interface's routers ask for; M after O takes over. RFC 4861 §4.2.
    func lookAt6(_ report: InterfaceReport, _ discovery: DiscoveryReport) throws(ToolFailure) {
        try settle6(report)
        let routers = discovery.routers.filter { $0.interface == name }
        let isManaged = routers.contains(where: \.managed)
        guard isManaged || routers.contains(where: \.otherConfiguration), report.addresses.contains(where: Self.isSpeakable) else { return }
        if let six, six.isStateful || !isManaged { return }
        note(isManaged ? "routers say: addresses by DHCPv6" : "routers say: information by DHCPv6")
        if socket6 == nil {
            var wishes = SocketOptions()
            (wishes.interface, wishes.reuse) = (name, true)
            try add6(DatagramSocket(try stack.openSocket(SocketRequest(
                family: .inet6, kind: .udp, bind: SocketAddress(address: "::", port: DHCPv6Message.clientPort), options: wishes))))
        }
        let settings = Client6.Settings(
            identifier: Client6.Settings.identifier(hardware), association: UInt32(truncatingIfNeeded: hardware.value), isStateful: isManaged)
        six = Client6(settings, seed: UInt64.random(in: 0 ... .max), now: now)
    }

    /// A link-local address that is ours: DHCPv6 is spoken from it.
    private static func isSpeakable(_ address: AddressReport) -> Bool {
        address.family == .inet6 && address.scope != nil && address.flags.isEmpty
    }

    func drain6() throws(ToolFailure) {
        try drain(socket6) { octets in
            // SAFETY: any octet is a valid UInt8.
            six?.receive(unsafe octets.span.bytes, now: now)
        }
        try perform6()
    }

    func perform6() throws(ToolFailure) {
        for action in six?.takeActions() ?? [] {
            switch action {
            case .send(let octets):
                // SAFETY: any octet is a valid UInt8.
                if let message = try? DHCPv6Message(unsafe octets.span.bytes) { note("\(message)") }
                try send(socket6, DatagramHeader(address: .v6(DHCPv6Message.servers), port: DHCPv6Message.serverPort), octets)
            case .configure(let lease): try give(lease)
            case .renewed(let lease):
                try give(lease)
                announce("renewed", Self.list(lease))
            case .remove(let addresses, let why): try take(addresses, why)
            case .information(let information):
                try writeResolvers()
                speak("information by DHCPv6: \(DHCPText.count(information.resolvers.count, "nameserver"))")
            case .note(let text): note(text)
            }
        }
    }

    private static func list(_ lease: Lease6) -> String { lease.addresses.map(\.address.description).joined(separator: " ") }

    /// A host's addresses, without a network: that comes from routers. RFC 5942 §4.
    private func give(_ lease: Lease6) throws(ToolFailure) {
        for one in lease.addresses {
            let passed = UInt32(clamping: (now - lease.began).components.seconds)
            func left(_ seconds: UInt32) -> UInt32? { seconds == .max ? nil : seconds > passed ? seconds - passed : 0 }
            var setting = AddressSetting(family: .inet6, address: one.address.description, prefixLength: 128, alias: true)
            setting.lifetimes = AddressLifetimes(validSeconds: left(one.validSeconds), preferredSeconds: left(one.preferredSeconds))
            do { try stack.order(.configure(interface: name, changes: [.addAddress(setting)])) } catch {
                guard error.code != 0 else { throw error }
                note("\(error.what): \(error.why)")
            }
        }
        try writeResolvers()
    }

    private func take(_ addresses: [IPv6Address], _ why: LeaseEnd) throws(ToolFailure) {
        for address in addresses {
            do { try stack.order(.configure(interface: name, changes: [.removeAddress(.inet6, address: address.description)])) } catch {
                guard error.code != 0 else { throw error }
                note("\(error.what): \(error.why)")
            }
            if why != .released { speak(DHCPText.ended(address.description, why)) }
            announce(why.rawValue, address.description)
        }
    }

    /// What duplicate address detection has found.
    private func settle6(_ report: InterfaceReport) throws(ToolFailure) {
        guard let lease = six?.lease, six?.state == .probing else { return }
        for one in lease.addresses {
            let found = report.addresses.first { $0.family == .inet6 && $0.address == one.address.description }
            if found?.flags.contains("tentative") == true { continue }
            six?.probed(one.address, isOurs: found.map { !$0.flags.contains("duplicated") } ?? false, now: now)
        }
        if six?.state == .bound {
            speak(DHCPText.bound(lease))
            announce("bound", Self.list(lease))
            try writeResolvers()
        }
        try perform6()
    }
}
