internal import Wire

// What servers say, and what becomes of a lease.
extension Client4 {
    /// A datagram that arrived at the client's port.
    ///
    /// Anything that is not an answer to the exchange in hand changes nothing.
    public mutating func receive(_ octets: RawSpan, now: Duration) {
        guard let message = try? DHCPv4Message(octets), message.isReply, message.transaction == transaction, copies > 0,
            message.hardware == settings.hardware, isWelcome(message) else { return }
        switch (state, message.kind) {
        case (.selecting, .offer): take(offer: message, now)
        case (.rebooting, .ack), (.requesting, .ack): take(first: message, now)
        case (.renewing, .ack), (.rebinding, .ack): take(renewal: message, now)
        case (.rebooting, .nak), (.requesting, .nak), (.renewing, .nak), (.rebinding, .nak): refused(message, now)
        case (_, _): break
        }
    }

    /// From a server that may be listened to; the one that was asked, where one was. RFC 2131 §4.4.1.
    private func isWelcome(_ message: DHCPv4Message) -> Bool {
        let server = message.options.address(.server)
        if let only = settings.onlyServer, server != only { return false }
        switch state {
        case .requesting: return server == wanted?.server
        case .renewing: return server == nil || server == lease?.server
        case .initial, .rebooting, .selecting, .probing, .bound, .rebinding, .ended: return true
        }
    }

    /// The first offer that is one. RFC 2131 §4.4.1 leaves the choice to the client.
    private mutating func take(offer message: DHCPv4Message, _ now: Duration) {
        guard let offer = Lease(message, began: now) else { return actions.append(.note("an offer that makes no sense was passed over")) }
        wanted = (offer.address, offer.server)
        state = .requesting
        // RFC 2131 §4.4.1: the request has the offer's transaction, and the same start.
        (copies, backoff) = (0, Backoff4())
        advance(to: forceDue(now))
    }

    private mutating func forceDue(_ now: Duration) -> Duration {
        deadline = now
        return now
    }

    private mutating func take(first message: DHCPv4Message, _ now: Duration) {
        guard let fresh = Lease(message, began: sent), fresh.address == wanted?.address else {
            return actions.append(.note("an acknowledgement that makes no sense was passed over"))
        }
        (lease, state, deadline) = (fresh, .probing, nil)
        actions.append(.configure(fresh))
    }

    private mutating func take(renewal message: DHCPv4Message, _ now: Duration) {
        guard var fresh = Lease(message, began: sent), let old = lease, fresh.address == old.address else {
            return actions.append(.note("an acknowledgement that makes no sense was passed over"))
        }
        // What a server does not repeat still holds: not all send every option with a renewal.
        if message.options[.subnetMask] == nil { fresh.prefixLength = old.prefixLength }
        lease = fresh
        actions.append(.renewed(fresh))
        bind(fresh, now)
    }

    mutating func bind(_ lease: Lease, _ now: Duration) {
        state = .bound
        (copies, refusals) = (0, 0)
        wanted = (lease.address, lease.server)
        // A server that gives leases of a second is asked once a second.
        deadline = lease.seconds == nil ? nil : max(lease.began + lease.renewal, now + .seconds(1))
    }

    private mutating func refused(_ message: DHCPv4Message, _ now: Duration) {
        let reason = message.options[.message].map { ": " + Self.printable($0) } ?? ""
        actions.append(.note("refused by \(message.options.address(.server)?.description ?? "a server")\(reason)"))
        if let lease { actions.append(.remove(lease, .refused)) }
        // A server that refuses everything is asked ever more rarely.
        let wait: Duration = refusals == 0 ? .zero : .seconds(min(2 << refusals, 64))
        refusals = min(refusals + 1, 8)
        startOver(now, after: wait)
    }

    /// What a server says may end on a terminal.
    static func printable(_ octets: [UInt8]) -> String {
        String(decoding: octets.prefix(200).map { 0x20..<0x7f ~= $0 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }

    /// Back to INIT, with no address in mind.
    private mutating func startOver(_ now: Duration, after wait: Duration) {
        (lease, wanted, state, copies) = (nil, (.unspecified, nil), .initial, 0)
        deadline = now + wait
    }

    /// RFC 2131 §3.1, step 5: tell the server, and wait at least ten seconds.
    mutating func decline(_ lease: Lease, _ now: Duration) {
        startExchange(now)
        var message = message(.decline, now)
        message.options.set(.requestedAddress, lease.address.value)
        message.options.set(.server, lease.server.value)
        actions.append(.remove(lease, .declined))
        actions.append(.send(message.octets, from: nil, to: .limitedBroadcast))
        declined += 1
        startOver(now, after: .seconds(10))
    }

    /// RFC 2131 §4.4.5: the server alone until T2, then anybody; the next try at half the time left, but a minute at least.
    mutating func renewOrRebind(_ now: Duration) {
        guard let lease, let end = lease.expires else { return deadline = nil }
        guard now < end else { return expire(lease, now) }
        let rebinding = lease.began + lease.rebinding
        if state == .renewing, now >= rebinding { state = .rebinding }
        var message = message(.request, now)
        message.wantsBroadcast = false
        message.clientAddress = lease.address
        (sent, copies) = (now, copies + 1)
        actions.append(.send(message.octets, from: lease.address, to: state == .renewing ? lease.server : .limitedBroadcast))
        let limit = state == .renewing ? rebinding : end
        deadline = min(limit, now + max((limit - now) / 2, .seconds(60)))
    }

    private mutating func expire(_ lease: Lease, _ now: Duration) {
        actions.append(.remove(lease, .expired))
        startOver(now, after: .zero)
    }
}
