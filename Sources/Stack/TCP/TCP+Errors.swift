internal import Wire

// What the network says about segments of ours. RFC 9293 §3.9.2.2, RFC 5927.
extension Stack {
    /// - Returns: whether a connection of ours has such a segment in flight: anybody can guess addresses and ports, few can
    ///   guess the number. RFC 5927 §4.1.
    mutating func reportToStream(_ name: FourTuple, _ sequence: SequenceNumber, _ cause: EndpointError.Cause) -> Bool {
        guard let position = streams.find(name) else { return reportToHalfOpen(name, sequence) }
        guard sequence >= streams[position].unacknowledged, sequence < streams[position].sendNext else { return false }
        let isOpening = streams[position].state == .synSent || streams[position].state == .synReceived
        guard let why = StreamError(cause) else { return true }
        // §3.9.2.2 (MUST-54, MUST-56): what may pass ends no connection. Hard errors end an opening alone: anybody could forge
        // one (RFC 5927 §5.2), so for an open connection SHLD-26 is not followed.
        if isOpening, cause == .portUnreachable || cause == .protocolUnreachable || cause == .prohibited {
            streams[position].fail(why)
            carryOut([.finished, .readable], position)
        } else {
            streams[position].softError = why
            carryOut(.advise, position)
        }
        return true
    }

    /// The address is ours no more: nothing may leave from it, not even a reset. Cold: looks at every stream.
    mutating func abandonStreams(at address: IPAddress) {
        for position in 0..<streams.bound where streams.isTaken(position) && streams[position].local.address == address {
            guard streams[position].state != .closed, streams[position].state != .listen else { continue }
            streams[position].fail(.aborted)
            carryOut([.finished, .readable], position)
        }
        for half in 0..<halfOpens.bound where halfOpens.isTaken(half) && halfOpens[half].name.local.address == address { endHalfOpen(half) }
    }

    private func reportToHalfOpen(_ name: FourTuple, _ sequence: SequenceNumber) -> Bool {
        guard let half = halfOpens.find(name) else { return false }
        return halfOpens[half].initialSend == sequence
    }
}

extension StreamError {
    /// As an opening that fails tells it; nil for what is no error of a connection.
    init?(_ cause: EndpointError.Cause) {
        switch cause {
        case .networkUnreachable: self = .networkUnreachable
        case .hostUnreachable, .timeExceeded: self = .hostUnreachable
        case .protocolUnreachable: self = .protocolUnreachable
        case .portUnreachable: self = .refused
        case .prohibited: self = .prohibited
        case .messageTooLong, .parameterProblem: return nil
        }
    }
}

extension SequenceNumber {
    /// Of a quoted segment's first eight octets; zero where there are fewer.
    init(quoted octets: RawSpan) {
        self.init(rawValue: TCPHeader.quoted(octets)?.sequence ?? 0)
    }
}
