public import Wire

/// A DHCPv6 client of one interface: addresses by IA_NA, or information alone. Pure: time and octets in, what to do out.
/// RFC 8415 §18.2.
///
/// Used as ``Client4`` is. Everything is sent to ff02::1:2.
public struct Client6: Sendable {
    public struct Settings: Sendable {
        /// DUID of this client. RFC 8415 §11.
        public var identifier: [UInt8]
        /// IAID: the same for the same interface. RFC 8415 §12.
        public var association: UInt32
        /// Addresses are asked for; else information alone.
        public var isStateful: Bool
        /// Two messages instead of four, where the server can. RFC 8415 §18.2.1.
        public var isRapid = true
        public init(identifier: [UInt8], association: UInt32, isStateful: Bool) {
            (self.identifier, self.association, self.isStateful) = (identifier, association, isStateful)
        }

        /// A DUID of the kind link-layer address. RFC 8415 §11.4.
        public static func identifier(_ hardware: MACAddress) -> [UInt8] {
            [0, 3, 0, 1] + (0..<6).map { UInt8(truncatingIfNeeded: hardware.value &>> (40 - 8 * $0)) }
        }
    }

    public enum State: String, Sendable {
        case initial, soliciting, requesting
        /// The stack looks for duplicates.
        case probing
        case bound, renewing, rebinding, declining, releasing, informing, informed, ended
    }

    public enum Action: Equatable, Sendable {
        case send([UInt8])
        /// Give the interface these addresses; say of each what came of duplicate detection.
        case configure(Lease6)
        /// These lifetimes and this information from now on.
        case renewed(Lease6)
        case remove([IPv6Address], LeaseEnd)
        case information(Information6)
        case note(String)
    }

    let settings: Settings
    public var isStateful: Bool { settings.isStateful }
    var dice: Dice
    public internal(set) var state = State.initial
    public internal(set) var lease: Lease6?
    public internal(set) var information: Information6?
    public internal(set) var deadline: Duration?
    var transaction: UInt32 = 0
    var began = Duration.zero, sent = Duration.zero
    var backoff = Backoff6.solicit
    /// SOL_MAX_RT and INF_MAX_RT, as servers change them. RFC 8415 §21.24, §21.25.
    var greatestSolicit = Duration.seconds(3600), greatestInformation = Duration.seconds(3600)
    /// The best advertisement so far.
    var advertised: (lease: Lease6, preference: UInt8)?
    /// Addresses of whom the stack has not spoken, and those that it found taken.
    var pending: Set<IPv6Address> = [], taken: [IPv6Address] = []
    /// What the interface was given and has not lost again.
    private(set) var configured: [IPv6Address] = []
    var actions: [Action] = []

    public init(_ settings: Settings, seed: UInt64, now: Duration) {
        self.settings = settings
        dice = Dice(seed: seed)
        // SOL_MAX_DELAY, INF_MAX_DELAY. RFC 8415 §7.6.
        deadline = now + dice.time(.zero, .seconds(1))
    }

    public mutating func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }

    /// Lets time pass; nothing happens before ``deadline``.
    public mutating func advance(to now: Duration) {
        guard let due = deadline, due <= now else { return }
        switch state {
        case .initial: settings.isStateful ? solicit(now) : inform(now)
        case .soliciting:
            if let advertised { request(advertised.lease, now) } else { transmit(now) }
        case .requesting, .declining, .releasing: repeatOrGiveUp(now)
        case .bound: exchange(.renewing, .renew, now)
        case .renewing, .rebinding: renewOrRebind(now)
        case .informing: transmit(now)
        case .informed: inform(now)
        case .probing, .ended: deadline = nil
        }
    }

    /// The stack has found out about a configured address.
    public mutating func probed(_ address: IPv6Address, isOurs: Bool, now: Duration) {
        guard state == .probing, pending.remove(address) != nil else { return }
        if !isOurs { taken.append(address) }
        guard pending.isEmpty, let lease else { return }
        taken.isEmpty ? bind(lease, now) : decline(now)
    }

    /// Gives the addresses back; the client has ended when ``state`` says so. RFC 8415 §18.2.7.
    public mutating func release(now: Duration) {
        guard lease != nil, [.bound, .renewing, .rebinding].contains(state) else { return stop() }
        remove(configured, .released)
        exchange(.releasing, .release, now)
    }

    public mutating func stop() { (state, deadline, lease) = (.ended, nil, nil) }
}

