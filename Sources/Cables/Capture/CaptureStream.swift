internal import Glibc
internal import Host

/// A capture that somebody reads while it is made: pcapng into a stream socket, never waiting for its reader.
///
/// What does not fit into `room` is lost to the capture, and to nobody else: counted, and told at the end.
public final class CaptureStream {
    /// Octets that wait at most for a reader who is slow, beside what the socket itself holds.
    public static let room = 1 << 20
    /// Octets that wait before they are sent without further delay, and how long they may wait, in nanoseconds.
    private static let enough = 64 * 1024, patience: UInt64 = 5_000_000
    /// How long the end may wait for the reader, in nanoseconds.
    private static let farewell: UInt64 = 5_000_000_000
    /// What a block has beside the frame and its comment, with its options.
    private static let overhead = 64

    private let socket: OpenDescriptor
    private var writer: CaptureWriter
    /// Being sent, from `sent` on; what the writer holds comes after it.
    private var backlog: [UInt8] = []
    private var sent = 0
    private let began: UInt64
    private var flushDue: UInt64?
    private var endBy: UInt64?

    /// Frames that passed, and those of them for which there was no room.
    public private(set) var seen: UInt64 = 0, lost: UInt64 = 0
    /// Nothing more will be sent: all is told, or nobody reads.
    public private(set) var isOver = false

    /// - Parameter socket: one end of a pair of streams.
    /// - Parameter octets: of a frame that are kept at most; 0: all.
    init(_ socket: consuming FileDescriptor, interface: String, description: String, hardware: String, octets: Int) {
        self.socket = OpenDescriptor(socket)
        began = MonotonicClock.calendar()
        writer = CaptureWriter(interface: interface, description: description, hardware: hardware, octets: octets)
        flush()
    }

    /// Its reader's end, and room where something waits for it.
    var watched: CableWatch { CableWatch(socket.raw, forWriting: !backlog.isEmpty) }

    func add(_ frame: RawSpan, now: UInt64, calendar: UInt64, direction: CaptureWriter.Direction, comment: String?) {
        guard endBy == nil, !isOver else { return }
        seen &+= 1
        let waiting = backlog.count - sent + writer.octets.count
        guard waiting + frame.byteCount + (comment?.utf8.count ?? 0) + Self.overhead <= Self.room else {
            lost &+= 1
            return
        }
        writer.add(frame, calendar: calendar, direction: direction, comment: comment)
        if flushDue == nil { flushDue = now &+ Self.patience }
        if writer.octets.count >= Self.enough { flush() }
    }

    /// Ends the capture: no more frames, its counts, and the end of the stream as soon as the reader has taken all.
    public func finish(now: UInt64) {
        guard endBy == nil, !isOver else { return }
        endBy = now &+ Self.farewell
        writer.addStatistics(began...max(began, MonotonicClock.calendar()), seen: seen, lost: lost)
        flush()
    }

    /// - Returns: when to be called again.
    func service(now: UInt64) -> UInt64? {
        if !isOver, readerHasGone || endBy.map({ now >= $0 }) ?? false { isOver = true }
        guard !isOver else { return nil }
        if !backlog.isEmpty || flushDue.map({ now >= $0 }) ?? false { flush() }
        return [flushDue, endBy].compactMap { $0 }.min()
    }

    /// It never writes: what can be read is its end.
    private var readerHasGone: Bool {
        var octet: UInt8 = 0
        let count = unsafe recv(socket.raw, &octet, 1, Int32(Int(MSG_DONTWAIT) | Int(MSG_PEEK)))
        return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
    }

    /// Sends what there is room for.
    private func flush() {
        flushDue = nil
        repeat {
            if backlog.isEmpty {
                (backlog, sent) = (writer.take(), 0)
                if backlog.isEmpty { break }
            }
            let count = unsafe backlog.withUnsafeBytes { all in
                unsafe Glibc.send(socket.raw, all.baseAddress! + sent, all.count - sent, Int32(Int(MSG_DONTWAIT) | Int(MSG_NOSIGNAL)))
            }
            if count < 0 {
                if errno != EAGAIN && errno != EINTR { isOver = true }
                return
            }
            sent += count
            if sent == backlog.count { backlog.removeAll(keepingCapacity: true) }
        } while backlog.isEmpty
        if endBy != nil, backlog.isEmpty { isOver = true }
    }
}
