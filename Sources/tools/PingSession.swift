/// A run of `ping` as a pure machine: time and messages in, text and requests out.
struct PingSession {
    enum Action: Equatable {
        case send(sequence: UInt16)
        case print(String)
        case finish
    }

    let options: PingOptions
    private(set) var statistics = PingStatistics()
    /// When ``timer(_:)`` wants to be called; nanoseconds.
    private(set) var deadline: UInt64
    private let end: UInt64
    /// Requests by sequence number; an entry is replaced when the number comes round again.
    private var requests: [UInt16: Request] = [:]
    private var lastSent: UInt64
    private let data: [UInt8]

    private struct Request {
        var sent: UInt64
        var answered: Bool
    }

    init(_ options: PingOptions, now: UInt64) {
        self.options = options
        deadline = now
        lastSent = now
        end = options.limit.map { now &+ $0 } ?? .max
        data = options.data
    }

    /// The head line.
    var head: String { "PING \(options.host) (\(options.host)): \(options.size) data bytes\n" }

    /// How long the last replies are waited for: a second, or twice the longest round trip seen.
    private var patience: UInt64 { isInterrupted ? 100_000_000 : max(1_000_000_000, 2 &* statistics.longest) }
    private var isInterrupted = false

    private var allSent: Bool { isInterrupted || (options.count.map { statistics.transmitted >= $0 } ?? false) }

    mutating func timer(_ now: UInt64) -> [Action] {
        guard now < end else { return [.finish] }
        guard !allSent else {
            if isInterrupted, statistics.received >= statistics.transmitted { return [.finish] }
            return now >= lastSent &+ patience ? [.finish] : wait(until: lastSent &+ patience)
        }
        guard now >= deadline else { return [] }
        var actions: [Action] = []
        let burst = statistics.transmitted == 0 ? 1 + options.preload : 1
        for _ in 0..<burst where !allSent { actions += request(now) }
        deadline = min(end, now &+ (allSent ? patience : pace))
        return actions
    }

    /// Flood: as fast as replies come back, or a hundred times a second.
    private var pace: UInt64 { options.flood ? 10_000_000 : options.interval }

    private mutating func wait(until time: UInt64) -> [Action] {
        deadline = min(end, time)
        return []
    }

    private mutating func request(_ now: UInt64) -> [Action] {
        let sequence = UInt16(truncatingIfNeeded: statistics.transmitted)
        requests[sequence] = Request(sent: now, answered: false)
        statistics.transmitted += 1
        lastSent = now
        return options.flood && !options.quiet ? [.send(sequence: sequence), .print(".")] : [.send(sequence: sequence)]
    }

    /// The user has had enough: nothing more is sent, and what is on its way has a tenth of a second.
    mutating func interrupt(_ now: UInt64) {
        isInterrupted = true
        deadline = min(deadline, now)
    }

    /// A request could not be handed to the stack.
    mutating func sendFailed(_ why: String) -> [Action] {
        statistics.errors += 1
        return options.quiet ? [] : [.print("ping: sending to \(options.host): \(why)\n")]
    }

    /// An echo reply with our identifier.
    mutating func reply(_ reply: EchoReply, at arrival: UInt64, now: UInt64) -> [Action] {
        guard var request = requests[reply.sequence] else {
            statistics.errors += 1
            return []
        }
        // The stack's time of arrival counts, unless it lies outside what is possible.
        let time = arrival >= request.sent && arrival <= now ? arrival : now
        let roundTrip = time >= request.sent ? time - request.sent : 0
        let duplicate = request.answered
        request.answered = true
        requests[reply.sequence] = request
        let wrong = mismatch(reply.data)
        statistics.count(roundTrip, duplicate: duplicate, corrupted: wrong != nil)
        var actions = text(reply, roundTrip, duplicate, wrong).map { [Action.print($0)] } ?? []
        if options.once || (allSent && statistics.received >= statistics.transmitted) { actions.append(.finish) }
        if options.flood { deadline = min(deadline, now) }
        return actions
    }

    /// The first octet that is not what was sent.
    private func mismatch(_ received: [UInt8]) -> Int? {
        zip(received, data).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    }

    private func text(_ reply: EchoReply, _ roundTrip: UInt64, _ duplicate: Bool, _ wrong: Int?) -> String? {
        guard !options.quiet else { return nil }
        guard !options.flood else { return wrong == nil ? "\u{8}" : "E" }
        var line = "\(reply.data.count + 8) bytes from \(reply.source): icmp_seq=\(reply.sequence) ttl=\(reply.hopLimit)"
        line += " time=\(PingStatistics.milliseconds(roundTrip)) ms"
        if duplicate { line += " (DUP!)" }
        if reply.data.count < data.count { line += " (truncated)" }
        if let wrong {
            line += "\nwrong data byte #\(wrong) should be 0x\(Number.hexadecimal(data[wrong]))"
            line += " but was 0x\(Number.hexadecimal(reply.data[wrong]))"
        }
        return line + "\n"
    }

    /// An ICMP error about a request of ours.
    mutating func error(_ error: EchoError) -> [Action] {
        statistics.errors += 1
        guard !options.quiet else { return [] }
        guard !options.flood else { return [.print("E")] }
        let sequence = error.sequence.map { "icmp_seq=\($0) " } ?? ""
        return [.print("\(error.octets) bytes from \(error.source): \(sequence)\(error.meaning)\n")]
    }

    /// Nothing is known about the request but that it failed.
    mutating func asynchronousError(_ why: String) -> [Action] {
        statistics.errors += 1
        guard !options.quiet else { return [] }
        return [.print(options.flood ? "E" : "ping: \(options.host): \(why)\n")]
    }

    /// What the end prints.
    var summary: String { statistics.text(options.host) }

    /// 0: at least one reply.
    var exit: Int32 { statistics.received > 0 ? Exit.success : Exit.failure }
}

/// An echo reply to a request of ours.
struct EchoReply: Equatable {
    var source: String
    var hopLimit: UInt8
    var sequence: UInt16
    var data: [UInt8]
}

/// An ICMP error that quotes a request of ours.
struct EchoError: Equatable {
    var source: String
    /// Octets of the message.
    var octets: Int
    /// `Destination Host Unreachable`.
    var meaning: String
    var sequence: UInt16?
}
