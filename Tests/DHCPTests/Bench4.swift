@testable import DHCP
import Wire

extension [UInt8] {
    /// The octets as a client takes them.
    var raw: RawSpan {
        @_lifetime(borrow self) get {
            // SAFETY: UInt8 has no padding, so every octet is initialised.
            unsafe span.bytes
        }
    }
}

/// A DHCPv4 client and a server of the test's own in virtual time.
struct Bench4 {
    struct Sent: Equatable {
        var at: Duration
        var message: DHCPv4Message
        var from: IPv4Address?, to: IPv4Address
    }

    static let mac = MACAddress(value: 0x0200_0000_0001), server = IPv4Address(10, 1, 0, 1), address = IPv4Address(10, 1, 0, 7)

    var client: Client4
    var now: Duration = .seconds(100)
    var sent: [Sent] = []
    var actions: [Client4.Action] = []
    /// What the stack says of an address that was configured; nil: nothing yet.
    var probe: (IPv4Address) -> Bool? = { _ in true }
    /// Answers to a message.
    var answers: (DHCPv4Message) -> [[UInt8]] = Bench4.server()

    init(seed: UInt64 = 1, _ change: (inout Client4.Settings) -> Void = { _ in }) {
        var settings = Client4.Settings(hardware: Self.mac)
        change(&settings)
        client = Client4(settings, seed: seed, now: now)
    }

    /// Lets time pass, one deadline after the other.
    mutating func run(_ time: Duration) {
        let end = now + time
        var steps = 0
        while let due = client.deadline, due <= end {
            steps += 1
            precondition(steps < 100_000, "the client never waits")
            now = max(now, due)
            client.advance(to: now)
            act()
        }
        now = end
    }

    mutating func hear(_ message: DHCPv4Message) { hear(message.octets) }

    mutating func hear(_ octets: [UInt8]) {
        client.receive(octets.raw, now: now)
        act()
    }

    mutating func act() {
        for action in client.takeActions() {
            actions.append(action)
            switch action {
            case .send(let octets, let from, let to):
                guard let message = try? DHCPv4Message(octets.raw) else { continue }
                sent.append(Sent(at: now, message: message, from: from, to: to))
                for answer in answers(message) { hear(answer) }
            case .configure(let lease):
                guard let isOurs = probe(lease.address) else { continue }
                client.probed(isOurs: isOurs, now: now)
                act()
            case .renewed, .remove, .note: break
            }
        }
    }

    var kinds: [DHCPv4Kind] { sent.map(\.message.kind) }
    var ends: [LeaseEnd] { actions.compactMap { if case .remove(_, let why) = $0 { why } else { nil } } }

    static func reply(_ kind: DHCPv4Kind, _ to: DHCPv4Message, _ change: (inout DHCPv4Message) -> Void = { _ in }) -> DHCPv4Message {
        var reply = DHCPv4Message(kind, transaction: to.transaction, hardware: to.hardware, isReply: true)
        reply.yourAddress = kind == .nak ? .unspecified : address
        reply.options.set(.server, server.value)
        if kind != .nak {
            reply.options.set(.leaseTime, 3600)
            reply.options.set(.subnetMask, 0xffff_ff00)
            reply.options.set(.routers, [server])
            reply.options.set(.resolvers, [server])
        }
        change(&reply)
        return reply
    }

    /// A server that offers and acknowledges one address.
    static func server(_ change: @escaping (inout DHCPv4Message) -> Void = { _ in }) -> (DHCPv4Message) -> [[UInt8]] {
        { message in
            switch message.kind {
            case .discover: [reply(.offer, message, change).octets]
            case .request: [reply(.ack, message, change).octets]
            case .offer, .decline, .ack, .nak, .release, .inform: []
            }
        }
    }
}
