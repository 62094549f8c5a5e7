public import Wire

/// A DHCPv4 client of one interface. Pure: time and octets in, what to do out. RFC 2131 §4.4, figure 5.
///
/// Times are `Duration`s since any fixed moment, all on one clock that does not jump. After each call, do what
/// ``takeActions()`` gives, and call ``advance(to:)`` at ``deadline``.
public struct Client4: Sendable {
    public struct Settings: Sendable {
        public var hardware: MACAddress
        /// Option 61: hardware type and address unless another is wanted. RFC 2132 §9.14.
        public var identifier: [UInt8]
        public var hostName: String?
        /// Ask for broadcast replies before there is an address.
        public var wantsBroadcast = true
        /// Offers and answers of others do not count.
        public var onlyServer: IPv4Address?
        /// A lease of before: ask whether it still holds. RFC 2131 §4.4.2.
        public var previous: IPv4Address?
        public init(hardware: MACAddress, identifier: [UInt8]? = nil) {
            self.hardware = hardware
            self.identifier = identifier ?? [1] + (0..<6).map { UInt8(truncatingIfNeeded: hardware.value &>> (40 - 8 * $0)) }
        }
    }

    public enum State: String, Sendable {
        case initial, rebooting, selecting, requesting
        /// The lease waits for the stack's word that nobody else has the address.
        case probing
        case bound, renewing, rebinding, ended
    }

    public enum Action: Equatable, Sendable {
        /// To everybody as nobody (`from` nil), to everybody as the holder of an address, or to one server as it.
        case send([UInt8], from: IPv4Address?, to: IPv4Address)
        /// Give the interface the address and probe for it; say what came of it with ``probed(_:now:)``.
        case configure(Lease)
        /// The lease holds for longer, or brings other things.
        case renewed(Lease)
        /// Take everything of the lease away.
        case remove(Lease, LeaseEnd)
        case note(String)
    }

    let settings: Settings
    var dice: Dice
    public internal(set) var state = State.initial
    public internal(set) var lease: Lease?
    /// The offer that is being asked for, or the lease of before.
    var wanted: (address: IPv4Address, server: IPv4Address?)?
    var transaction: UInt32 = 0
    /// When this exchange began, when the last message went, and how often.
    var began = Duration.zero, sent = Duration.zero, copies = 0
    var backoff = Backoff4()
    public internal(set) var deadline: Duration?
    var actions: [Action] = []
    /// Addresses that were declined, one after the other; refusals since the last lease.
    public internal(set) var declined = 0
    var refusals = 0

    /// - Parameter seed: of everything that is random.
    public init(_ settings: Settings, seed: UInt64, now: Duration) {
        self.settings = settings
        dice = Dice(seed: seed)
        // RFC 2131 §4.4.1: hosts that were switched on together do not all speak at once.
        deadline = now + dice.time(.zero, .seconds(1))
    }

    /// What is to be done, in this order; asked for once.
    public mutating func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }

    /// Copies of the message that waits for its answer; 0 while there is nothing to wait for.
    public var unanswered: Int { state == .bound || state == .probing || state == .ended ? 0 : copies }

    /// Lets time pass; nothing happens before ``deadline``.
    public mutating func advance(to now: Duration) {
        guard let due = deadline, due <= now else { return }
        switch state {
        case .initial: begin(now)
        case .rebooting:
            // RFC 2131 §3.2: nobody knows the old lease; after a few tries ask for any.
            if copies >= 3 { discover(now) } else { request(now) }
        case .selecting: discover(now, again: true)
        case .requesting:
            if copies >= 4 { discover(now) } else { request(now) }
        case .probing: deadline = nil
        case .bound:
            state = .renewing
            startExchange(now)
            renewOrRebind(now)
        case .renewing, .rebinding: renewOrRebind(now)
        case .ended: deadline = nil
        }
    }

    /// The stack has found out about a configured address.
    public mutating func probed(isOurs: Bool, now: Duration) {
        guard state == .probing, let lease else { return }
        guard !isOurs else {
            declined = 0
            return bind(lease, now)
        }
        decline(lease, now)
    }

    /// Another station uses an address that was bound: it is given up. RFC 2131 §4.4.4.
    public mutating func lostAddress(now: Duration) {
        guard let lease, [.probing, .bound, .renewing, .rebinding].contains(state) else { return }
        decline(lease, now)
    }

    /// Gives the address back and ends. RFC 2131 §4.4.6. The address may be used until ``takeActions()`` removes it.
    public mutating func release(now: Duration) {
        if let lease, [.bound, .renewing, .rebinding].contains(state) {
            startExchange(now)
            var message = message(.release, now)
            message.clientAddress = lease.address
            message.options.set(.server, lease.server.value)
            actions.append(.send(message.octets, from: lease.address, to: lease.server))
        }
        end(.released)
    }

    /// Ends as if switched off: the server keeps the lease.
    public mutating func stop() { (state, deadline) = (.ended, nil) }

    private mutating func end(_ why: LeaseEnd) {
        if let lease { actions.append(.remove(lease, why)) }
        (lease, state, deadline) = (nil, .ended, nil)
    }
}

// From nothing to an address.
extension Client4 {
    private mutating func begin(_ now: Duration) {
        guard let previous = settings.previous, wanted == nil else { return discover(now) }
        wanted = (previous, nil)
        state = .rebooting
        startExchange(now)
        request(now)
    }

    mutating func startExchange(_ now: Duration) {
        transaction = UInt32(truncatingIfNeeded: dice.next())
        (began, copies, backoff) = (now, 0, Backoff4())
    }

    mutating func discover(_ now: Duration, again: Bool = false) {
        if !again {
            state = .selecting
            wanted = (wanted?.address ?? .unspecified, nil)
            startExchange(now)
        }
        var message = message(.discover, now)
        if let address = wanted?.address, !address.isUnspecified { message.options.set(.requestedAddress, address.value) }
        broadcast(message, now)
        deadline = now + backoff.next(&dice)
    }

    /// Asks for an offer, or for the lease of before. RFC 2131 §4.3.2, table 4.
    private mutating func request(_ now: Duration) {
        guard let wanted else { return discover(now) }
        var message = message(.request, now)
        message.options.set(.requestedAddress, wanted.address.value)
        if let server = wanted.server { message.options.set(.server, server.value) }
        broadcast(message, now)
        deadline = now + backoff.next(&dice)
    }

    private mutating func broadcast(_ message: DHCPv4Message, _ now: Duration) {
        (sent, copies) = (now, copies + 1)
        actions.append(.send(message.octets, from: nil, to: .limitedBroadcast))
    }

    /// With what every message says. RFC 2131 §4.4.1, table 5.
    func message(_ kind: DHCPv4Kind, _ now: Duration) -> DHCPv4Message {
        var message = DHCPv4Message(kind, transaction: transaction, hardware: settings.hardware)
        message.seconds = (now - began).secondsField
        message.options[.clientIdentifier] = settings.identifier
        guard kind != .decline, kind != .release else { return message }
        message.wantsBroadcast = settings.wantsBroadcast
        if let name = settings.hostName { message.options[.hostName] = Array(name.utf8.prefix(255)) }
        message.options[.greatestMessage] = [0x05, 0xc0]
        // RFC 3442: classless routes before routers.
        let wanted: [DHCPv4Options.Code] = [.subnetMask, .classlessRoutes, .routers, .resolvers, .hostName, .domainName, .mtu, .broadcast,
                                            .renewal, .rebinding]
        message.options[.parameters] = wanted.map(\.rawValue)
        return message
    }
}
