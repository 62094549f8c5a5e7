internal import Messages
internal import Wire

/// What the words after an interface's name ask for.
struct IfconfigWords: Equatable {
    var create = false
    var destroy = false
    var changes: [InterfaceChange] = []

    static let capabilities: Set<String> = [
        "ip4csum", "tcp4csum", "udp4csum", "tcp6csum", "udp6csum", "tso4", "tso6", "lro",
    ]
}

extension IfconfigWords {
    /// - Throws: a sentence about the first word that makes no sense; exit code 64.
    init(_ interface: String, _ words: [String]) throws(ToolFailure) {
        var reader = IfconfigReader(interface, words)
        try reader.readAll()
        self = reader.result
    }
}

/// Reads the words once; an address and what belongs to it (mask, broadcast, alias) become one change at the end.
private struct IfconfigReader {
    var words: Words
    var result = IfconfigWords()
    let interface: String
    var family: Family?
    var setting: AddressSetting?
    var removing = false
    var vlan: Int?
    var parent: String?
    var media: String?
    var fullDuplex: Bool?

    init(_ interface: String, _ list: [String]) {
        self.interface = interface
        words = Words(list, about: interface)
    }

    mutating func readAll() throws(ToolFailure) {
        while let word = words.take() {
            if try readState(word) { continue }
            if try readValue(word) { continue }
            if try readAddressing(word) { continue }
            try readCapabilityOrAddress(word)
        }
        try finish()
    }

    /// Words that stand alone.
    mutating func readState(_ word: String) throws(ToolFailure) -> Bool {
        switch word {
        case "up": result.changes.append(.up(true))
        case "down": result.changes.append(.up(false))
        case "promisc": result.changes.append(.promiscuous(true))
        case "-promisc": result.changes.append(.promiscuous(false))
        case "allmulti": result.changes.append(.allMulticast(true))
        case "-allmulti": result.changes.append(.allMulticast(false))
        case "accept_rtadv": result.changes.append(.acceptAdvertisements(true))
        case "-accept_rtadv": result.changes.append(.acceptAdvertisements(false))
        case "create": result.create = true
        case "destroy": result.destroy = true
        default: return false
        }
        return true
    }

    /// Words with a value.
    mutating func readValue(_ word: String) throws(ToolFailure) -> Bool {
        let start = "ifconfig \(interface) \(word) "
        switch word {
        case "mtu":
            result.changes.append(.mtu(try words.value(of: word, as: "a number of octets", example: start + "1500") { text in
                Int(text).flatMap { (0...65535).contains($0) ? $0 : nil }
            }))
        case "lladdr", "link":
            result.changes.append(.linkAddress(try words.value(of: word, as: "a link address", example: start + "02:00:00:00:00:01") {
                MACAddress($0)?.description
            }))
        case "media": media = try words.value(of: word, as: "a medium", example: start + "autoselect")
        case "mediaopt", "-mediaopt":
            let option = try words.value(of: word, as: "full-duplex or half-duplex", example: start + "full-duplex") {
                ["full-duplex": true, "fdx": true, "half-duplex": false, "hdx": false][$0]
            }
            fullDuplex = word == "mediaopt" ? option : !option
        case "vlan":
            let tag: Int = try words.value(of: word, as: "a tag from 1 to 4094", example: start + "5 vlanif em0") { text in
                Int(text).flatMap { (1...4094).contains($0) ? $0 : nil }
            }
            vlan = tag
        case "vlanif": parent = try words.value(of: word, as: "an interface", example: "ifconfig \(interface) vlan 5 vlanif em0")
        default: return false
        }
        return true
    }

