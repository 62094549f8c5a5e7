internal import Glibc
internal import Host

/// `pcap:FILE`: the frames of a capture file, in the file's time or as fast as they are taken. What the NIC sends is
/// counted as sent and goes nowhere.
final class ReplayEnd: CableEnd {
    private let specification: ReplaySpecification
    private var file: OpenDescriptor?
    private var reader = CaptureReader()
    private var sender = FrameSender()
    private var next: CapturedFrame?
    private var left: UInt64?
    /// When the device was claimed; nil: not yet.
    private var began: UInt64?
    /// The file's first time, and the moment that it stands for.
    private var origin: (file: UInt64, here: UInt64)?
    private var delivered: UInt64 = 0
    private var outcome: String?

    init(_ specification: ReplaySpecification) throws(CableFailure) {
        self.specification = specification
        left = specification.count
        try open()
        // A file that is none is refused now, not when the first frame is due.
        do { try advance() } catch { throw Self.failure(specification.path, error) }
        guard next != nil else {
            throw CableFailure("cable pcap:\(specification.path)", "there is no frame in it", fix: "name a capture with Ethernet frames")
        }
    }

    private func open() throws(CableFailure) {
        do throws(SystemError) { file = OpenDescriptor(try FileDescriptor.open(specification.path, O_RDONLY)) } catch {
            throw CableFailure("cable pcap:\(specification.path)", "\(error.number)", fix: "name a pcapng or pcap file that you may read")
        }
        reader = CaptureReader()
    }

    private static func failure(_ path: String, _ error: CaptureError) -> CableFailure {
        let why = switch error {
        case .notACapture: "it is neither pcapng nor pcap"
        case .truncated: "it ends in the middle of a packet"
        case .badLength: "its lengths contradict each other"
        case .linkType(let type): "its link type is \(type), not Ethernet (1)"
        case .unknownInterface: "a packet names an interface that is not described"
        }
        return CableFailure("cable pcap:\(path)", why, fix: "name a capture of Ethernet frames, as tcpdump or Drydock write them")
    }

    var carrier: Bool { true }
    var counters: CableCounters { sender.counters }
    var watched: [CableWatch] { [] }
    var state: String {
        if let outcome { return "\(outcome), \(delivered) frames replayed" }
        return began == nil ? "replay begins when a stack claims the NIC" : "replaying, \(delivered) frames so far"
    }

    func send(_ frame: RawSpan) { _ = sender.send(frame, carrier: true) { _ in .sent } }

    func begin(now: UInt64) { if began == nil { began = now &+ specification.after } }

    func service(now: UInt64, _ deliver: (RawSpan) -> Void) -> UInt64? {
        guard let began, outcome == nil else { return nil }
        guard now >= began else { return began }
        for _ in 0..<CableLimits.burst {
            guard let frame = next else { return nil }
            let due = moment(of: frame, now: now)
            guard due <= now else { return due }
            if sender.admit(frame.octets.count) { deliver(unsafe frame.octets.span.bytes) }
            delivered &+= 1
            step(now: now)
        }
        return now
    }

    /// Times that fall back, or leap by more than an hour, are taken as now.
    private func moment(of frame: CapturedFrame, now: UInt64) -> UInt64 {
        guard specification.originalPace else { return now }
        guard let origin, frame.time >= origin.file, frame.time - origin.file < 3_600_000_000_000 else {
            self.origin = (frame.time, now)
            return now
        }
        return origin.here &+ (frame.time - origin.file)
    }

    private func step(now: UInt64) {
        if let left { self.left = left - 1 }
        if left == 0 { return finish("replay has sent as many as it should") }
        do {
            try advance()
            if next == nil, left != nil {
                origin = nil
                try open()
                try advance()
            }
            if next == nil { finish("replay has ended") }
        } catch { finish("replay was broken off: \(Self.text(error, specification.path))") }
    }

    private static func text(_ error: any Error, _ path: String) -> String {
        if let capture = error as? CaptureError { return failure(path, capture).why }
        return (error as? CableFailure)?.why ?? "\(error)"
    }

    private func finish(_ text: String) {
        outcome = text
        next = nil
        file = nil
    }

    /// Reads up to the next frame.
    private func advance() throws(CaptureError) {
        next = nil
        while next == nil {
            next = try reader.next()
            if next != nil { return }
            guard let raw = file?.raw else { return }
            var part = [UInt8](repeating: 0, count: 65536)
            let count = unsafe part.withUnsafeMutableBytes { unsafe read(raw, $0.baseAddress, $0.count) }
            if count > 0 {
                reader.feed(part[..<count])
            } else {
                file = nil
                reader.finish()
            }
        }
    }

    func close() { finish("unplugged") }
}
