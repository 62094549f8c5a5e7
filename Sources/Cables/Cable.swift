public import Host

/// Where a cable is plugged in.
public struct CableSite {
    /// The NIC's name.
    public var name: String
    public var directory: RuntimeDirectory
    /// Starts the switch of that name, unless it runs; must not block.
    public var startSwitch: (String) -> Void

    public init(name: String, directory: RuntimeDirectory, startSwitch: @escaping (String) -> Void) {
        (self.name, self.directory, self.startSwitch) = (name, directory, startSwitch)
    }
}

/// A NIC's cable: its far side, what the way there does to frames, and the capture of all that passes.
///
///     NIC -> capture -> impaired line -> far side        (transmit)
///     NIC <- capture <- impaired line <- far side        (receive)
///
/// One thread's; nothing blocks. Capture times and comments tell the impaired line's deeds: a frame that it lost is in
/// the capture with a comment that says so.
public final class Cable {
    private let site: CableSite
    /// What was plugged in; nil: nothing, and whoever calls the port may connect.
    public private(set) var specification: CableSpecification?
    private var end: any CableEnd
    private var transmitLine: ImpairedLine, receiveLine: ImpairedLine
    private var capture: CaptureFile?
    private var streams: [CaptureStream] = []
    /// Of streams that are over: frames that passed, and those lost to them.
    private var pastStreams = (seen: UInt64(0), lost: UInt64(0))
    /// Why a frame was lost in the NIC since this was asked last; nil: none was. For captures.
    public var lossAtNIC: () -> String? = { nil }
    /// Counters of ends that were here before.
    private var past = CableCounters()
    private var claimed = false

    /// A port into which nothing is plugged.
    public init(site: CableSite) {
        self.site = site
        end = LinkedEnd(own: site.name, far: .anybody, path: nil)
        transmitLine = ImpairedLine(Impairments(), seed: 1)
        receiveLine = ImpairedLine(Impairments(), seed: 2)
    }

    // MARK: Plugging

    /// Plugs another cable in; the present one stays when this fails.
    public func plug(_ wanted: CableSpecification) throws(CableFailure) {
        var file: CaptureFile?
        if let path = wanted.capture { file = try makeCapture(path) }
        if case .tap(let name) = wanted.kind, case .tap(let present)? = specification?.kind, name == present {
            // The device is busy as long as the old end has it.
            pullOut()
        }
        let fresh = try CableEnds.make(wanted.kind, site: site)
        pullOut()
        end = fresh
        specification = wanted
        if file != nil { capture = file }
        setImpairments(transmit: wanted.transmit, receive: wanted.receive, seed: wanted.seed)
        if claimed { deviceWasClaimed(now: MonotonicClock.now()) }
    }

    /// Pulls the cable out: from now on whoever calls the port may connect.
    public func unplug() {
        pullOut()
        setImpairments(transmit: Impairments(), receive: Impairments(), seed: 1)
    }

    private func pullOut() {
        end.close()
        transmitLine.flush()
        receiveLine.flush()
        past = past + end.counters
        end = LinkedEnd(own: site.name, far: .anybody, path: nil)
        specification = nil
    }

    /// Frees all. Called once, last.
    public func close() {
        pullOut()
        capture = nil
        for stream in streams { stream.finish(now: 0) }
        streams.removeAll()
    }

    public func setImpairments(transmit: Impairments, receive: Impairments, seed: UInt64) {
        transmitLine.flush()
        receiveLine.flush()
        transmitLine = ImpairedLine(transmit, seed: seed, counters: transmitLine.counters)
        // Another sequence than the other direction's.
        receiveLine = ImpairedLine(receive, seed: ~seed, counters: receiveLine.counters)
    }

    /// A stack has the NIC now: replays begin.
    public func deviceWasClaimed(now: UInt64) {
        claimed = true
        (end as? ReplayEnd)?.begin(now: now)
    }

    // MARK: Callers at the port

    /// Why a caller of this NIC's port may not connect; nil: it may.
    public func objection(to caller: String) -> String? {
        guard let linked = end as? LinkedEnd else { return "\(site.name) is cabled to \(specification?.text ?? "something else")" }
        return linked.objection(to: caller)
    }

    public func take(_ connection: CableConnection) { (end as? LinkedEnd)?.take(connection) }

    // MARK: Frames

    /// Whether there is anybody at the far side.
    public var carrier: Bool { end.carrier }
    public var state: String { end.state }
    public var counters: CableCounters { past + end.counters }
    public var impairmentCounters: (transmit: ImpairmentCounters, receive: ImpairmentCounters) { (transmitLine.counters, receiveLine.counters) }
    public var impairments: (transmit: Impairments, receive: Impairments) { (transmitLine.settings, receiveLine.settings) }
    public var watched: [CableWatch] { streams.isEmpty ? end.watched : end.watched + streams.map(\.watched) }

