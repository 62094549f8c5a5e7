/// What a DHCPv6 message says. RFC 8415 §7.3.
public enum DHCPv6Kind: UInt8, Sendable, CaseIterable {
    case solicit = 1, advertise, request, confirm, renew, rebind, reply, release, decline, reconfigure, informationRequest
}

/// A DHCPv6 message between client and server: read from octets or to be written. RFC 8415 §8. Cold: allocates.
public struct DHCPv6Message: Equatable, Sendable {
    public static let clientPort: UInt16 = 546, serverPort: UInt16 = 547
    /// All servers and relays of a link, ff02::1:2. RFC 8415 §7.1.
    public static let servers = IPv6Address(high: 0xff02_0000_0000_0000, low: 0x1_0002)

    public var kind: DHCPv6Kind
    /// 24 bits.
    public var transaction: UInt32
    public var options: [DHCPv6Option]

    public init(_ kind: DHCPv6Kind, transaction: UInt32, options: [DHCPv6Option] = []) {
        (self.kind, self.transaction, self.options) = (kind, transaction & 0xff_ffff, options)
    }

    /// - Throws: `truncated` for fewer octets than the header, `badValue` for a kind that is none of these (relays' too),
    ///   `badOption` for an option that ends beyond the message or does not hold what it must.
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 4 else { throw .truncated }
        guard let kind = DHCPv6Kind(rawValue: octets.load8(0)) else { throw .badValue }
        self.init(kind, transaction: octets.load32(0), options: try DHCPv6Option.read(octets.from(4)))
    }

    public var octets: [UInt8] {
        [kind.rawValue] + DHCPv6Option.number(transaction).dropFirst() + options.flatMap(\.octets)
    }
}

// What the options of a message say; the first of a kind counts, as each may stand there once. RFC 8415 §21.
extension DHCPv6Message {
    public var client: [UInt8]? { options.lazy.compactMap { if case .client(let identifier) = $0 { identifier } else { nil } }.first }
    public var server: [UInt8]? { options.lazy.compactMap { if case .server(let identifier) = $0 { identifier } else { nil } }.first }
    public var associations: [DHCPv6Association] {
        options.compactMap { if case .association(let association) = $0 { association } else { nil } }
    }
    /// Absent: success. RFC 8415 §21.13.
    public var status: DHCPv6Status {
        options.lazy.compactMap { if case .status(let status, _) = $0 { status } else { nil } }.first ?? .success
    }
    public var preference: UInt8 { options.lazy.compactMap { if case .preference(let value) = $0 { value } else { nil } }.first ?? 0 }
    public var isRapid: Bool { options.contains(.rapidCommit) }
    public var resolvers: [IPv6Address] { options.flatMap { option -> [IPv6Address] in if case .resolvers(let list) = option { list } else { [] } } }
    public var searchList: [String] { options.flatMap { option -> [String] in if case .searchList(let list) = option { list } else { [] } } }
    public var refreshSeconds: UInt32? {
        options.lazy.compactMap { if case .informationRefresh(let seconds) = $0 { seconds } else { nil } }.first
    }
    public var greatestSolicitSeconds: UInt32? {
        options.lazy.compactMap { if case .greatestSolicit(let seconds) = $0 { seconds } else { nil } }.first
    }
    public var greatestInformationSeconds: UInt32? {
        options.lazy.compactMap { if case .greatestInformation(let seconds) = $0 { seconds } else { nil } }.first
    }
}

extension DHCPv6Message: CustomStringConvertible {
    /// `DHCPv6 reply, fd00::7`.
    public var description: String {
        let addresses = associations.flatMap { $0.addresses.map { ", \($0.address)" } }.joined()
        return "DHCPv6 \(kind)\(addresses)" + (status == .success ? "" : ": \(status)")
    }
}
