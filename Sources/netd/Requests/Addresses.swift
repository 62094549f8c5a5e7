import Host
import Messages
import Stack
import Wire

/// Text to addresses, with a sentence for what is none.
enum Addresses {
    static func v4(_ text: String) throws(Failure) -> IPv4Address {
        guard let address = IPv4Address(text) else {
            throw Failure(.invalid, what: "address \(text)", why: "it is no IPv4 address", fix: "write four numbers: 10.1.0.2")
        }
        return address
    }

    /// A zone (`%em0`) is for the caller to have taken off.
    static func v6(_ text: String) throws(Failure) -> IPv6Address {
        guard let address = IPv6Address(String(text.prefix { $0 != "%" })) else {
            throw Failure(.invalid, what: "address \(text)", why: "it is no IPv6 address", fix: "write it as in fd00::2")
        }
        return address
    }

    static func parse(_ text: String, _ family: Family) throws(Failure) -> IPAddress {
        switch family {
        case .inet: IPAddress(try v4(text))
        case .inet6: try v6(text)
        }
    }

    /// Of either family, told by its look.
    static func parse(_ text: String) throws(Failure) -> IPAddress { try parse(text, text.contains(":") ? .inet6 : .inet) }

    static func mac(_ text: String) throws(Failure) -> MACAddress {
        guard let mac = MACAddress(text) else {
            throw Failure(.invalid, what: "link address \(text)", why: "it is no MAC address", fix: "write six octets: 02:00:00:00:00:01")
        }
        return mac
    }

    static func prefix(_ setting: AddressSetting) throws(Failure) -> IPPrefix {
        let what = "address \(setting.address)/\(setting.prefixLength.map(String.init) ?? "")"
        switch setting.family {
        case .inet:
            let address = try v4(setting.address)
            guard let prefix = IPv4Prefix(address, length: setting.prefixLength ?? classLength(address)) else {
                throw Failure(.invalid, what: what, why: "a prefix length is 0 to 32")
            }
            return IPPrefix(prefix)
        case .inet6:
            guard let prefix = IPv6Prefix(try v6(setting.address), length: setting.prefixLength ?? 64) else {
                throw Failure(.invalid, what: what, why: "a prefix length is 0 to 128")
            }
            return IPPrefix(prefix)
        }
    }

    /// What an address without a mask meant before masks. RFC 791 §3.2.
    private static func classLength(_ address: IPv4Address) -> Int {
        switch address.value >> 30 {
        case 0, 1: 8
        case 2: 16
        default: 24
        }
    }

    /// `default`, `10.0.0.0/8`, `fd00::/8`, or one host.
    static func network(_ text: String, _ family: Family) throws(Failure) -> IPPrefix {
        if text == "default" { return IPPrefix(address: family == .inet ? "0.0.0.0" : "::", 0, family)! }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let length = parts.count == 2 ? Int(parts[1]) : (family == .inet ? 32 : 128)
        guard let length, let prefix = IPPrefix(address: String(parts[0]), length, family) else {
            throw Failure(.invalid, what: "destination \(text)", why: "it is no network or host of that family", fix: "write 10.2.0.0/16, fd00::/8, an address, or default")
        }
        guard prefix.address == prefix.network else {
            throw Failure(.invalid, what: "destination \(text)", why: "it has bits beyond its prefix length", fix: "write \(prefix.network.text)/\(prefix.length)")
        }
        return prefix
    }
}

extension IPPrefix {
    init?(address text: String, _ length: Int, _ family: Family) {
        switch family {
        case .inet:
            guard let address = IPv4Address(text), let prefix = IPv4Prefix(address, length: length) else { return nil }
            self.init(prefix)
        case .inet6:
            guard let address = IPv6Address(text), let prefix = IPv6Prefix(address, length: length) else { return nil }
            self.init(prefix)
        }
    }
}

extension ConfigurationError {
    func failure(_ what: String) -> Failure {
        let (errno, why, fix): (Errno, String, String) = switch self {
        case .noSuchInterface: (.noInterface, "there is no such interface", "see them: ifconfig -l")
        case .nameInUse: (.exists, "another interface has that name", "choose another")
        case .tableFull: (.noMemory, "the stack's table is full", "remove what is not needed")
        case .isLoopback: (.invalid, "lo0 cannot be changed so", "")
        case .hasTaggedInterfaces: (.busy, "tagged interfaces stand on it", "destroy those first")
        case .badMTU: (.invalid, "that MTU is outside what the interface can carry", "see its limit: nicinfo")
        case .badMAC: (.invalid, "a station's address is neither zero nor a group's", "choose one like 02:00:00:00:00:01")
        case .badVLAN: (.invalid, "a tag is 1 to 4094, on an Ethernet interface", "")
        case .vlanInUse: (.exists, "that tag is taken on that interface", "choose another tag")
        case .badAddress: (.invalid, "that is no address for a host", "")
        case .addressInUse: (.addressInUse, "this stack has that address already", "see: ifconfig -a")
        case .noSuchAddress: (.addressNotAvailable, "the interface does not have it", "see: ifconfig -a")
        case .familyOff: (.notSupported, "this stack does not speak that address family", "start io-pkt-v6-hc for IPv6")
        case .badRoute: (.invalid, "gateway, interface and destination do not fit together", "")
        case .routeExists: (.exists, "there is such a route", "delete it first: route delete …")
        case .noSuchRoute: (.noProcess, "there is no such route", "see them: route show")
        case .gatewayUnreachable: (.hostUnreachable, "the gateway is on no connected network", "give an interface an address of its network first")
        case .badNeighbor: (.invalid, "that neighbor cannot be fixed", "it needs an Ethernet interface, a host's address, and a station's link address")
        case .noSuchNeighbor: (.noInterface, "there is no such neighbor", "see them: arp -a, ndp -a")
        }
        return Failure(errno, what: what, why: why, fix: fix)
    }
}
