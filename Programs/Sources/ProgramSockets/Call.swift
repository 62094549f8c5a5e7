import CCalls
import CProgram

/// One call, from its connection to its answer. Each has a connection of its own: nothing is shared with other threads, and
/// a child after fork has nothing of its parent's.
enum Call {
    /// A stack that has not answered for this long hangs.
    static let patience: Int64 = 5000

    enum Result { case answer(drydock_answer, descriptor: Int32), failed(Int32) }

    /// Asks, and waits for the answer.
    static func ask(_ path: borrowing StackPath, _ call: drydock_call) -> Result {
        switch start(path, call) {
        case .failed(let error): return .failed(error)
        case .started(let connection):
            let result = finish(connection, within: patience)
            _ = program_close(connection)
            return result
        }
    }

    enum Start { case started(Int32), failed(Int32) }

    /// - Returns: the connection, on which the answer will come; close it.
    static func start(_ path: borrowing StackPath, _ call: drydock_call) -> Start {
        let connection = program_socket(Linux.unix, Linux.packets | Linux.closeOnExec, 0)
        guard connection >= 0 else { return .failed(-connection) }
        var error = path.connect(connection)
        if error == 0 { error = send(call, on: connection) }
        guard error < 0 else { return .started(connection) }
        _ = program_close(connection)
        return .failed(isGone(error) ? ENETDOWN : -error)
    }

    /// Nobody there: the stack is gone, and its file with it or without, or it has just died over what it was asked.
    private static func isGone(_ error: Int32) -> Bool {
        error == -ECONNREFUSED || error == -ENOENT || error == -EPIPE || error == -ECONNRESET
    }

    private struct Question {
        var magic = UInt32(DRYDOCK_ENVELOPE_MAGIC), version = UInt16(DRYDOCK_ENVELOPE_VERSION)
        var kind = UInt8(DRYDOCK_ENVELOPE_REQUEST), descriptors: UInt8 = 0
        var sequence: UInt64 = 1
        var length = UInt32(MemoryLayout<drydock_call>.size), zero: UInt32 = 0
        var call: drydock_call
    }

    private struct Reply {
        var magic: UInt32 = 0, version: UInt16 = 0, kind: UInt8 = 0, descriptors: UInt8 = 0
        var sequence: UInt64 = 0
        var length: UInt32 = 0, zero: UInt32 = 0
        var answer = drydock_answer()
    }

    private static func send(_ call: drydock_call, on connection: Int32) -> Int32 {
        let question = Question(call: call)
        let sent = unsafe withUnsafeBytes(of: question) { bytes in
            unsafe program_send_headed(connection, bytes.baseAddress, bytes.count, nil, 0, Linux.noSignal)
        }
        return sent < 0 ? Int32(truncatingIfNeeded: sent) : 0
    }

    /// Takes the answer. The connection stays open.
    ///
    /// - Parameter within: milliseconds; nil: it is there, or may be waited for without a bound of ours.
    static func finish(_ connection: Int32, within patience: Int64?, flags: Int32 = 0) -> Result {
        if let patience, let error = wait(connection, until: program_clock() + patience) { return .failed(error) }
        var reply = Reply(), descriptor: Int32 = -1
        // SAFETY: the kernel writes no more than the octets of `reply`, which are integers all of them.
        let count = unsafe withUnsafeMutableBytes(of: &reply) { unsafe program_receive_descriptor(connection, $0.baseAddress, $0.count, flags, &descriptor) }
        guard count >= 0 else { return .failed(isGone(Int32(truncatingIfNeeded: count)) ? ENETDOWN : Int32(truncatingIfNeeded: -count)) }
        guard count == MemoryLayout<Reply>.size, reply.magic == DRYDOCK_ENVELOPE_MAGIC, reply.kind == DRYDOCK_ENVELOPE_REPLY else {
            if descriptor >= 0 { _ = program_close(descriptor) }
            // 0: it has gone away. A failure in words: it does not serve us.
            return .failed(count == 0 ? ENETDOWN : reply.magic == DRYDOCK_ENVELOPE_MAGIC && reply.kind == DRYDOCK_ENVELOPE_FAILURE ? EACCES : EPROTO)
        }
        // The socket's own stack is gone; the one that answers has taken its place.
        guard reply.answer.error != ESTALE else { return .failed(ENETDOWN) }
        return .answer(reply.answer, descriptor: descriptor)
    }

    /// - Returns: nil when there is something to read.
    private static func wait(_ connection: Int32, until end: Int64) -> Int32? {
        var left = end - program_clock()
        // A signal's handler does not end a call that takes no time in a kernel.
        while left > 0 {
            let ready = program_poll(connection, Linux.readable, Int32(truncatingIfNeeded: left))
            if ready > 0 { return nil }
            if ready < 0, ready != -EINTR { return -ready }
            left = end - program_clock()
        }
        return ETIMEDOUT
    }
}
