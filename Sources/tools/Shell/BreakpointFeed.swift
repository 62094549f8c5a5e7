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
    /// Where it stands, or has stood last.
    private(set) var place: Pass?
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
            let pass = Pass(thread: word.tid, address: word.ip, stack: word.sp, arguments: [all.0, all.1, all.2, all.3, all.4, all.5])
            place = pass
            return .pass(pass)
        case CLINUX_DEBUG_OVER: return .over(passes: word.passes)
        case CLINUX_DEBUG_FAULTED: return .faulted(signal: Int32(truncatingIfNeeded: word.ip))
        case CLINUX_DEBUG_WENT_ON: return .wentOn
        case CLINUX_DEBUG_REFUSED: return .refused(Int32(truncatingIfNeeded: word.ip))
        default: return .ended
        }
    }

    enum Order {
        /// Its thread alone runs until it is outside these addresses.
        case step(Range<UInt64>)
        /// All run until its thread is at that address with its stack pointer above that one.
        case until(UInt64, above: UInt64)
    }

    /// Tells what stands to go so far, for so many milliseconds at most; then the next word comes.
    ///
    /// - Returns: false: it does not stand any more.
    func order(_ order: Order, milliseconds: UInt32) -> Bool {
        var words = clinux_debug_order()
        (words.tid, words.milliseconds) = (place?.thread ?? 0, milliseconds)
        switch order {
        case .step(let range): (words.way, words.low, words.high) = (CLINUX_DEBUG_STEP.rawValue, range.lowerBound, range.upperBound)
        case .until(let address, let above): (words.way, words.low, words.high) = (CLINUX_DEBUG_UNTIL.rawValue, address, above)
        }
        // SAFETY: the words are read before the call returns.
        return unsafe send(socket.raw, &words, MemoryLayout<clinux_debug_order>.size, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) == MemoryLayout<clinux_debug_order>.size
    }

    /// Takes the breakpoint away; what is still told can be read.
    func end() { _ = shutdown(socket.raw, Int32(SHUT_WR)) }
}
