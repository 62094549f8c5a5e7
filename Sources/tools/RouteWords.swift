internal import Messages
internal import Wire

/// What `route` was asked for.
enum RouteOrder: Equatable {
    case add(RouteSetting)
    case delete(RouteSetting)
    /// Deletes what is there for the destination, then adds.
    case change(RouteSetting)
    case get(String)
    case show(Family?)
    case flush(Family?)
}

extension RouteOrder {
    /// - Throws: a sentence about the first word that makes no sense; exit code 64.
    init(_ words: [String]) throws(ToolFailure) {
        guard let verb = words.first else {
            throw ToolFailure("", "what is to be done?", "as in: route add default 10.1.0.1, or route show", exit: 64)
        }
        var reader = RouteReader(verb, Array(words.dropFirst()))
        switch verb {
        case "add": self = .add(try reader.setting(needsGateway: true))
        case "change": self = .change(try reader.setting(needsGateway: true))
        case "delete": self = .delete(try reader.setting(needsGateway: false))
        case "get": self = .get(try reader.setting(needsGateway: false).destination)
        case "show": self = .show(try reader.onlyFamily())
        case "flush": self = .flush(try reader.onlyFamily())
        default:
            throw ToolFailure(verb, "unknown word", "it is one of: add, change, delete, get, show, flush", exit: 64)
        }
    }
}

private struct RouteReader {
    var words: Words
    let verb: String
    var family: Family?
    /// Addresses in order: destination, gateway, mask.
    var places: [String] = []
    var length: Int?
    var interface: String?
    var mtu: Int?
    var kind = RouteSetting.Kind.unicast
    var isHost = false
    var isNet = false
    var throughInterface = false

    init(_ verb: String, _ list: [String]) {
        self.verb = verb
        words = Words(list, about: verb)
    }

    mutating func onlyFamily() throws(ToolFailure) -> Family? {
        try readAll()
        if let word = places.first { throw ToolFailure("\(verb) \(word)", "it takes no address", "leave it out", exit: 64) }
        return family
    }

    mutating func readAll() throws(ToolFailure) {
        while let word = words.take() { try read(word) }
        guard !(isHost && isNet) else {
            throw ToolFailure(verb, "-host and -net exclude each other", "give one of them", exit: 64)
        }
    }

    mutating func read(_ word: String) throws(ToolFailure) {
        switch word {
        case "-inet": family = .inet
        case "-inet6": family = .inet6
        case "-net": isNet = true
        case "-host": isHost = true
        case "-reject": kind = .reject
        case "-blackhole": kind = .blackhole
        // A link route is made by -ifp; everything set by hand is static.
        case "-interface", "-iface": throughInterface = true
        case "-static", "-n", "-q": break
        case "-ifp":
            interface = try words.value(of: word, as: "an interface", example: "route \(verb) 10.2.0.0/16 10.1.0.1 -ifp em0")
        case "-netmask":
            let ones: Int = try words.value(of: word, as: "a mask with contiguous ones", example: "route \(verb) 10.2.0.0 10.1.0.1 -netmask 255.255.0.0") {
                AddressText.length(netmask: $0)
            }
            length = ones
        case "-prefixlen":
            let bits: Int = try words.value(of: word, as: "a prefix length", example: "route \(verb) fd00:: fe80::1%em0 -prefixlen 64") {
                AddressText.length($0, .inet6)
            }
            length = bits
        case "-mtu":
            let octets: Int = try words.value(of: word, as: "a number of octets", example: "route \(verb) default 10.1.0.1 -mtu 1400") { text in
                Int(text).flatMap { (68...65535).contains($0) ? $0 : nil }
            }
            mtu = octets
        default:
            guard !word.hasPrefix("-") else { throw ToolFailure("\(verb) \(word)", "unknown word", "see: route --help", exit: 64) }
            places.append(word)
        }
    }

    mutating func setting(needsGateway: Bool) throws(ToolFailure) -> RouteSetting {
        try readAll()
        guard let first = places.first else {
            throw ToolFailure(verb, "the destination is missing", "as in: route \(verb) \(needsGateway ? "default 10.1.0.1" : "default")", exit: 64)
        }
        guard places.count <= 3 else { throw ToolFailure("\(verb) \(places[3])", "too many addresses", "see: route --help", exit: 64) }
        var setting = RouteSetting(destination: "", family: try destinationFamily(first))
        setting.destination = try destination(first, setting.family)
        (setting.interface, setting.mtu, setting.kind) = (interface, mtu, kind)
        if places.count > 1 { try readGateway(places[1], into: &setting) }
        guard !needsGateway || setting.gateway != nil || setting.interface != nil || kind != .unicast else {
            throw ToolFailure("\(verb) \(first)", "there is no gateway", "as in: route \(verb) \(first) 10.1.0.1, or -ifp em0 for a link", exit: 64)
        }
        return setting
    }

    private func destinationFamily(_ text: String) throws(ToolFailure) -> Family {
        guard text != "default" else { return family ?? places.dropFirst().first.flatMap { AddressText.family($0) } ?? .inet }
        guard let found = AddressText.split(text) else {
            throw ToolFailure("\(verb) \(text)", "that is not a destination", "give an address, a prefix as 10.2.0.0/16, or default", exit: 64)
        }
        guard family == nil || family == found.family else {
            throw ToolFailure("\(verb) \(text)", "that is not of family \(family?.rawValue ?? "")", "leave the family out", exit: 64)
        }
        return found.family
    }

    /// `10.2.0.0/16`; a host address has no length behind it.
    private func destination(_ text: String, _ family: Family) throws(ToolFailure) -> String {
        guard text != "default", let found = AddressText.split(text) else { return text }
        let mask = places.count > 2 ? AddressText.length(netmask: places[2]) : nil
        guard places.count < 3 || mask != nil else {
            throw ToolFailure("\(verb) \(places[2])", "that is not a mask with contiguous ones", "as in: 255.255.0.0", exit: 64)
        }
        guard let length = found.length ?? length ?? mask else {
            guard !isNet else {
                throw ToolFailure("\(verb) -net \(text)", "a network needs a length", "as in: \(text)/24", exit: 64)
            }
            return found.address
        }
        guard !isHost else { throw ToolFailure("\(verb) -host \(text)", "a host has no length", "leave it out, or give -net", exit: 64) }
        guard length <= (family == .inet ? 32 : 128) else {
            throw ToolFailure("\(verb) \(text)", "/\(length) is longer than an IPv4 address", "give 0 to 32", exit: 64)
        }
        return "\(found.address)/\(length)"
    }

    private func readGateway(_ text: String, into setting: inout RouteSetting) throws(ToolFailure) {
        if throughInterface, AddressText.family(text) == nil {
            setting.interface = text
            return
        }
        guard let family = AddressText.family(text) else {
            throw ToolFailure("\(verb) \(text)", "that is not a gateway's address", "for an interface give: -interface \(text)", exit: 64)
        }
        guard family == setting.family else {
            throw ToolFailure("\(verb) \(text)", "gateway and destination are of two families", "give both IPv4 or both IPv6", exit: 64)
        }
        setting.gateway = text
    }
}
