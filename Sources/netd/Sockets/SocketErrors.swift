import Glibc
import Messages
import Stack
import Wire

extension SendError {
    /// The error number that a program expects of `sendto`.
    var errno: Int32 {
        switch self {
        case .noSuchEndpoint: EBADF
        case .destinationRequired: EDESTADDRREQ
        case .familyOff: EAFNOSUPPORT
        case .networkUnreachable: ENETUNREACH
        case .interfaceDown: ENETDOWN
        case .addressNotAvailable: EADDRNOTAVAIL
        case .prohibited, .broadcastRefused: EACCES
        case .messageTooLong: EMSGSIZE
        case .wouldBlock: EAGAIN
        case .noMemory: ENOBUFS
        case .portsExhausted: EAGAIN
        case .badDestination: EINVAL
        }
    }
}

extension EndpointError.Cause {
    /// As `SO_ERROR` reports an ICMP error. RFC 1122 §4.1.3.3.
    var errno: Int32 {
        switch self {
        case .networkUnreachable: ENETUNREACH
        case .hostUnreachable: EHOSTUNREACH
        case .protocolUnreachable: ENOPROTOOPT
        case .portUnreachable: ECONNREFUSED
        case .messageTooLong: EMSGSIZE
        case .prohibited: EACCES
        case .timeExceeded: EHOSTUNREACH
        case .parameterProblem: EPROTO
        }
    }
}

extension EndpointFailure {
    var errno: Int32 {
        switch self {
        case .noSuchEndpoint: EBADF
        case .tableFull, .groupListFull: ENOBUFS
        case .addressInUse: EADDRINUSE
        case .addressNotOurs: EADDRNOTAVAIL
        case .portsExhausted: EAGAIN
        case .alreadyBound: EINVAL
        case .familyOff: EAFNOSUPPORT
        case .noSuchInterface: ENXIO
        case .notAGroup: EINVAL
        case .notJoined: EADDRNOTAVAIL
        case .notConnected: ENOTCONN
        }
    }

    var sentence: String {
        switch self {
        case .noSuchEndpoint: "there is no such socket"
        case .tableFull: "the stack has no room for another socket"
        case .addressInUse: "another socket has that address and port"
        case .addressNotOurs: "no interface of this stack has that address, or no route leads there"
        case .portsExhausted: "no port is free"
        case .alreadyBound: "it is bound already"
        case .familyOff: "this stack does not speak that address family"
        case .noSuchInterface: "there is no such interface"
        case .notAGroup: "that is no group address"
        case .groupListFull: "it is in as many groups as it can be"
        case .notJoined: "it is not in that group"
        case .notConnected: "it is not connected"
        }
    }
}

extension DatagramHeader.Address {
    var isIPv6: Bool { if case .v6 = self { true } else { false } }

    /// As the stack's tables have it.
    var stackAddress: IPAddress {
        switch self {
        case .v4(let address): IPAddress(address)
        case .v6(let address): address
        }
    }

    var isAny: Bool { stackAddress.isAny }

    init(_ address: IPAddress, isIPv6: Bool) {
        self = isIPv6 || !address.isIPv4 ? .v6(address) : .v4(address.ipv4)
    }
}