// What is sent.
extension Client6 {
    mutating func exchange(_ next: State, _ backoff: Backoff6, _ now: Duration) {
        (state, self.backoff, began) = (next, backoff, now)
        transaction = UInt32(truncatingIfNeeded: dice.next()) & 0xff_ffff
        if next == .renewing || next == .rebinding { renewOrRebind(now) } else { transmit(now) }
    }

    mutating func configure(_ lease: Lease6) {
        configured = lease.addresses.map(\.address)
        actions.append(.configure(lease))
    }

    mutating func remove(_ addresses: [IPv6Address], _ why: LeaseEnd) {
        configured.removeAll(where: addresses.contains)
        if !addresses.isEmpty { actions.append(.remove(addresses, why)) }
    }

    mutating func solicit(_ now: Duration) {
        remove(configured, .expired)
        (lease, advertised, pending, taken) = (nil, nil, [], [])
        var backoff = Backoff6.solicit
        backoff.greatest = greatestSolicit
        exchange(.soliciting, backoff, now)
    }

    mutating func request(_ wanted: Lease6, _ now: Duration) {
        lease = wanted
        advertised = nil
        exchange(.requesting, .request, now)
    }

    mutating func inform(_ now: Duration) {
        var backoff = Backoff6.information
        backoff.greatest = greatestInformation
        exchange(.informing, backoff, now)
    }

    /// RFC 8415 §18.2.7: the addresses that are taken go back to the server as bad.
    private mutating func decline(_ now: Duration) {
        actions.append(.note("taken by another host: " + taken.map(\.description).joined(separator: ", ")))
        remove(configured, .declined)
        lease?.addresses.removeAll { !taken.contains($0.address) }
        exchange(.declining, .decline, now)
    }

    private mutating func repeatOrGiveUp(_ now: Duration) {
        guard backoff.isSpent else { return transmit(now) }
        switch state {
        case .releasing: stop()
        // RFC 8415 §18.2.2: the server that offered is silent; after a decline, begin anew.
        default: solicit(now)
        }
    }

    /// One more copy of what the state asks for.
    mutating func transmit(_ now: Duration) {
        guard let kind = kind else { return deadline = nil }
        sent = now
        actions.append(.send(DHCPv6Message(kind, transaction: transaction, options: options(kind, now)).octets))
        deadline = now + backoff.next(&dice, onlyLater: state == .soliciting)
    }

    private var kind: DHCPv6Kind? {
        switch state {
        case .soliciting: .solicit
        case .requesting: .request
        case .renewing: .renew
        case .rebinding: .rebind
        case .declining: .decline
        case .releasing: .release
        case .informing: .informationRequest
        case .initial, .probing, .bound, .informed, .ended: nil
        }
    }

    private func options(_ kind: DHCPv6Kind, _ now: Duration) -> [DHCPv6Option] {
        let hundredths = UInt16(clamping: (now - began).milliseconds / 10)
        var options: [DHCPv6Option] = [.client(settings.identifier), .elapsed(hundredths: hundredths)]
        if kind == .solicit, settings.isRapid { options.append(.rapidCommit) }
        if kind != .solicit, kind != .rebind, kind != .informationRequest, let lease { options.append(.server(lease.server)) }
        if kind != .decline, kind != .release {
            // RFC 8415 §24: what a client asks for beside DNS.
            options.append(.optionRequest([23, 24] + (kind == .solicit ? [82] : kind == .informationRequest ? [32, 83] : [])))
        }
        if kind != .informationRequest {
            options.append(.association(DHCPv6Association(settings.association, addresses: lease?.addresses.map { DHCPv6Address($0.address) } ?? [])))
        }
        return options
    }

    /// RFC 8415 §18.2.4, §18.2.5.
    mutating func renewOrRebind(_ now: Duration) {
        guard let lease else { return solicit(now) }
        if let end = lease.expires, now >= end { return solicit(now) }
        if state == .renewing, let t2 = lease.rebinding, now >= lease.began + t2 { return exchange(.rebinding, .rebind, now) }
        transmit(now)
        let limit = state == .renewing ? lease.rebinding.map { lease.began + $0 } : lease.expires
        if let limit, let due = deadline { deadline = min(limit, due) }
    }
}
