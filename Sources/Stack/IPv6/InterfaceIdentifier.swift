internal import Wire

/// The low 64 bits of an address that this stack forms.
enum InterfaceIdentifier {
    /// Opaque, the same for one secret, network, station and attempt. RFC 7217 §5.
    static func opaque(secret: UInt64, network: UInt64, mac: MACAddress, attempt: UInt8) -> UInt64 {
        let function = KeyedFunction(secret, ~secret)
        var extra = UInt64(attempt) &<< 48
        while true {
            let identifier = function(network, mac.value ^ extra)
            if !isReserved(identifier) { return identifier }
            extra &+= 1 &<< 56
        }
    }

    /// RFC 5453 §3: subnet anycast and its reserved block.
    static func isReserved(_ identifier: UInt64) -> Bool {
        identifier == 0 || identifier >= 0xfdff_ffff_ffff_ff80 && identifier <= 0xfdff_ffff_ffff_ffff
    }
}

extension Stack {
    /// The address that this host forms in a /64 on an interface.
    func formedAddress(_ network: IPv6Address, _ interface: Int) -> IPv6Address {
        let mac = interfaces[interface].mac
        guard let secret = configuration.identifierSecret else {
            return IPv6Address(high: network.high, low: mac.interfaceIdentifier)
        }
        let attempt = interfaces[interface].six.conflicts
        let low = InterfaceIdentifier.opaque(secret: secret, network: network.high, mac: mac, attempt: attempt)
        return IPv6Address(high: network.high, low: low)
    }
}
