public import Host

/// Why a message brought no answer.
public enum MessageFailure: Error, Equatable, Sendable {
    /// Nobody serves at that path.
    case noServer
    /// The other side belongs to another user.
    case refused(uid: UInt32)
    case timedOut(after: Duration)
    /// The server ended while we waited, or before.
    case serverDied
    /// Beyond `Envelope.mostOctets`, or more than 16 descriptors.
    case tooLarge(octets: Int)
    case wrongVersion(theirs: UInt16)
    /// What came is no message, or its body is not what was expected.
    case malformed
    /// The server understood, and says no.
    case rejected(Failure)
    case system(SystemError)

    /// The sentence for a user who asked for `what` of `whom`.
    public func failure(_ what: String, of whom: String) -> Failure {
        switch self {
        case .noServer: Failure(.noProcess, what: what, why: "\(whom) is not running", fix: "start it, or select another with SOCK=")
        case .refused(let uid): Failure(.notPermitted, what: what, why: "\(whom) belongs to user \(uid)", fix: "ask as that user")
        case .timedOut(let time): Failure(.timedOut, what: what, why: "\(whom) did not answer within \(time)", fix: "see pidin")
        case .serverDied: Failure(.connectionReset, what: what, why: "\(whom) died", fix: "start it again")
        case .tooLarge(let octets): Failure(.messageTooLong, what: what, why: "\(octets) octets are too many for one message")
        case .wrongVersion(let theirs):
            Failure(.protocolError, what: what, why: "\(whom) speaks version \(theirs) of the protocol, this program \(Envelope.version)",
                fix: "restart it with the same build")
        case .malformed: Failure(.protocolError, what: what, why: "\(whom) sent what is no answer", fix: "restart it with the same build")
        case .rejected(let failure): failure
        case .system(let error): Failure(error, what: what)
        }
    }
}
