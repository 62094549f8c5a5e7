internal import CLinux
internal import Glibc
internal import Host

/// What a breakpoint tells, and what holds it: when this goes, the breakpoint is gone, and the stack goes on.
final class BreakpointFeed {
    enum Word: Equatable {
        case pass(Pass)
        /// Nothing stands; so often it was passed in all.
        case over(passes: UInt64)
        case faulted(signal: Int32)
        case ended
        /// It stood for as long as it might.
        case wentOn
        case refused(Int32)
    }
    struct Pass: Equatable {
        var thread: Int32, address: UInt64, stack: UInt64, arguments: [UInt64]
    }

    private let socket: FileDescriptor
    init(_ socket: consuming FileDescriptor) { self.socket = socket }

    /// The next word; nil: none came in that time.
    func next(within time: Duration) -> Word? {
        guard Poll.readable(socket.raw, Deadline(in: time)) else { return nil }
        var word = clinux_debug_word()
        // SAFETY: the room is the word's own, and any bits are one.
        let octets = unsafe recv(socket.raw, &word, MemoryLayout<clinux_debug_word>.size, Int32(MSG_DONTWAIT))
        guard octets == MemoryLayout<clinux_debug_word>.size else { return .ended }
        switch clinux_debug_news(word.news) {
        case CLINUX_DEBUG_PASS:
            let all = word.argument
            return .pass(Pass(thread: word.tid, address: word.ip, stack: word.sp, arguments: [all.0, all.1, all.2, all.3, all.4, all.5]))
        case CLINUX_DEBUG_OVER: return .over(passes: word.passes)
        case CLINUX_DEBUG_FAULTED: return .faulted(signal: Int32(truncatingIfNeeded: word.ip))
        case CLINUX_DEBUG_WENT_ON: return .wentOn
        case CLINUX_DEBUG_REFUSED: return .refused(Int32(truncatingIfNeeded: word.ip))
        default: return .ended
        }
    }

    /// Takes the breakpoint away; what is still told can be read.
    func end() { _ = shutdown(socket.raw, Int32(SHUT_WR)) }
}
