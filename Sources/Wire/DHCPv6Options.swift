/// How a server answers. RFC 8415 §21.13.
public struct DHCPv6Status: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let success = Self(rawValue: 0), unspecified = Self(rawValue: 1), noAddresses = Self(rawValue: 2)
    public static let noBinding = Self(rawValue: 3), notOnLink = Self(rawValue: 4), useMulticast = Self(rawValue: 5)

    public var description: String {
        let names = ["success", "unspecified failure", "no addresses", "no binding", "not on link", "use multicast"]
        return Int(rawValue) < names.count ? names[Int(rawValue)] : "status \(rawValue)"
    }
}

/// An address of an association. RFC 8415 §21.6.
public struct DHCPv6Address: Equatable, Sendable {
    public var address: IPv6Address
    /// 0xffffffff is for ever.
    public var preferredSeconds: UInt32, validSeconds: UInt32
    public var status: DHCPv6Status
    public init(_ address: IPv6Address, preferredSeconds: UInt32 = 0, validSeconds: UInt32 = 0, status: DHCPv6Status = .success) {
        (self.address, self.preferredSeconds, self.validSeconds) = (address, preferredSeconds, validSeconds)
        self.status = status
    }
}

/// Addresses that one interface is given together: IA_NA. RFC 8415 §21.4.
public struct DHCPv6Association: Equatable, Sendable {
    public var identifier: UInt32
    /// Zero: the client chooses.
    public var renewSeconds: UInt32, rebindSeconds: UInt32
    public var addresses: [DHCPv6Address]
    public var status: DHCPv6Status
    public init(_ identifier: UInt32, renewSeconds: UInt32 = 0, rebindSeconds: UInt32 = 0, addresses: [DHCPv6Address] = [],
                status: DHCPv6Status = .success) {
        (self.identifier, self.renewSeconds, self.rebindSeconds) = (identifier, renewSeconds, rebindSeconds)
        (self.addresses, self.status) = (addresses, status)
    }
}

/// One option. RFC 8415 §21, RFC 3646.
public enum DHCPv6Option: Equatable, Sendable {
    /// A DUID: 1 to 130 octets. RFC 8415 §11.1.
    case client([UInt8]), server([UInt8])
    case association(DHCPv6Association)
    case optionRequest([UInt16])
    case preference(UInt8)
    case elapsed(hundredths: UInt16)
    case status(DHCPv6Status, String)
    case rapidCommit
    case resolvers([IPv6Address])
    case searchList([String])
    case informationRefresh(seconds: UInt32)
    case greatestSolicit(seconds: UInt32), greatestInformation(seconds: UInt32)
    case other(UInt16, [UInt8])

    /// Only inside an association.
    static let addressCode: UInt16 = 5, statusCode: UInt16 = 13

    public var code: UInt16 {
        switch self {
        case .client: 1
        case .server: 2
        case .association: 3
        case .optionRequest: 6
        case .preference: 7
        case .elapsed: 8
        case .status: Self.statusCode
        case .rapidCommit: 14
        case .resolvers: 23
        case .searchList: 24
        case .informationRefresh: 32
        case .greatestSolicit: 82
        case .greatestInformation: 83
        case .other(let code, _): code
        }
    }
}

// Reading.
extension DHCPv6Option {
    static func read(_ field: RawSpan) throws(WireError) -> [Self] {
        var options: [Self] = []
        try walk(field) { code, content throws(WireError) in options.append(try Self(code, content)) }
        return options
    }

    private static func walk(_ field: RawSpan, _ body: (UInt16, RawSpan) throws(WireError) -> Void) throws(WireError) {
        var offset = 0
        while offset < field.byteCount {
            guard field.byteCount &- offset >= 4 else { throw .badOption }
            let code = field.load16(offset), length = Int(field.load16(offset &+ 2))
            offset &+= 4
            guard length <= field.byteCount &- offset else { throw .badOption }
            try body(code, field.part(offset, offset &+ length))
            offset &+= length
        }
    }

    private static func array(_ content: RawSpan) -> [UInt8] { (0..<content.byteCount).map { content.load8($0) } }