    /// Sends a frame from the NIC.
    public func send(_ frame: RawSpan, now: UInt64) {
        guard transmitLine.settings.isTransparent else {
            let fate = transmitLine.enter(frame, now: now)
            if isCaptured { record(frame, now, MonotonicClock.calendar(), .sent, fate.comment) }
            return release(now: now)
        }
        transmitLine.pass()
        guard isCaptured else { return end.send(frame) }
        let before = end.counters, calendar = MonotonicClock.calendar()
        end.send(frame)
        record(frame, now, calendar, .sent, before.loss(until: end.counters))
    }

    private func release(now: UInt64) {
        while let octets = transmitLine.leave(now: now) { end.send(unsafe octets.span.bytes) }
    }

    /// Does what is due on both directions, and delivers frames to the NIC.
    ///
    /// - Parameter deliver: must not call this cable.
    /// - Returns: when to be called next at the latest; nil: when one of `watched` is ready.
    public func service(now: UInt64, _ deliver: (RawSpan) -> Void) -> UInt64? {
        release(now: now)
        var due = end.service(now: now) { frame in receive(frame, now: now, deliver) }
        while let octets = receiveLine.leave(now: now) { hand(unsafe octets.span.bytes, now: now, deliver) }
        for other in [transmitLine.nextDue, receiveLine.nextDue, capture?.service(now: now), serviceStreams(now: now)] {
            if let other { due = min(due ?? .max, other) }
        }
        return due
    }

    private func receive(_ frame: RawSpan, now: UInt64, _ deliver: (RawSpan) -> Void) {
        if receiveLine.settings.isTransparent {
            receiveLine.pass()
            return hand(frame, now: now, deliver)
        }
        let fate = receiveLine.enter(frame, now: now)
        if isCaptured, fate.isLoss { record(frame, now, MonotonicClock.calendar(), .received, fate.comment) }
    }

    /// Delivers a frame, and captures it with what became of it.
    private func hand(_ frame: RawSpan, now: UInt64, _ deliver: (RawSpan) -> Void) {
        guard isCaptured else { return deliver(frame) }
        let calendar = MonotonicClock.calendar()
        // What was lost before, this frame has nothing to do with.
        _ = lossAtNIC()
        deliver(frame)
        record(frame, now, calendar, .received, lossAtNIC())
    }

    // MARK: Capture

    private var isCaptured: Bool { capture != nil || !streams.isEmpty }

    private func record(_ frame: RawSpan, _ now: UInt64, _ calendar: UInt64, _ direction: CaptureWriter.Direction, _ comment: String?) {
        capture?.add(frame, now: now, calendar: calendar, direction: direction, comment: comment)
        for stream in streams { stream.add(frame, now: now, calendar: calendar, direction: direction, comment: comment) }
    }

    /// Captures a frame that the NIC sent and that never came onto the cable.
    public func record(lost frame: RawSpan, now: UInt64, because why: String) {
        if isCaptured { record(frame, now, MonotonicClock.calendar(), .sent, "lost: \(why)") }
    }

    private func serviceStreams(now: UInt64) -> UInt64? {
        guard !streams.isEmpty else { return nil }
        var due: UInt64?
        for stream in streams { if let other = stream.service(now: now) { due = min(due ?? .max, other) } }
        for stream in streams where stream.isOver {
            pastStreams.seen &+= stream.seen
            pastStreams.lost &+= stream.lost
        }
        streams.removeAll(where: \.isOver)
        return due
    }

    /// Streams that run at a time.
    public static let mostStreams = 4

    /// Captures into one end of a pair of stream sockets, until its reader goes or ``CaptureStream/finish(now:)``.
    ///
    /// - Throws: `.busy` in words: ``mostStreams`` run already.
    public func startStream(
        _ socket: consuming FileDescriptor, interface: String, hardware: String, octets: Int, now: UInt64
    ) throws(CableFailure) -> CaptureStream {
        _ = serviceStreams(now: now)
        guard streams.count < Self.mostStreams else {
            throw CableFailure("capture of \(site.name)", "\(Self.mostStreams) captures of it run already", fix: "end one of them")
        }
        let description = "NIC \(site.name), cable \(specification?.text ?? "none")"
        let stream = CaptureStream(socket, interface: interface, description: description, hardware: hardware, octets: octets)
        streams.append(stream)
        return stream
    }

    /// Frames that streams have seen since the NIC was added, and those for which their readers were too slow.
    public var streamCounters: (seen: UInt64, lost: UInt64) {
        streams.reduce(pastStreams) { ($0.seen &+ $1.seen, $0.lost &+ $1.lost) }
    }

    /// The file being written, and why it no longer is.
    public var captureState: (path: String, frames: UInt64, fault: String?)? {
        capture.map { ($0.path, $0.frames, $0.fault) }
    }

    /// Starts a capture, in place of one that runs.
    public func startCapture(_ path: String) throws(CableFailure) { capture = try makeCapture(path) }
    public func stopCapture() { capture = nil }

    private func makeCapture(_ path: String) throws(CableFailure) -> CaptureFile {
        try CaptureFile(path: path, interface: site.name, description: "Drydock NIC \(site.name)")
    }
}