    /// Words about an address.
    mutating func readAddressing(_ word: String) throws(ToolFailure) -> Bool {
        let start = "ifconfig \(interface) "
        switch word {
        case "inet": family = .inet
        case "inet6": family = .inet6
        case "alias": try amend(word) { $0.alias = true }
        case "-alias", "delete", "remove": removing = true
        case "netmask":
            let length = try words.value(of: word, as: "a mask with contiguous ones", example: start + "10.1.0.2 netmask 255.255.255.0") {
                AddressText.length(netmask: $0)
            }
            try require(.inet, word)
            try amend(word) { $0.prefixLength = length }
        case "prefixlen":
            let family = setting?.family ?? .inet6
            let length = try words.value(of: word, as: "a prefix length", example: start + "inet6 fd00::2 prefixlen 64") {
                AddressText.length($0, family)
            }
            try amend(word) { $0.prefixLength = length }
        case "broadcast":
            let address = try words.value(of: word, as: "an IPv4 address", example: start + "10.1.0.2 broadcast 10.1.0.255") {
                IPv4Address($0)?.description
            }
            try require(.inet, word)
            try amend(word) { $0.broadcast = address }
        default: return false
        }
        return true
    }

    /// `ip4csum`, `-tcp4csum`, or an address.
    mutating func readCapabilityOrAddress(_ word: String) throws(ToolFailure) {
        let bare = word.hasPrefix("-") ? String(word.dropFirst()) : word
        if IfconfigWords.capabilities.contains(bare) {
            result.changes.append(.capability(bare, !word.hasPrefix("-")))
            return
        }
        guard let found = AddressText.split(word) else { throw unknown(word) }
        guard setting == nil else {
            throw ToolFailure("\(interface) \(word)", "\(interface) is no point-to-point interface", "give one address", exit: 64)
        }
        guard family == nil || family == found.family else {
            throw ToolFailure("\(interface) \(word)", "that is no \(family == .inet ? "IPv4" : "IPv6") address",
                              "leave \(family?.rawValue ?? "") out, or give another address", exit: 64)
        }
        setting = AddressSetting(family: found.family, address: found.address, prefixLength: found.length)
    }

    func unknown(_ word: String) -> ToolFailure {
        let looksLikeAddress = word.contains(":") || word.first?.isNumber == true
        return ToolFailure("\(interface) \(word)", looksLikeAddress ? "that is not an address" : "unknown word",
                           looksLikeAddress ? "as in: ifconfig \(interface) 10.1.0.2/24" : "see: ifconfig --help", exit: 64)
    }

    func require(_ wanted: Family, _ word: String) throws(ToolFailure) {
        guard setting?.family != .inet6 else {
            throw ToolFailure("\(interface) \(word)", "an IPv6 address has none", "use prefixlen", exit: 64)
        }
    }

    mutating func amend(_ word: String, _ change: (inout AddressSetting) -> Void) throws(ToolFailure) {
        guard var amended = setting else {
            throw ToolFailure("\(interface) \(word)", "there is no address before it",
                              "as in: ifconfig \(interface) 10.1.0.2 \(word)", exit: 64)
        }
        change(&amended)
        setting = amended
    }

    mutating func finish() throws(ToolFailure) {
        if let fullDuplex, media == nil { media = "autoselect"; self.fullDuplex = fullDuplex }
        if let media { result.changes.append(.media(media, fullDuplex: fullDuplex)) }
        if vlan != nil || parent != nil {
            guard let vlan, let parent else {
                throw ToolFailure("\(interface) vlan", "a VLAN needs a tag and a parent",
                                  "as in: ifconfig \(interface) vlan 5 vlanif em0", exit: 64)
            }
            result.changes.append(.vlan(tag: vlan, parent: parent))
        }
        try finishAddress()
        guard !result.destroy || (result.changes.isEmpty && !result.create) else {
            throw ToolFailure("\(interface) destroy", "it cannot be changed and destroyed at once", "give destroy alone", exit: 64)
        }
    }

    mutating func finishAddress() throws(ToolFailure) {
        guard let setting else {
            guard !removing else {
                throw ToolFailure("\(interface) delete", "the address is missing",
                                  "as in: ifconfig \(interface) 10.1.0.2 delete", exit: 64)
            }
            return
        }
        if removing { return result.changes.append(.removeAddress(setting.family, address: setting.address)) }
        result.changes.append(.addAddress(setting))
        // As on BSD, an interface that is given an address comes up; a `down` beside it has the last word.
        let says = result.changes.contains { if case .up = $0 { true } else { false } }
        if !says { result.changes.append(.up(true)) }
    }
}
