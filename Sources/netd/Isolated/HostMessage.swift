import Glibc
import Host

/// What a stack and a driver host say to each other, beside the rings. One message, one packet of a socket pair.
struct HostMessage {
    enum Word: UInt32 {
        // The stack asks; the host answers with the same word and sequence, and a status of 0 or a negative errno.
        case match = 1, attach, start, stop, detach, setFilter, media, setMedia, setOffloads, setMTU, statistics
        // The host says, unasked.
        /// The image is loaded, or cannot be: `HostHello`.
        case hello = 64
        /// A line of the driver's; `number` is its severity.
        case log, link
        /// The driver gave its device up.
        case failed
        /// A line about the host itself.
        case notice
    }

    static let mostOctets = 1 << 16
    static let headerOctets = 12

    var word: Word
    var sequence: UInt32 = 0
    /// A status, or the one number that a request has.
    var number: Int32 = 0
    var body: [UInt8] = []

    init(_ word: Word, sequence: UInt32 = 0, number: Int32 = 0, body: [UInt8] = []) {
        (self.word, self.sequence, self.number, self.body) = (word, sequence, number, body)
    }

    init(_ word: Word, text: String, number: Int32 = 0) { self.init(word, number: number, body: Array(text.utf8.prefix(1000))) }

    /// Nil: nonsense.
    init?(_ octets: ArraySlice<UInt8>) {
        guard octets.count >= Self.headerOctets else { return nil }
        func number(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(octets[octets.startIndex + at + $1]) << UInt32(8 * $1) } }
        guard let word = Word(rawValue: number(0)) else { return nil }
        self.init(word, sequence: number(4), number: Int32(bitPattern: number(8)), body: Array(octets.dropFirst(Self.headerOctets)))
    }

    var encoded: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(Self.headerOctets + body.count)
        for value in [word.rawValue, sequence, UInt32(bitPattern: number)] { for k in 0..<4 { out.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * k))) } }
        return out + body
    }

    /// One line, whatever came.
    var text: String { String(String(decoding: body, as: UTF8.self).map { $0.isNewline ? " " : $0 }) }
}

/// C structures of the contract as octets: both sides are the same program.
enum Octets {
    // SAFETY: only structures of integers are passed here; their octets mean the same in both processes.
    static func of<T: BitwiseCopyable>(_ value: T) -> [UInt8] { unsafe withUnsafeBytes(of: value) { unsafe Array($0) } }

    /// Nil: there are not exactly as many as the structure has.
    static func value<T: BitwiseCopyable>(_ type: T.Type, _ octets: [UInt8]) -> T? {
        guard octets.count == MemoryLayout<T>.size else { return nil }
        return unsafe octets.withUnsafeBytes { unsafe $0.loadUnaligned(as: type) }
    }
}

/// One end of the socket pair.
// One thread's; the log handler that holds it must say that it could move.
final class HostChannel: @unchecked Sendable {
    enum Arrival { case nothing, message(HostMessage), nonsense, end }

    let socket: FileDescriptor
    private var room = [UInt8](repeating: 0, count: HostMessage.mostOctets)

    init(_ socket: consuming FileDescriptor) { self.socket = socket }

    /// Sends without waiting. - Returns: false when it could not: the other side is gone, or does not read.
    @discardableResult
    func send(_ message: HostMessage, descriptors: [Int32] = []) -> Bool {
        let octets = message.encoded
        let raw = socket.raw
        let outcome: Bool? = unsafe octets.withUnsafeBytes { bytes in unsafe try? UnixSocket.send(raw, bytes, descriptors: descriptors) }
        return outcome ?? false
    }

    func receive(_ descriptors: inout ReceivedDescriptors) -> Arrival {
        let raw = socket.raw
        let outcome: Result<Int?, SystemError> = unsafe room.withUnsafeMutableBytes { bytes in
            do throws(SystemError) { return .success(unsafe try UnixSocket.receive(raw, into: bytes, &descriptors)) } catch { return .failure(error) }
        }
        switch outcome {
        case .success(nil): return .nothing
        case .success(0?), .failure: return .end
        case .success(let count?): return HostMessage(room[..<count]).map { .message($0) } ?? .nonsense
        }
    }

    func receive() -> Arrival {
        var none = ReceivedDescriptors()
        return receive(&none)
    }
}
