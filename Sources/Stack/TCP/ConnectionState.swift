/// Where a connection is in its life. RFC 9293 §3.3.2.
public enum ConnectionState: UInt8, Sendable, CaseIterable {
    case closed, listen, synSent, synReceived, established, finWait1, finWait2, closeWait, closing, lastAck, timeWait

    /// As `netstat` writes it.
    public var text: String {
        switch self {
        case .closed: "CLOSED"
        case .listen: "LISTEN"
        case .synSent: "SYN_SENT"
        case .synReceived: "SYN_RECEIVED"
        case .established: "ESTABLISHED"
        case .finWait1: "FIN_WAIT_1"
        case .finWait2: "FIN_WAIT_2"
        case .closeWait: "CLOSE_WAIT"
        case .closing: "CLOSING"
        case .lastAck: "LAST_ACK"
        case .timeWait: "TIME_WAIT"
        }
    }

    /// Both ends know each other's sequence numbers.
    var isSynchronized: Bool { rawValue >= Self.established.rawValue }
    /// The owner may still send: no FIN of ours is on its way or asked for by the peer's last word.
    var maySend: Bool { self == .established || self == .closeWait }
    /// The peer may still send: its FIN has not come.
    var mayReceive: Bool { self == .established || self == .finWait1 || self == .finWait2 }
}