    private init(_ code: UInt16, _ content: RawSpan) throws(WireError) {
        let count = content.byteCount
        func require(_ holds: Bool) throws(WireError) { if !holds { throw .badOption } }
        switch code {
        case 1, 2:
            try require(3...130 ~= count)
            self = code == 1 ? .client(Self.array(content)) : .server(Self.array(content))
        case 3: self = .association(try Self.association(content))
        case 6:
            try require(count % 2 == 0)
            self = .optionRequest(stride(from: 0, to: count, by: 2).map { content.load16($0) })
        case 7:
            try require(count == 1)
            self = .preference(content.load8(0))
        case 8:
            try require(count == 2)
            self = .elapsed(hundredths: content.load16(0))
        case Self.statusCode:
            try require(count >= 2)
            self = .status(DHCPv6Status(rawValue: content.load16(0)), String(decoding: Self.array(content.from(2)), as: UTF8.self))
        case 14:
            try require(count == 0)
            self = .rapidCommit
        case 23:
            try require(count > 0 && count % 16 == 0)
            self = .resolvers(stride(from: 0, to: count, by: 16).map { content.loadIPv6($0) })
        // A name that may not reach a resolver's file makes that option void, not the lease.
        case 24: self = (try? DomainNames.read(content)).map(Self.searchList) ?? .other(code, Self.array(content))
        case 32, 82, 83:
            try require(count == 4)
            let seconds = content.load32(0)
            self = code == 32 ? .informationRefresh(seconds: seconds) : code == 82 ? .greatestSolicit(seconds: seconds) : .greatestInformation(seconds: seconds)
        default: self = .other(code, Self.array(content))
        }
    }

    private static func association(_ content: RawSpan) throws(WireError) -> DHCPv6Association {
        guard content.byteCount >= 12 else { throw .badOption }
        var association = DHCPv6Association(content.load32(0), renewSeconds: content.load32(4), rebindSeconds: content.load32(8))
        try walk(content.from(12)) { code, inner throws(WireError) in
            switch code {
            case addressCode: association.addresses.append(try address(inner))
            case statusCode: association.status = try status(inner)
            default: break
            }
        }
        return association
    }

    private static func address(_ content: RawSpan) throws(WireError) -> DHCPv6Address {
        guard content.byteCount >= 24 else { throw .badOption }
        var address = DHCPv6Address(content.loadIPv6(0), preferredSeconds: content.load32(16), validSeconds: content.load32(20))
        try walk(content.from(24)) { code, inner throws(WireError) in
            if code == statusCode { address.status = try status(inner) }
        }
        return address
    }

    private static func status(_ content: RawSpan) throws(WireError) -> DHCPv6Status {
        guard content.byteCount >= 2 else { throw .badOption }
        return DHCPv6Status(rawValue: content.load16(0))
    }
}

// Writing.
extension DHCPv6Option {
    static func number<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        (0..<(T.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> (T.bitWidth - 8 - 8 * $0)) }
    }

    static func wrap(_ code: UInt16, _ content: [UInt8]) -> [UInt8] { number(code) + number(UInt16(content.count)) + content }

    var octets: [UInt8] { Self.wrap(code, content) }

    private var content: [UInt8] {
        switch self {
        case .client(let identifier), .server(let identifier): identifier
        case .association(let association): Self.content(association)
        case .optionRequest(let codes): codes.flatMap(Self.number)
        case .preference(let value): [value]
        case .elapsed(let hundredths): Self.number(hundredths)
        case .status(let status, let text): Self.number(status.rawValue) + Array(text.utf8)
        case .rapidCommit: []
        case .resolvers(let addresses): addresses.flatMap(Self.octets)
        case .searchList(let names): names.flatMap(DomainNames.labels)
        case .informationRefresh(let seconds), .greatestSolicit(let seconds), .greatestInformation(let seconds): Self.number(seconds)
        case .other(_, let octets): octets
        }
    }

    private static func octets(_ address: IPv6Address) -> [UInt8] { number(address.high) + number(address.low) }

    private static func content(_ association: DHCPv6Association) -> [UInt8] {
        var out = number(association.identifier) + number(association.renewSeconds) + number(association.rebindSeconds)
        for one in association.addresses {
            let status = one.status == .success ? [] : wrap(statusCode, number(one.status.rawValue))
            out += wrap(addressCode, octets(one.address) + number(one.preferredSeconds) + number(one.validSeconds) + status)
        }
        if association.status != .success { out += wrap(statusCode, number(association.status.rawValue)) }
        return out
    }
}
