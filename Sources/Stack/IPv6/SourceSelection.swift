internal import Wire

/// One address that a packet might name as its source, with what the choice depends on. RFC 6724 §5.
struct SourceCandidate {
    let address: IPv6Address
    let bits: Int
    let isDeprecated: Bool
    let isOnInterface: Bool

    /// Whether this one serves a packet to `destination` better than `other`: the rules in their order; in doubt the one
    /// that was there first stays.
    func isBetter(than other: SourceCandidate, for destination: IPv6Address) -> Bool {
        if (address == destination) != (other.address == destination) { return address == destination } // rule 1
        let (mine, its, wanted) = (address.scope, other.address.scope, destination.scope)
        if mine != its { return mine < its ? mine >= wanted : its < wanted } // rule 2
        if isDeprecated != other.isDeprecated { return other.isDeprecated } // rule 3
        if isOnInterface != other.isOnInterface { return isOnInterface } // rule 5
        let label = destination.policyLabel
        let (fits, itsFits) = (address.policyLabel == label, other.address.policyLabel == label)
        if fits != itsFits { return fits } // rule 6
        return common(destination) > other.common(destination) // rule 8
    }

    /// RFC 6724 §2.2: no farther than the source's own prefix.
    private func common(_ destination: IPv6Address) -> Int { min(address.commonPrefixLength(destination), bits) }
}

extension IPv6Address {
    /// The default policy table's label. RFC 6724 §2.1; IPv4 never gets here.
    var policyLabel: UInt8 {
        if isLoopback { return 0 }
        if isUniqueLocal { return 13 }
        if high &>> 48 == 0x2002 { return 2 } // 6to4
        if high &>> 32 == 0x2001_0000 { return 5 } // Teredo
        return 1
    }
}

extension Stack {
    /// The address to speak from to `destination` by `interface`: of that interface for what stays on the link, else of
    /// any. RFC 6724 §4, §5.
    func sourceAddress6(on interface: Int, for destination: IPv6Address) -> IPAddress? {
        guard !interfaces[interface].six.isDisabled else { return nil }
        var best: SourceCandidate?
        var link = interfaces[interface].firstAddress
        while link != 0 {
            consider(link &- 1, interface, destination, &best)
            link = addresses[link &- 1].next
        }
        if let best, best.address.scope >= destination.scope || destination.isMulticast { return best.address }
        // RFC 6724 §4: what leaves the link may come from another interface's address; what stays on it may not.
        guard !destination.isMulticast, destination.scope > .linkLocal else { return best?.address }
        for position in 0..<UInt32(addresses.capacity) where addresses.isTaken(position) && addresses[position].interface != 0 {
            consider(position, interface, destination, &best)
        }
        return best?.address
    }

    private func consider(
        _ position: UInt32, _ interface: Int, _ destination: IPv6Address, _ best: inout SourceCandidate?
    ) {
        let entry = addresses[position]
        guard entry.isUsable, !entry.address.isIPv4 else { return }
        let isHere = entry.interface == interface
        guard isHere || !entry.address.isLinkLocal else { return }
        let candidate = SourceCandidate(
            address: entry.address, bits: entry.bits, isDeprecated: entry.life.isDeprecated(now), isOnInterface: isHere)
        guard let present = best else { return best = candidate }
        if candidate.isBetter(than: present, for: destination) { best = candidate }
    }
}
