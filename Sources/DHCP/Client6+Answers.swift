internal import Wire

// What servers say. RFC 8415 §16, §18.2.9, §18.2.10.
extension Client6 {
    /// A datagram that arrived at the client's port.
    ///
    /// Anything that is not an answer to the exchange in hand changes nothing.
    public mutating func receive(_ octets: RawSpan, now: Duration) {
        guard let message = try? DHCPv6Message(octets), message.transaction == transaction, message.client == settings.identifier,
            let server = message.server else { return }
        takeLimits(message)
        switch (state, message.kind) {
        case (.soliciting, .advertise): take(advertisement: message, now)
        case (.soliciting, .reply) where settings.isRapid && message.isRapid: take(first: message, now)
        case (.requesting, .reply) where server == lease?.server: take(first: message, now)
        case (.renewing, .reply) where server == lease?.server: take(renewal: message, now)
        case (.rebinding, .reply): take(renewal: message, now)
        case (.informing, .reply): take(information: message, now)
        case (.releasing, .reply): stop()
        case (.declining, .reply): solicit(now)
        case (_, _): break
        }
    }

    /// Between a minute and a day; anything else is ignored. RFC 8415 §21.24.
    private mutating func takeLimits(_ message: DHCPv6Message) {
        if let seconds = message.greatestSolicitSeconds, 60...86_400 ~= seconds { greatestSolicit = .seconds(Int64(seconds)) }
        if let seconds = message.greatestInformationSeconds, 60...86_400 ~= seconds { greatestInformation = .seconds(Int64(seconds)) }
        if state == .soliciting { backoff.greatest = greatestSolicit }
    }

    /// RFC 8415 §18.2.9: the best of the first round, or the first later on; preference 255 at once.
    private mutating func take(advertisement message: DHCPv6Message, _ now: Duration) {
        guard message.status == .success, let offer = Lease6(message, association: settings.association, began: now) else { return }
        if advertised == nil || message.preference > (advertised?.preference ?? 0) { advertised = (offer, message.preference) }
        if message.preference == 255 || backoff.sent > 1 { request(offer, now) }
    }

    private mutating func take(first message: DHCPv6Message, _ now: Duration) {
        guard let fresh = Lease6(message, association: settings.association, began: sent), message.status == .success else {
            return refused(message, now)
        }
        lease = fresh
        (state, deadline) = (.probing, nil)
        (pending, taken) = (Set(fresh.addresses.map(\.address)), [])
        configure(fresh)
    }

    /// RFC 8415 §18.2.10.1: some refusals are worth another try, the others begin anew.
    private mutating func refused(_ message: DHCPv6Message, _ now: Duration) {
        let inner = message.associations.first { $0.identifier == settings.association }?.status ?? .success
        let status = message.status == .success ? inner : message.status
        if status == .success || status == .unspecified { return } // The next copy goes when it is due.
        actions.append(.note("refused: \(status)"))
        remove(configured, .refused)
        (state, advertised, lease) = (.initial, nil, nil)
        // Not at once: the answer may be the same for long.
        deadline = now + dice.time(.seconds(1), .seconds(10))
    }

    private mutating func take(renewal message: DHCPv6Message, _ now: Duration) {
        guard var held = lease, message.status == .success else { return }
        let association = message.associations.first { $0.identifier == settings.association }
        if association?.status == .noBinding { // The server has forgotten us: ask anew, still with the addresses.
            if let server = message.server { held.server = server }
            return request(held, now)
        }
        // RFC 8415 §18.2.10.1: what is given a life of nothing goes at once; what is not mentioned keeps its own.
        let gone = association?.addresses.filter { $0.validSeconds == 0 }.map(\.address) ?? []
        remove(held.addresses.map(\.address).filter(gone.contains), .expired)
        held.addresses.removeAll { gone.contains($0.address) }
        guard !held.addresses.isEmpty else { return solicit(now) }
        guard let fresh = Lease6(message, association: settings.association, began: sent) else {
            return lease = held
        }
        let known = Set(held.addresses.map(\.address)), added = fresh.addresses.filter { !known.contains($0.address) }
        guard added.isEmpty else { // Another address: it has to be looked after like a first one.
            let given = Set(fresh.addresses.map(\.address))
            remove(held.addresses.map(\.address).filter { !given.contains($0) }, .expired)
            return take(first: message, now)
        }
        lease = fresh
        actions.append(.renewed(fresh))
        bind(fresh, now)
    }

    mutating func bind(_ lease: Lease6, _ now: Duration) {
        (state, information) = (.bound, lease.information)
        let first = lease.renewal.map { lease.began + $0 } ?? lease.expires
        deadline = first.map { max($0, now + .seconds(1)) }
    }

    /// IRT_DEFAULT is a day, IRT_MINIMUM ten minutes. RFC 8415 §7.6, §21.23.
    private mutating func take(information message: DHCPv6Message, _ now: Duration) {
        guard message.status == .success else { return }
        let fresh = Information6(message)
        (information, state) = (fresh, .informed)
        let seconds = message.refreshSeconds ?? 86_400
        deadline = seconds == .max ? nil : now + .seconds(Int64(max(seconds, 600)))
        actions.append(.information(fresh))
    }
}
