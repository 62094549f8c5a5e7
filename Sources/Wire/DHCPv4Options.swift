/// The options of a DHCP message by code, in the order in which they came. RFC 2132.
public struct DHCPv4Options: Equatable, Sendable {
    public struct Code: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        init(_ rawValue: UInt8) { self.rawValue = rawValue }
        public static let subnetMask = Code(1), routers = Code(3), resolvers = Code(6), hostName = Code(12), domainName = Code(15)
        public static let mtu = Code(26), broadcast = Code(28), requestedAddress = Code(50), leaseTime = Code(51)
        public static let overload = Code(52), kind = Code(53), server = Code(54), parameters = Code(55), message = Code(56)
        public static let greatestMessage = Code(57), renewal = Code(58), rebinding = Code(59), clientIdentifier = Code(61)
        /// RFC 3442.
        public static let classlessRoutes = Code(121)
    }

    private var entries: [(code: Code, content: [UInt8])] = []
    public init() {}

    public static func == (a: Self, b: Self) -> Bool { a.entries.elementsEqual(b.entries, by: ==) }

    /// An option's octets; nil when it is absent. Setting replaces.
    public subscript(code: Code) -> [UInt8]? {
        get { entries.first { $0.code == code }?.content }
        set {
            let place = entries.firstIndex { $0.code == code }
            switch (place, newValue) {
            case (let place?, let content?): entries[place].content = content
            case (let place?, nil): entries.remove(at: place)
            case (nil, let content?): entries.append((code, content))
            case (nil, nil): break
            }
        }
    }

    /// Which there are.
    public var codes: [Code] { entries.map(\.code) }

    /// Takes the options of one field; what comes in several parts is joined. RFC 3396 §7.
    mutating func read(_ field: RawSpan) throws(WireError) {
        var offset = 0
        while offset < field.byteCount {
            let code = field.load8(offset)
            offset &+= 1
            if code == 0 { continue }
            if code == 255 { return }
            guard offset < field.byteCount else { throw .badOption }
            let length = Int(field.load8(offset))
            offset &+= 1
            guard length <= field.byteCount &- offset else { throw .badOption }
            self[Code(code)] = (self[Code(code)] ?? []) + (offset..<(offset &+ length)).map { field.load8($0) }
            offset &+= length
        }
    }

    /// As they travel, without the end; what is longer than 255 octets goes in parts.
    var octets: [UInt8] {
        entries.flatMap { entry -> [UInt8] in
            guard entry.content.count > 255 else { return [entry.code.rawValue, UInt8(entry.content.count)] + entry.content }
            return stride(from: 0, to: entry.content.count, by: 255).flatMap { start -> [UInt8] in
                let part = entry.content[start..<min(start + 255, entry.content.count)]
                return [entry.code.rawValue, UInt8(part.count)] + part
            }
        }
    }
}

// What is in an option; nil, as if absent, where its length is not its own.
extension DHCPv4Options {
    public func number(_ code: Code) -> UInt32? {
        guard let content = self[code], content.count == 4 else { return nil }
        return content.reduce(0) { $0 &<< 8 | UInt32($1) }
    }

    public mutating func set(_ code: Code, _ number: UInt32) {
        self[code] = (0..<4).map { UInt8(truncatingIfNeeded: number &>> (24 &- 8 &* $0)) }
    }

    public func address(_ code: Code) -> IPv4Address? { number(code).map { IPv4Address($0) } }

    /// One or more addresses; an incomplete last one makes the option void.
    public func addresses(_ code: Code) -> [IPv4Address] {
        guard let content = self[code], !content.isEmpty, content.count % 4 == 0 else { return [] }
        return stride(from: 0, to: content.count, by: 4).map { IPv4Address(content[$0], content[$0 + 1], content[$0 + 2], content[$0 + 3]) }
    }

    public mutating func set(_ code: Code, _ addresses: [IPv4Address]) {
        self[code] = addresses.flatMap { address in (0..<4).map { UInt8(truncatingIfNeeded: address.value &>> (24 &- 8 &* $0)) } }
    }

    /// At least 68 octets. RFC 2132 §5.1.
    public var mtu: Int? {
        guard let content = self[.mtu], content.count == 2 else { return nil }
        let octets = Int(content[0]) << 8 | Int(content[1])
        return octets >= 68 ? octets : nil
    }

    /// A host's or domain's name, fit for a configuration file.
    public func name(_ code: Code) -> String? { self[code].flatMap(DomainNames.name(text:)) }

    /// A route of RFC 3442; router 0.0.0.0: the destination is on the link.
    public struct Route: Equatable, Sendable {
        public var destination: IPv4Prefix
        public var router: IPv4Address
        public init(_ destination: IPv4Prefix, _ router: IPv4Address) { (self.destination, self.router) = (destination, router) }
    }

    /// Destinations are as many octets as their length needs, and cut at it. RFC 3442.
    /// - Returns: nil when the option is absent or void.
    public var classlessRoutes: [Route]? {
        guard let content = self[.classlessRoutes], !content.isEmpty else { return nil }
        var routes: [Route] = [], offset = 0
        while offset < content.count {
            let length = Int(content[offset]), significant = (length + 7) / 8
            guard length <= 32, content.count - offset >= 1 + significant + 4 else { return nil }
            func number(_ start: Int, _ count: Int) -> UInt32 {
                (0..<4).reduce(0) { $0 &<< 8 | ($1 < count ? UInt32(content[start + $1]) : 0) }
            }
            guard let prefix = IPv4Prefix(IPv4Address(number(offset + 1, significant)), length: length) else { return nil }
            routes.append(Route(prefix.networkPrefix, IPv4Address(number(offset + 1 + significant, 4))))
            offset += 1 + significant + 4
        }
        return routes
    }
}
