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
    public var watched: [CableWatch] { end.watched }

    /// Sends a frame from the NIC.
    public func send(_ frame: RawSpan, now: UInt64) {
        if transmitLine.settings.isTransparent {
            transmitLine.pass()
            capture?.add(frame, now: now, direction: .sent, comment: nil)
            end.send(frame)
            return
        }
        let fate = transmitLine.enter(frame, now: now)
        capture?.add(frame, now: now, direction: .sent, comment: fate.comment)
        release(now: now)
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
        while let octets = receiveLine.leave(now: now) {
            capture?.add(unsafe octets.span.bytes, now: now, direction: .received, comment: nil)
            deliver(unsafe octets.span.bytes)
        }
        for other in [transmitLine.nextDue, receiveLine.nextDue, capture?.service(now: now)] {
            if let other { due = min(due ?? .max, other) }
        }
        return due
    }

    private func receive(_ frame: RawSpan, now: UInt64, _ deliver: (RawSpan) -> Void) {
        if receiveLine.settings.isTransparent {
            receiveLine.pass()
            capture?.add(frame, now: now, direction: .received, comment: nil)
            deliver(frame)
            return
        }
        let fate = receiveLine.enter(frame, now: now)
        if fate.isLoss { capture?.add(frame, now: now, direction: .received, comment: fate.comment) }
    }

    // MARK: Capture

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
