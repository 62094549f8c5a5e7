internal import Glibc
internal import Host

/// `stream:PATH`: a program that speaks QEMU's `-netdev stream,addr.type=unix,addr.path=PATH`: frames in a byte stream,
/// each behind its length in 4 octets. One at a time; it may go and come back.
final class StreamEnd: CableEnd {
    private let file: ListeningFile
    private let path: String
    private var socket: OpenDescriptor?
    private var framer = StreamFramer()
    private var sender = FrameSender()
    /// What the socket had no room for of the frame being sent.
    private var rest: [UInt8] = []
    private var lastFault: String?

    init(path: String, cable: String) throws(CableFailure) {
        file = try ListeningFile(path, .stream, cable: cable)
        self.path = path
    }

    var carrier: Bool { socket != nil }
    var counters: CableCounters { sender.counters }
    var state: String {
        let text = carrier ? "a program is connected to \(path)" : "waiting for a program at \(path)"
        return lastFault.map { "\(text) (\($0))" } ?? text
    }

    var watched: [CableWatch] {
        guard let socket else { return [CableWatch(file.listener.raw)] }
        return [CableWatch(socket.raw, forWriting: !rest.isEmpty || sender.isWaiting)]
    }

    func send(_ frame: RawSpan) {
        if !sender.send(frame, carrier: carrier, write) { part() }
    }

    func service(now: UInt64, _ deliver: (RawSpan) -> Void) -> UInt64? {
        if socket == nil, let accepted = try? UnixSocket.accept(file.listener.raw) {
            socket = OpenDescriptor(accepted)
            lastFault = nil
        }
        guard socket != nil else { return nil }
        if !writeRest() || !sender.flush(write) {
            part()
            return now
        }
        return receive(deliver) ? now : nil
    }

    /// - Returns: true when there may be more.
    private func receive(_ deliver: (RawSpan) -> Void) -> Bool {
        guard let raw = socket?.raw else { return false }
        let count = unsafe framer.fill { room in unsafe recv(raw, room.baseAddress, room.count, Int32(MSG_DONTWAIT)) }
        if count < 0, errno == EAGAIN || errno == EINTR { return false }
        guard count > 0 else {
            part()
            return true
        }
        do throws(StreamFramer.BadLength) {
            try framer.frames { frame in
                if sender.admit(frame.byteCount) { deliver(frame) }
            }
        } catch {
            _ = sender.admit(Int(error.octets))
            part()
            lastFault = "closed the last one: it announced a frame of \(error.octets) octets"
        }
        return true
    }

    /// A frame goes whole or not at all: what does not fit now is kept as `rest`, before which nothing else is sent.
    private func write(_ frame: RawSpan) -> SendOutcome {
        guard rest.isEmpty else { return .full }
        let octets = StreamFramer.header(frame.byteCount) + frame.copied
        guard let done = push(octets[...]) else { return .broken }
        if done == 0 { return .full }
        rest = Array(octets[done...])
        return .sent
    }

    private func writeRest() -> Bool {
        guard !rest.isEmpty else { return true }
        guard let done = push(rest[...]) else { return false }
        rest.removeFirst(done)
        return true
    }

    /// Octets that the socket took; nil: it is broken.
    private func push(_ octets: ArraySlice<UInt8>) -> Int? {
        guard let raw = socket?.raw else { return nil }
        let count = unsafe octets.withUnsafeBytes { unsafe Glibc.send(raw, $0.baseAddress, $0.count, Int32(Int(MSG_DONTWAIT) | Int(MSG_NOSIGNAL))) }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    private func part() {
        sender.abandon()
        socket = nil
        framer = StreamFramer()
        rest = []
    }

    func close() { part() }
}
