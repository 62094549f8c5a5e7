import Rings
@testable import Stack
import Testing
import Wire

/// A connection's life as a script: what the peer sends, what must come back, what the owner does, and how time passes.
///
///     listen                      A listens on port 80; `connect` opens to the peer instead
///     < S 1000 win 65535 mss 1460
///     > S. 0 ack 1001             the next segment must be this one; `>` looks no further than now
///     < . 1001 ack 1 win 500
///     accept
///     write 100                   also: read N, close, shutdown, abort, deaf, urgent
///     > P. 1:101 ack 1001
///     quiet 30ms                  nothing may leave meanwhile
///     wait 200ms                  something may; `skip` takes all that has left without a look
///     state ESTABLISHED           also: readable N, error reset, gone, pending N (urgent octets), advice timedOut
///     events streamAdvised        what the owner has heard since the last `events`, in order; none
///     drops tcpDuplicate 1        one of the reasons for which segments are lost has gone up by this much
///
/// Octets that the peer sends, and that the owner writes, are a pattern by number; what arrives is compared with it.
final class PacketScript {
    let lab: Lab
    private(set) var stream: StreamID?
    private var listener: StreamID?
    private var initial: UInt32?
    private var peerPort: UInt16 = 4000, ownPort: UInt16 = 80
    private var written = 0, readSoFar = 0, peerFirst: UInt32 = 0
    private var dropsBefore: [DropReason: UInt64] = [:]

    init(_ options: StreamOptions = StreamOptions(), change: (inout StackConfiguration) -> Void = { _ in }) throws {
        lab = try Lab(change: change)
        try lab.introduce()
        self.options = options
    }

    private let options: StreamOptions

