internal import Glibc

/// A message as a program describes it: every address is in its memory.
struct TheirMessage {
    var name: UInt64 = 0
    /// Octets of the name, or the room for it.
    var nameOctets = 0
    var pieces: [Piece] = []
    var control: UInt64 = 0
    var controlOctets: UInt64 = 0

    /// `struct msghdr`, and where its parts are.
    static let octets: UInt64 = 56, nameLengthOffset: UInt64 = 8, controlLengthOffset: UInt64 = 40, flagsOffset: UInt64 = 48
    /// `struct mmsghdr`.
    static let rowOctets: UInt64 = 64, rowLengthOffset: UInt64 = 56

    /// Octets in all, at most what one attempt moves.
    var length: Int {
        var sum = 0
        for piece in pieces { sum = min(sum + min(piece.length, Scratch.payloadOctets), Scratch.payloadOctets) }
        return sum
    }

    /// More than a datagram has room for.
    var isTooLong: Bool {
        var sum = 0
        for piece in pieces {
            guard piece.length <= Scratch.payloadOctets else { return true }
            sum += piece.length
        }
        return sum > 65_515
    }

    enum Reading { case message(TheirMessage), refused(Int32) }

    /// Reads a `struct msghdr`.
    static func read(_ address: UInt64, _ memory: borrowing ProgramMemory) throws(Fault) -> Reading {
        let words = try memory.words(address, 7)
        var message = TheirMessage(name: words[0])
        let nameLength = Int32(truncatingIfNeeded: words[1])
        guard nameLength >= 0 else { return .refused(EINVAL) }
        message.nameOctets = min(Int(nameLength), Scratch.nameOctets)
        guard words[3] <= 1024 else { return .refused(EMSGSIZE) }
        (message.control, message.controlOctets) = (words[4], words[5])
        guard words[5] <= UInt64(Int32.max) else { return .refused(ENOBUFS) }
        let pairs = try memory.words(words[2], Int(words[3]) * 2)
        for index in 0..<Int(words[3]) {
            guard pairs[2 * index + 1] <= UInt64(Int.max) else { return .refused(EINVAL) }
            message.pieces.append(Piece(address: pairs[2 * index], length: Int(pairs[2 * index + 1])))
        }
        return .message(message)
    }
}
