internal import Host

/// Carries frames from NICs to a sink until it is enough.
struct CaptureRelay: ~Copyable {
    /// How it ended.
    enum End: Equatable {
        /// Interrupted, enough frames, or enough time.
        case asked
        /// Whoever read went away.
        case readerGone
        /// A NIC or a stack ended, in words.
        case gone(ToolFailure)
    }

    private enum Token { static let interrupts: UInt64 = 0, sink: UInt64 = 1, others: UInt64 = 2, sources: UInt64 = 16 }

    private let sources: [CaptureSource]
    private let sink: CaptureSink
    private(set) var merger: CaptureMerger
    private let loop: EventLoop
    private var room = [UInt8](repeating: 0, count: 65536)
    private var end: End?
    private var isRestless = true

    /// Octets that wait for the sink before NICs are no longer read: then they keep what they can, and count the rest.
    private static let enough = 1 << 18
    /// How long NICs and sink may take to end, in nanoseconds.
    private static let farewell: UInt64 = 3_000_000_000

    init(_ sources: [CaptureSource], _ sink: CaptureSink, _ wish: CaptureMerger.Wish = CaptureMerger.Wish()) throws(ToolFailure) {
        loop = try Self.loop(sources, sink)
        (self.sources, self.sink) = (sources, sink)
        merger = CaptureMerger(streams: sources.count, wish)
    }

    private static func loop(_ sources: [CaptureSource], _ sink: CaptureSink) throws(ToolFailure) -> EventLoop {
        do throws(SystemError) {
            let loop = try EventLoop()
            if sink.isPipe { try loop.add(sink.raw, token: Token.sink, []) }
            for (index, source) in sources.enumerated() {
                if let raw = source.raw { try loop.add(raw, token: Token.sources + UInt64(index)) }
            }
            return loop
        } catch { throw ToolFailure("capture", error.description, "") }
    }

    /// - Parameter watched: another descriptor whose being readable ends the capture.
    mutating func run(_ interrupts: Interrupts, until deadline: Deadline?, watched: Int32? = nil) throws(ToolFailure) -> End {
        do throws(SystemError) {
            try loop.add(interrupts.raw, token: Token.interrupts)
            if let watched { try loop.add(watched, token: Token.others) }
            var ready = ReadyEvents(capacity: 32), farewell: Deadline?
            while !isDone {
                try loop.wait(&ready, nanoseconds: [(farewell ?? deadline)?.left, period].compactMap { $0 }.min())
                var hasRoom = false
                for index in 0..<ready.count where !hear(ready[index], interrupts, &hasRoom) { return end ?? .asked }
                try move(hasRoom)
                if end == nil, merger.isEnough || deadline?.hasPassed ?? false { end = .asked }
                guard end != nil else { continue }
                sources.forEach { $0.finish() }
                if farewell == nil { farewell = Deadline(in: .nanoseconds(Int64(Self.farewell))) }
                if farewell?.hasPassed ?? false { break }
            }
        } catch {
            if error.number == .brokenPipe { return .readerGone }
            throw ToolFailure("capture", error.number.description, "")
        }
        return end ?? .asked
    }

    /// How long may be slept while nothing comes.
    private var period: UInt64? { sources.contains { $0.raw == nil && !$0.isOver } ? RecordedFrames.period : nil }

    private var isDone: Bool { sources.allSatisfy(\.isOver) && sink.waiting == 0 }

    /// - Returns: false to end at once.
    private mutating func hear(_ event: Ready, _ interrupts: Interrupts, _ hasRoom: inout Bool) -> Bool {
        switch event.token {
        case Token.interrupts:
            end = end ?? .asked
            return interrupts.take()
        case Token.sink:
            if event.isHungUp {
                end = .readerGone
                return false
            }
            hasRoom = event.isWritable
        case Token.others: end = end ?? .asked
        default: break
        }
        return true
    }

    /// One round: from those that have something, as far as the sink keeps up.
    private mutating func move(_ hasRoom: Bool) throws(SystemError) {
        if sink.waiting < Self.enough {
            for (index, source) in sources.enumerated() where !source.isOver {
                do { try merger.feed(index, source.read(&room)) } catch { throw SystemError("capture", .protocolError) }
                guard source.isOver else { continue }
                if let raw = source.raw { try loop.remove(raw) }
                if !source.isEnding { end = end ?? .gone(source.loss) }
            }
            sink.add(merger.take())
        }
        try sink.flush(hasRoom: hasRoom)
        guard sink.isPipe else { return }
        try loop.change(sink.raw, token: Token.sink, sink.waiting > 0 ? .write : [])
        // Full: NICs are heard again when it has taken some.
        let isRestless = sink.waiting < Self.enough
        guard isRestless != self.isRestless else { return }
        self.isRestless = isRestless
        for (index, source) in sources.enumerated() where !source.isOver {
            guard let raw = source.raw else { continue }
            try loop.change(raw, token: Token.sources + UInt64(index), isRestless ? .read : [])
        }
    }

    /// For standard error at the end: `12 frames of em0, 3 more lost because the reader was slow`.
    var summary: String {
        let lost = sources.indices.reduce(UInt64(0)) { $0 &+ (merger.counts(of: $1)?.lost ?? 0) }
        let names = sources.map(\.target.title).joined(separator: ", ")
        let frames = "\(merger.frames) \(merger.frames == 1 ? "frame" : "frames") of \(names)"
        return lost == 0 ? "\(frames), none lost to the capture" : "\(frames); \(lost) more passed and are not in it: the reader was slow"
    }
}
