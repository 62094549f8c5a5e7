// What the tools print of streams: values copied out. Cold: these allocate.

/// A stream, a connection that is over, or one that is half open.
public struct StreamListing: Sendable {
    /// Nil for what nobody holds.
    public let id: StreamID?
    public let state: ConnectionState
    public let isIPv6: Bool
    public let local: EndpointAddress, remote: EndpointAddress?
    /// Octets that wait to be read, and for their acknowledgment; of a listener: connections that wait, and how many may.
    public let receiveQueue: Int, sendQueue: Int
}

extension Stack {
    /// All that has a port: `netstat -a -p tcp`.
    public func listStreams() -> [StreamListing] {
        (0..<streams.bound).filter { streams.isTaken($0) }.map { listing($0) }
            + (0..<halfOpens.bound).filter { halfOpens.isTaken($0) }.map { half in
                StreamListing(
                    id: nil, state: .synReceived, isIPv6: !halfOpens[half].name.local.address.isIPv4,
                    local: halfOpens[half].name.local, remote: halfOpens[half].name.remote, receiveQueue: 0, sendQueue: 0)
            }
            + (0..<timeWaits.bound).filter { timeWaits.isTaken($0) }.map { waiting in
                StreamListing(
                    id: nil, state: .timeWait, isIPv6: !timeWaits[waiting].name.local.address.isIPv4,
                    local: timeWaits[waiting].name.local, remote: timeWaits[waiting].name.remote, receiveQueue: 0, sendQueue: 0)
            }
    }

    private func listing(_ position: UInt32) -> StreamListing {
        let isListener = streams[position].state == .listen
        let remote = streams[position].remote
        return StreamListing(
            id: streams[position].flags.contains(.isOrphan) ? nil : streams.id(position), state: streams[position].state,
            isIPv6: streams[position].flags.contains(.isIPv6), local: streams[position].local, remote: remote.port == 0 ? nil : remote,
            receiveQueue: isListener ? Int(streams[position].waiting) : streams[position].readableOctets,
            sendQueue: isListener ? Int(streams[position].backlog) : streams[position].sendBuffer.count)
    }

    /// A stream's own address, and its peer's if it has one.
    public func streamNames(_ id: StreamID) throws(EndpointFailure) -> (local: EndpointAddress, remote: EndpointAddress?) {
        let position = try stream(id)
        let remote = streams[position].remote
        return (streams[position].local, remote.port == 0 ? nil : remote)
    }
}
