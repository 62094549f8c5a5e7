internal import Host

/// What becomes of a call.
enum Verdict: ~Copyable {
    case answer(Int)
    case refuse(Int32)
    /// A new descriptor, and for accept whose it is.
    case give(FileDescriptor, closeOnExec: Bool, peer: Peer?)
    /// It is not about a socket of a stack: the kernel's.
    case letGo
    /// Until the socket is ready.
    case wait(events: Int16)
    /// Until a stack has answered on this connection: connect.
    case answering(FileDescriptor)
    case gone

    /// What the call returns; nil when it does not, or not yet.
    var result: Int? {
        switch self {
        case .answer(let value): value
        default: nil
        }
    }

    var isWait: Bool {
        switch self {
        case .wait: true
        default: false
        }
    }
}

/// A `struct sockaddr` as accept gives it.
struct Peer: Sendable {
    var octets = [28 of UInt8](repeating: 0)
    var length: UInt32 = 28
}
