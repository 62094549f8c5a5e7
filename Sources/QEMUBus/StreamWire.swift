import Glibc
import Host

/// The cable's end inside QEMU: a stream on which each frame follows its length (4 octets, big-endian).
///
/// Both directions have memory of a fixed size; a frame that does not fit is refused whole, never cut.
// SAFETY: the two blocks are private, live as long as the object, and are indexed within their counts only.
@safe final class StreamWire {
    /// QEMU's own limit for a frame on such a stream; a longer one would make it hang up.
    static let longestFrame = 69_632
    static let prefix = 4

    private let socket: FileDescriptor
    private let incoming: UnsafeMutableRawBufferPointer
    private var incomingStart = 0, incomingEnd = 0
    private let outgoing: UnsafeMutableRawBufferPointer
    private var outgoingStart = 0, outgoingEnd = 0
    /// Octets that the frame at the head of `outgoing` still has to send, its prefix included.
    private var headLeft = 0
    /// Frames in `outgoing`, the one partly sent among them.
    private(set) var queuedFrames = 0
    private(set) var failure: String?

    /// - Parameter queueOctets: room for frames that QEMU does not take at once.
    init(socket: consuming FileDescriptor, queueOctets: Int) {
        self.socket = socket
        // SAFETY: both blocks live as long as this object; every index below is kept within their counts.
        unsafe incoming = .allocate(byteCount: 4 * (Self.longestFrame + Self.prefix), alignment: 16)
        unsafe outgoing = .allocate(byteCount: max(queueOctets, 2 * (Self.longestFrame + Self.prefix)), alignment: 16)
    }

    deinit {
        // SAFETY: allocated in init, not handed out beyond a call.
        unsafe incoming.deallocate()
        unsafe outgoing.deallocate()
    }

    var descriptor: Int32 { socket.raw }

    /// Queues `frame` and sends what QEMU takes.
    ///
    /// - Returns: false when there was no room; the frame is then nowhere.
    func send(_ frame: UnsafeRawBufferPointer) -> Bool {
        let needed = frame.count + Self.prefix
        guard failure == nil, frame.count <= Self.longestFrame, makeRoom(for: needed) else { return false }
        // SAFETY: makeRoom left at least `needed` octets behind `outgoingEnd`.
        unsafe outgoing.storeBytes(of: UInt32(frame.count).bigEndian, toByteOffset: outgoingEnd, as: UInt32.self)
        unsafe UnsafeMutableRawBufferPointer(rebasing: outgoing[(outgoingEnd + Self.prefix)..<(outgoingEnd + needed)]).copyMemory(from: frame)
        outgoingEnd += needed
        queuedFrames += 1
        if queuedFrames == 1 { headLeft = needed }
        flush()
        return true
    }

    /// Sends what waits, as far as QEMU takes it.
    func flush() {
        while outgoingStart < outgoingEnd && failure == nil {
            // SAFETY: start and end lie within the block.
            let sent = unsafe Glibc.send(socket.raw, outgoing.baseAddress! + outgoingStart, outgoingEnd - outgoingStart, withoutSignal)
            if sent > 0 {
                advance(sent)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                fail(QEMUMachine.ended)
            }
        }
    }

    /// Hands frames that QEMU sent to `body`, `most` at a time. A frame is valid during its call.
    ///
    /// - Returns: true when more may be waiting here, unseen by the descriptor.
    func receive(most: Int, _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        for _ in 0..<most {
            guard let frame = nextFrame() else { return false }
            // `body` may call back into this object: nothing is borrowed here but the block, which stays.
            // SAFETY: nextFrame's range lies within the block.
            unsafe body(UnsafeRawBufferPointer(rebasing: incoming[frame]))
        }
        return true
    }

    private func nextFrame() -> Range<Int>? {
        while failure == nil {
            let held = incomingEnd - incomingStart
            if held >= Self.prefix {
                // SAFETY: four octets are there.
                let length = unsafe Int(UInt32(bigEndian: incoming.loadUnaligned(fromByteOffset: incomingStart, as: UInt32.self)))
                guard length <= Self.longestFrame else { fail("QEMU announced a frame of \(length) octets"); return nil }
                if held >= Self.prefix + length {
                    let first = incomingStart + Self.prefix
                    incomingStart = first + length
                    return first..<incomingStart
                }
            }
            guard fill() else { return nil }
        }
        return nil
    }

    /// Reads once; false when nothing came. The block always has room for the frame that is incomplete.
    private func fill() -> Bool {
        if incomingStart > 0 {
            let held = incomingEnd - incomingStart
            // SAFETY: memmove within the block; the ranges may overlap.
            unsafe memmove(incoming.baseAddress!, incoming.baseAddress! + incomingStart, held)
            (incomingStart, incomingEnd) = (0, held)
        }
        // SAFETY: the tail of the block.
        let length = unsafe read(socket.raw, incoming.baseAddress! + incomingEnd, incoming.count - incomingEnd)
        if length > 0 {
            incomingEnd += length
            return true
        }
        if length == 0 || (errno != EAGAIN && errno != EINTR) { fail(QEMUMachine.ended) }
        return false
    }

    private func makeRoom(for needed: Int) -> Bool {
        if unsafe outgoing.count - outgoingEnd >= needed { return true }
        let held = outgoingEnd - outgoingStart
        guard unsafe outgoing.count - held >= needed else { return false }
        // SAFETY: memmove within the block; the ranges may overlap.
        unsafe memmove(outgoing.baseAddress!, outgoing.baseAddress! + outgoingStart, held)
        (outgoingStart, outgoingEnd) = (0, held)
        return true
    }

    /// Takes `sent` octets off the queue, frame by frame, so that `queuedFrames` stays true.
    private func advance(_ sent: Int) {
        var left = sent
        while left > 0 {
            let part = min(left, headLeft)
            outgoingStart += part
            headLeft -= part
            left -= part
            guard headLeft == 0 else { return }
            queuedFrames -= 1
            if queuedFrames > 0 {
                // SAFETY: another frame follows, so its prefix does.
                headLeft = unsafe Self.prefix + Int(UInt32(bigEndian: outgoing.loadUnaligned(fromByteOffset: outgoingStart, as: UInt32.self)))
            }
        }
        if outgoingStart == outgoingEnd { (outgoingStart, outgoingEnd) = (0, 0) }
    }

    private func fail(_ reason: String) {
        if failure == nil { failure = reason }
    }
}
