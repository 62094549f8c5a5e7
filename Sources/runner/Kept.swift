internal import Host

/// What a call came to whose caller had gone to a signal's handler before it was told.
final class Reply {
    let notification: Notification
    var value = 0
    var error: Int32 = 0
    /// A socket that was made for it, or an accepted one.
    var descriptor: FileDescriptor?
    var closeOnExec = false
    var peer: Peer?
    /// The listener that an accepted one came from.
    var listener: ProgramCalls.Key?
    /// The socket whose connect is still to be answered, on `descriptor`.
    var connecting: ProgramCalls.Key?
    let made = MonotonicClock.now()

    /// The descriptor's number here.
    var raw: Int32? { descriptor.number }

    init(_ notification: Notification) { self.notification = notification }
}

/// Replies without a caller.
///
/// A handler that has returned makes the kernel repeat the call: what was done already must not be done twice. An accepted
/// connection goes to whoever accepts next.
struct Kept {
    /// More than this many threads are not in handlers at once; the oldest is forgotten.
    static let most = 64
    /// Nanoseconds for which a repeated call is the same one, and for which a connection waits for somebody.
    static let memory: UInt64 = 1_000_000_000, patience: UInt64 = 60_000_000_000

    private(set) var replies: [Reply] = []

    mutating func keep(_ reply: Reply) {
        if replies.count >= Self.most { replies.removeFirst() }
        replies.append(reply)
    }

    /// What the same call of the same thread came to.
    mutating func take(_ notification: Notification) -> Reply? {
        replies.firstIndex { $0.connecting == nil && $0.notification.repeats(notification) }.map { replies.remove(at: $0) }
    }

    /// A connect that somebody was taken away from.
    mutating func connect(of socket: ProgramCalls.Key) -> Reply? {
        replies.firstIndex { $0.connecting == socket }.map { replies.remove(at: $0) }
    }

    /// A connection that nobody was told of.
    mutating func connection(of listener: ProgramCalls.Key) -> Reply? {
        replies.firstIndex { $0.listener == listener }.map { replies.remove(at: $0) }
    }

    /// Forgets what nobody came back for.
    mutating func forget(before now: UInt64) {
        replies.removeAll { now &- $0.made > ($0.listener == nil && $0.connecting == nil ? Self.memory : Self.patience) }
    }
}
