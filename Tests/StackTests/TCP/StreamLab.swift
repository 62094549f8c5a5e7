import Rings
@testable import Stack
import Testing
import Wire

// Streams between the laboratory's two stacks: A opens, B listens.
extension Lab {
    static let port: UInt16 = 80

    /// B listens, A connects, both ends are there.
    func connected(
        _ options: StreamOptions = StreamOptions(), listener listening: StreamOptions = StreamOptions(), wait: Interval = .seconds(5)
    ) throws -> (a: StreamID, b: StreamID) {
        let listener = try b.openStream()
        try b.setStreamOptions(listener, listening)
        try b.bindStream(listener, to: .anyIPv4(Self.port))
        try b.listen(listener, backlog: 16)
        let client = try a.openStream()
        try a.setStreamOptions(client, options)
        try a.connectStream(client, to: EndpointAddress(IPAddress(Self.addressB), Self.port), now: now)
        run(wait)
        let accepted = b.accept(listener)
        return (client, try #require(accepted))
    }

    /// Sends `octets` from A to B and reads them there as they come, for at most `limit` of virtual time.
    /// - Returns: what arrived.
    func transfer(_ octets: [UInt8], from sender: StreamID, to receiver: StreamID, limit: Interval) -> [UInt8] {
        var sent = 0, received: [UInt8] = []
        received.reserveCapacity(octets.count)
        let end = now + limit
        while received.count < octets.count, now < end {
            if sent < octets.count {
                sent += a.write(sender, Array(octets[sent..<min(sent + 65536, octets.count)]), now: now)
            }
            step(until: end)
            received += b.readAll(receiver, now: now)
        }
        return received
    }

    /// A megabyte with `percent` of A's and B's frames lost arrives whole, and little more is sent again than was lost.
    func expectRecovery(from sender: StreamID, to receiver: StreamID, percent: Int) {
        var chance = RandomSource(seed: UInt64(percent)), lost = 0
        loses = { _ in
            guard chance.below(100) < UInt64(percent) else { return false }
            lost += 1
            return true
        }
        let octets = [UInt8].pattern(1 << 20)
        #expect(transfer(octets, from: sender, to: receiver, limit: .seconds(3600)) == octets)
        let again = Int(a.streams[sender.position].recovery.totals.retransmitted)
        #expect(lost > 3 && again <= 3 * lost, "\(lost) frames were lost, \(again) segments sent again")
        expectBalance()
    }

    /// Carries what waits, and lets time pass to the next deadline.
    func step(until end: Interval) { step(until: now + end) }

    func step(until end: Instant) {
        exchange()
        let next = [a.advance(to: now), b.advance(to: now)].compactMap { $0 }.min() ?? end
        if a.transmitCount(on: em) + b.transmitCount(on: em) == 0 { now = max(now, min(next, end)) }
    }
}

extension Stack {
    /// Everything that waits.
    mutating func readAll(_ id: StreamID, now: Instant) -> [UInt8] {
        var octets: [UInt8] = []
        while streamReadable(id) > 0 {
            let taken = unsafe read(id, most: 1 << 20, now: now) { spans in
                for k in 0..<spans.count {
                    unsafe octets.append(contentsOf: UnsafeRawBufferPointer(start: spans[k].start, count: spans[k].octets))
                }
                return unsafe spans.reduce(0) { $0 + $1.octets }
            }
            guard taken > 0 else { break }
        }
        return octets
    }

    mutating func write(_ id: StreamID, _ octets: [UInt8], now: Instant) -> Int {
        unsafe octets.withUnsafeBytes { unsafe write(id, RawSpan(_unsafeBytes: $0), now: now) }
    }
}
