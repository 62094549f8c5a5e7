internal import Wire

extension CableSpecification {
    static let kinds = "nic:NAME, switch:NAME, tap:NAME, peer:ADDRESS/LENGTH, seqpacket:PATH, stream:PATH or pcap:FILE"

    /// Reads a cable's specification.
    ///
    /// - Throws: a sentence that names the word that is wrong.
    public init(_ text: String) throws(CableFailure) {
        guard text.utf8.count <= 4096 else {
            throw CableFailure("cable", "the specification is longer than 4096 octets", fix: "shorten it")
        }
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let head = words[0]
        guard let colon = head.firstIndex(of: ":") else {
            throw CableFailure("cable \(head)", "there is no kind before a colon", fix: "write \(Self.kinds)")
        }
        let argument = String(head[head.index(after: colon)...])
        var options = try CableOptions(words.dropFirst(), of: head)
        let kind = try Self.kind(String(head[..<colon]), argument, head: head, options: &options)
        self.init(kind: kind, text: text)
        (transmit, receive, seed) = try options.impairments()
        capture = options.take("capture")
        try options.refuseRest()
    }

    /// Reads impairments alone: `loss=1%,rx-delay=5ms,seed=7`; empty: none.
    public static func impairments(_ text: String) throws(CableFailure) -> (transmit: Impairments, receive: Impairments, seed: UInt64) {
        let words = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var options = try CableOptions(words, of: "impairments")
        let impairments = try options.impairments()
        try options.refuseRest()
        return impairments
    }

    private static func kind(_ name: String, _ argument: String, head: String, options: inout CableOptions) throws(CableFailure) -> Kind {
        guard !argument.isEmpty else {
            throw CableFailure("cable \(head)", "nothing follows the colon", fix: "write \(kinds)")
        }
        switch name {
        case "nic": return .nic(try checkName(argument, head))
        case "switch": return .switch(try checkName(argument, head))
        case "tap": return .tap(try checkInterface(argument, head))
        case "peer": return .peer(try peer(argument, head, &options))
        case "seqpacket": return .seqpacket(path: try checkPath(argument, head))
        case "stream": return .stream(path: try checkPath(argument, head))
        case "pcap": return .replay(try replay(argument, &options))
        default: throw CableFailure("cable \(head)", "there is no kind “\(name)”", fix: "write \(kinds)")
        }
    }

    /// Names of NICs and switches become names of folders.
    public static func isName(_ name: String) -> Bool {
        let letters = name.utf8
        guard letters.count >= 1, letters.count <= 32, name != ".", name != ".." else { return false }
        return letters.allSatisfy { letter in
            switch letter {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
    }

    private static func checkName(_ name: String, _ head: String) throws(CableFailure) -> String {
        guard isName(name) else {
            throw CableFailure("cable \(head)", "“\(name)” is no name", fix: "use 1 to 32 letters, digits, - _ or .")
        }
        return name
    }

    /// IFNAMSIZ is 16 with the final zero.
    private static func checkInterface(_ name: String, _ head: String) throws(CableFailure) -> String {
        guard isName(name), name.utf8.count <= 15 else {
            throw CableFailure("cable \(head)", "“\(name)” is no interface name", fix: "use 1 to 15 letters, digits, - _ or .")
        }
        return name
    }

    private static func checkPath(_ path: String, _ head: String) throws(CableFailure) -> String {
        guard path.utf8.count <= 1024 else {
            throw CableFailure("cable \(head.prefix(40))…", "the path is longer than 1024 octets", fix: "shorten it")
        }
        return path
    }

    private static func peer(_ argument: String, _ head: String, _ options: inout CableOptions) throws(CableFailure) -> PeerSpecification {
        guard let address = IPv4Prefix(argument) else {
            throw CableFailure("cable \(head)", "“\(argument)” is no IPv4 address with a prefix length", fix: "write peer:10.1.0.1/24")
        }
        // Locally administered, and the same for the same address every time.
        var mac = MACAddress(value: 0x0200_0000_0000 | UInt64(address.address.value))
        if let text = options.take("mac") {
            guard let given = MACAddress(text), given.isStation else { throw options.bad("mac", text, "write mac=02:00:00:00:00:01") }
            mac = given
        }
        var address6: IPv6Prefix?
        if let text = options.take("v6") {
            guard let given = IPv6Prefix(text) else { throw options.bad("v6", text, "write v6=fd00::1/64") }
            address6 = given
        }
        return PeerSpecification(address: address, mac: mac, address6: address6)
    }

    private static func replay(_ argument: String, _ options: inout CableOptions) throws(CableFailure) -> ReplaySpecification {
        var replay = ReplaySpecification(path: argument)
        if let text = options.take("pace") {
            guard text == "original" || text == "maximum" else { throw options.bad("pace", text, "write pace=original or pace=maximum") }
            replay.originalPace = text == "original"
        }
        if let text = options.take("count") {
            guard let count = UInt64(text), count > 0 else { throw options.bad("count", text, "write the number of frames, 1 or more") }
            replay.count = count
        }
        replay.after = try options.duration("after") ?? replay.after
        return replay
    }
}
