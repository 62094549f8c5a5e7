internal import Host
internal import ProgramSockets

/// A call that waits for its socket.
final class Parked {
    let notification: Notification
    /// Our own number for the program's socket.
    var descriptor: FileDescriptor?
    let socket: ProgramSocket
    /// Where a connect's answer will come.
    var connection: FileDescriptor?
    /// On the monotonic clock, from SO_RCVTIMEO or SO_SNDTIMEO.
    let deadline: UInt64?
    let token: UInt64

    init(_ notification: Notification, _ descriptor: consuming FileDescriptor, _ socket: ProgramSocket, _ connection: consuming FileDescriptor?,
         deadline: UInt64?, token: UInt64) {
        (self.notification, self.socket, self.deadline, self.token) = (notification, socket, deadline, token)
        self.descriptor = consume descriptor
        let answers = connection.number
        (waitsFor, isConnecting) = (answers ?? socket.descriptor, answers != nil)
        self.connection = consume connection
    }

    let isConnecting: Bool
    /// What becomes ready.
    let waitsFor: Int32
}

extension Optional where Wrapped == FileDescriptor {
    /// Without taking it: optional chaining would.
    var number: Int32? {
        switch self {
        case .some(let descriptor): descriptor.raw
        case nil: nil
        }
    }
}
