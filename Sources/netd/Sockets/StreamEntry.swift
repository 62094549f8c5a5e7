import Host
import Messages
import Stack

/// A program's stream: the stack's end of its pair, and how far each direction has come.
struct StreamEntry {
    enum Role: Equatable {
        /// No stream has this place.
        case none
        /// Neither connected nor listening.
        case fresh
        case connecting
        case connected
        case listening
        /// The connection died; the end is kept for a while, so that the program can ask why.
        case dead
    }

    var role = Role.none
    var stream = StreamID(rawValue: 0)
    var number: UInt32 = 0
    var descriptor: Int32 = -1
    var isIPv6 = false
    /// Who opened it, or listened when it came.
    var pid: Int32 = 0
    /// What the loop watches the end for; nil: it is not in the loop.
    var interest: Interest? = []
    /// Octets that only keep the program's end from looking writable while it connects.
    var fill = 0
    /// Who waits for the connection to open.
    var waiter: Sender?
    /// The program's end takes no more for now.
    var isFull = false
    /// The stack has no room for more of the program's octets.
    var isThrottled = false
    /// The program has sent its last octet.
    var isInputOver = false
    /// The program was told that the peer has.
    var isOutputOver = false
    /// The program has closed its end; what it wrote is still on its way into the stack.
    var isLeft = false
    /// A connection that opened without a waiter: `connect` says so once, as Linux does.
    var isNews = false
    /// `SO_LINGER` with zero seconds: closing is an abort.
    var aborts = false

    /// What to watch for next.
    var wanted: Interest? {
        switch role {
        case .none, .dead: return nil
        case .fresh, .connecting: return []
        case .listening: return isFull ? .write : []
        case .connected:
            if isLeft { return nil }
            var wanted: Interest = []
            if !isInputOver, !isThrottled { wanted.formUnion([.read, .urgent]) }
            if isFull { wanted.insert(.write) }
            return wanted
        }
    }
}