    /// Runs every line; the first that fails ends it.
    func run(_ script: String, _ location: SourceLocation = #_sourceLocation) throws {
        for (number, line) in script.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.prefix { $0 != "#" }.split(separator: " ")
            guard let verb = words.first else { continue }
            do { try perform(verb, Array(words.dropFirst())) } catch {
                let place = SourceLocation(fileID: location.fileID, filePath: location.filePath, line: location.line + number + 1, column: 1)
                Issue.record("\(line.trimmed): \(error)", sourceLocation: place)
                throw error
            }
        }
        lab.expectBalance(location)
    }

    private func perform(_ verb: Substring, _ words: [Substring]) throws {
        switch verb {
        case "<": try send(ScriptSegment(words))
        case ">": try expect(ScriptSegment(words))
        case "listen": try listen()
        case "connect": try connect()
        case "accept":
            stream = lab.a.accept(try listening)
            if stream == nil { throw ScriptError("nothing waits to be accepted") }
        case "write": try write(count(words))
        case "read": try read(count(words))
        case "close": lab.a.closeStream(try current, now: lab.now)
        case "shutdown": lab.a.shutdownStream(try current, now: lab.now)
        case "abort": lab.a.abortStream(try current, now: lab.now)
        case "deaf": lab.a.deafenStream(try current)
        case "skip": while try next() != nil {}
        case "urgent": lab.a.markUrgent(try current, now: lab.now)
        case "wait": pass(try interval(words))
        case "quiet": try beQuiet(interval(words))
        case "state": try check("state", lab.a.streamCondition(try current)?.state.text ?? "gone", words)
        case "error": try check("error", lab.a.streamCondition(try current)?.error.map { "\($0)" } ?? "none", words)
        case "pending": try check("pending", "\(lab.a.streamCondition(try current)?.urgent ?? 0)", words)
        case "advice": try check("advice", lab.a.streamCondition(try current)?.advice.map { "\($0)" } ?? "none", words)
        case "events": try checkEvents(words)
        case "readable": try check("readable", "\(lab.a.streamReadable(try current))", words)
        case "streams": try check("streams", lab.a.listStreams().map(\.state.text).joined(separator: ","), words)
        case "drops": try checkDrops(words)
        default: throw ScriptError("'\(verb)' is no verb")
        }
    }

    private var current: StreamID {
        get throws { if let stream { return stream } else { throw ScriptError("there is no connection yet") } }
    }
    private var listening: StreamID {
        get throws { if let listener { return listener } else { throw ScriptError("nobody listens") } }
    }

    private func check(_ what: String, _ found: String, _ words: [Substring]) throws(ScriptError) {
        let wanted = words.joined(separator: " ")
        if found != wanted { throw ScriptError("\(what) is \(found)") }
    }

    private func checkDrops(_ words: [Substring]) throws(ScriptError) {
        guard words.count == 2, let fate = DropReason.Fate.allCases.first(where: { "\($0)" == words[0] }), let wanted = UInt64(words[1]) else {
            throw ScriptError("drops REASON COUNT")
        }
        let reason = DropReason(fate), found = lab.a.drops[reason] - (dropsBefore[reason] ?? 0)
        dropsBefore[reason] = lab.a.drops[reason]
        if found != wanted { throw ScriptError("\(found) were lost as \(reason.text)") }
    }

    private func checkEvents(_ words: [Substring]) throws(ScriptError) {
        var heard: [String] = []
        while let event = lab.a.nextEvent() { heard.append(String("\(event)".prefix { $0 != "(" })) }
        let found = heard.filter { $0.hasPrefix("stream") }.joined(separator: " "), wanted = words.joined(separator: " ")
        if found != (wanted == "none" ? "" : wanted) { throw ScriptError("the owner heard \(found.isEmpty ? "nothing" : found)") }
    }

    private func count(_ words: [Substring]) throws(ScriptError) -> Int {
        guard let word = words.first, let count = Int(word) else { throw ScriptError("a count is missing") }
        return count
    }

    private func interval(_ words: [Substring]) throws(ScriptError) -> Interval {
        guard let word = words.first else { throw ScriptError("a time is missing") }
        if word.hasSuffix("ms"), let number = Int(word.dropLast(2)) { return .milliseconds(number) }
        if word.hasSuffix("s"), let number = Int(word.dropLast()) { return .seconds(number) }
        throw ScriptError("'\(word)' is no time: 40ms, 3s")
    }

    // The owner.

    private func listen() throws {
        let fresh = try lab.a.openStream()
        try lab.a.setStreamOptions(fresh, options)
        try lab.a.bindStream(fresh, to: .anyIPv4(ownPort))
        try lab.a.listen(fresh, backlog: 4)
        listener = fresh
    }

    private func connect() throws {
        let fresh = try lab.a.openStream()
        try lab.a.setStreamOptions(fresh, options)
        peerPort = 80
        try lab.a.connectStream(fresh, to: EndpointAddress(IPAddress(Lab.addressB), peerPort), now: lab.now)
        ownPort = try lab.a.streamNames(fresh).local.port
        stream = fresh
    }

    private func write(_ octets: Int) throws {
        let taken = lab.a.write(try current, PacketScript.pattern(written, octets), now: lab.now)
        written += taken
        if taken != octets { throw ScriptError("\(taken) were taken") }
    }

    private func read(_ octets: Int) throws {
        let got = lab.a.readAll(try current, now: lab.now)
        if got != PacketScript.pattern(readSoFar, got.count) { throw ScriptError("other octets than the peer sent") }
        readSoFar += got.count
        if got.count != octets { throw ScriptError("\(got.count) were there") }
    }

    // The peer.

    private func send(_ segment: ScriptSegment) {
        if segment.flags.contains(.syn) { peerFirst = segment.sequence &+ 1 }
        let acknowledgment = (segment.acknowledgment ?? 0) &+ (initial ?? 0)
        let header = TCPHeader(
            sourcePort: peerPort, destinationPort: ownPort, sequence: segment.sequence, acknowledgment: acknowledgment,
            flags: segment.flags, window: segment.window ?? 65535, urgentPointer: segment.urgent ?? 0, options: absolute(segment.options))
        let payload = PacketScript.pattern(Int(segment.sequence &- peerFirst), segment.octets)
        lab.inject(Frame.tcp(header, payload, isMarked: segment.isMarked))
    }

    /// SACK blocks and echoes of a script name our own numbers from zero.
    private func absolute(_ options: TCPOptions) -> TCPOptions {
        var moved = TCPOptions()
        (moved.maximumSegment, moved.windowScale, moved.timestamp) = (options.maximumSegment, options.windowScale, options.timestamp)
        moved.isSACKPermitted = options.isSACKPermitted
        for k in 0..<options.sackCount {
            moved.append(TCPSackBlock(left: options.sack[k].left &+ (initial ?? 0), right: options.sack[k].right &+ (initial ?? 0)))
        }
        return moved
    }

    private func next() throws -> SentSegment? {
        _ = lab.a.advance(to: lab.now)
        while let octets = lab.sentByA() {
            let frame = unsafe octets.span.bytes
            guard let ip = try? IPv4View(frame.extracting(droppingFirst: EthernetHeader.octets)), ip.next == .tcp else { continue }
            let facts = try SegmentFacts(ip.payload)
            if facts.flags.contains(.syn) { initial = facts.sequence.rawValue }
            let isBare = facts.flags.contains(.rst) && initial == nil
            return SentSegment(
                facts: facts, payload: ip.payload.extracting(droppingFirst: facts.headerOctets).array,
                sequence: isBare ? facts.sequence.rawValue : facts.sequence.rawValue &- (initial ?? 0), mark: ip.trafficClass.ecn)
        }
        return nil
    }

    private func expect(_ wanted: ScriptSegment) throws {
        guard let sent = try next() else { throw ScriptError("nothing left") }
        if let difference = sent.difference(from: wanted) { throw ScriptError("it has \(difference)") }
        let start = Int(Int32(bitPattern: sent.sequence &- 1))
        if sent.payload.count > 0, sent.payload != PacketScript.pattern(start, sent.payload.count) { throw ScriptError("other octets than were written") }
    }

    // Time.

    private func pass(_ interval: Interval) {
        let end = lab.now + interval
        while let next = lab.a.advance(to: lab.now), next < end { lab.now = max(next, lab.now) }
        lab.now = end
        _ = lab.a.advance(to: end)
    }

    private func beQuiet(_ interval: Interval) throws {
        if let sent = try next() { throw ScriptError("had left before: \(sent.facts.flags) \(sent.sequence), \(sent.payload.count) octets") }
        pass(interval)
        if let sent = try next() { throw ScriptError("left: \(sent.facts.flags) \(sent.sequence), \(sent.payload.count) octets") }
    }

    /// Octets `from`... of a stream of either side.
    static func pattern(_ from: Int, _ count: Int) -> [UInt8] { (from..<(from + count)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }
}

extension Frame {
    /// A segment from B to A.
    static func tcp(
        _ header: TCPHeader, _ payload: [UInt8], isMarked: Bool = false, from source: IPv4Address = Lab.addressB, to destination: IPv4Address = Lab.addressA
    ) -> Frame {
        var octets = written(header.octets) { header.write(into: &$0) } + payload
        let sum = Checksum(source: source, destination: destination, next: .tcp, octets: octets.count)
        var span = octets.mutableSpan
        var raw = unsafe span.mutableBytes
        TCPHeader.seal(&raw, sum)
        return ipv4(
            .tcp, octets, from: source, to: destination, mac: destination == Lab.addressA ? Lab.macA : Lab.macB,
            trafficClass: isMarked ? TrafficClass(rawValue: 3) : .normal)
    }
}

extension Substring {
    var trimmed: String { split(separator: " ").joined(separator: " ") }
}
