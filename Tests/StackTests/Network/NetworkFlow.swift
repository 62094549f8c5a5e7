import Glibc
@testable import Stack
import Testing

/// Octets in one direction of a connection, every one compared with what was to come.
struct NetworkFlow {
    let sender: StreamID, receiver: StreamID
    let from: SimulatedNetwork.Side
    /// Octets asked for, written, and read and compared.
    var wanted = 0, written = 0, read = 0
    var isRight = true

    /// Long enough for any slice that is asked for; its period is a prime, so that no misplacement by whole pages hides.
    static let period = 65521
    static let pattern: [UInt8] = (0..<(period + 65536)).map { k in
        let n = k % period
        return UInt8(truncatingIfNeeded: n &* 31 &+ n >> 8 &+ n >> 3)
    }
}

extension SimulatedNetwork {
    /// B listens at `port`, A connects from `port` + 10,000: both ends.
    func connect(port: UInt16 = 80, _ options: StreamOptions = StreamOptions(), listening: StreamOptions = StreamOptions()) throws -> (a: StreamID, b: StreamID) {
        let listener = try b.openStream()
        try b.setStreamOptions(listener, listening)
        try b.bindStream(listener, to: .anyIPv4(port))
        try b.listen(listener, backlog: 16)
        let client = try a.openStream()
        try a.setStreamOptions(client, options)
        try a.bindStream(client, to: EndpointAddress(IPAddress(Lab.addressA), port + 10_000))
        try a.connectStream(client, to: EndpointAddress(IPAddress(Lab.addressB), port), now: now)
        for _ in 0..<300 {
            run(.seconds(1))
            guard let accepted = b.accept(listener) else { continue }
            b.closeStream(listener, now: now)
            return (client, accepted)
        }
        throw NetworkFailure(description: "no connection came to be; \(replay)")
    }

    func flow(_ ends: (a: StreamID, b: StreamID), from side: Side) -> NetworkFlow {
        side == .a ? NetworkFlow(sender: ends.a, receiver: ends.b, from: .a) : NetworkFlow(sender: ends.b, receiver: ends.a, from: .b)
    }

    /// Writes what may be written, reads and compares what has come.
    func pump(_ flow: inout NetworkFlow) {
        while flow.written < flow.wanted {
            let offset = flow.written % NetworkFlow.period, most = min(flow.wanted - flow.written, 65536)
            let taken = unsafe NetworkFlow.pattern.withUnsafeBytes { octets in
                let part = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: octets[offset..<(offset + most)]))
                return flow.from == .a ? a.write(flow.sender, part, now: now) : b.write(flow.sender, part, now: now)
            }
            flow.written += taken
            if taken < most { break }
        }
        var (read, isRight) = (flow.read, flow.isRight)
        let look: (UnsafeBufferPointer<StreamSpan>) -> Int = { spans in
            var count = 0
            for k in 0..<spans.count {
                let span = unsafe spans[k]
                let part = min(span.octets, 65536)
                let same = unsafe NetworkFlow.pattern.withUnsafeBytes { unsafe memcmp(span.start, $0.baseAddress! + read % NetworkFlow.period, part) == 0 }
                if !same { isRight = false }
                read += part
                count += part
                if part < span.octets { break }
            }
            return count
        }
        while true {
            let taken = unsafe flow.from == .a ? b.read(flow.receiver, most: 1 << 20, now: now, look) : a.read(flow.receiver, most: 1 << 20, now: now, look)
            if taken == 0 { break }
        }
        (flow.read, flow.isRight) = (read, isRight)
    }

    /// Carries `octets` more of each flow, for at most `limit`.
    func transfer(_ octets: Int, _ flows: inout [NetworkFlow], limit: Interval, _ location: SourceLocation = #_sourceLocation) {
        for k in flows.indices { flows[k].wanted += octets }
        let end = now + limit
        while flows.contains(where: { $0.read < $0.wanted }), now < end {
            for k in flows.indices { pump(&flows[k]) }
            step(until: end)
        }
        for flow in flows {
            #expect(flow.isRight, "other octets than were written; \(replay)", sourceLocation: location)
            #expect(flow.read == flow.wanted, "\(flow.read) of \(flow.wanted) octets came; \(ends(of: flow)); \(replay)", sourceLocation: location)
        }
    }

    private func ends(of flow: NetworkFlow) -> String {
        func text(_ condition: StreamCondition?) -> String { condition.map { "\($0.state) \($0.error.map { "\($0)" } ?? "")" } ?? "gone" }
        return flow.from == .a
            ? "A \(text(a.streamCondition(flow.sender))), B \(text(b.streamCondition(flow.receiver)))"
            : "B \(text(b.streamCondition(flow.sender))), A \(text(a.streamCondition(flow.receiver)))"
    }

    /// Both ends close, and all that remains of them passes away.
    func finish(_ ends: (a: StreamID, b: StreamID)) {
        a.closeStream(ends.a, now: now)
        run(.seconds(1))
        b.closeStream(ends.b, now: now)
        run(.seconds(400))
    }
}

struct NetworkFailure: Error, CustomStringConvertible { var description: String }
