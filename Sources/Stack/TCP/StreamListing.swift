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

    /// How a connection fares; nil when there is none of that number.
    public func streamInformation(_ id: StreamID) -> StreamInformation? {
        guard let position = streams.position(id) else { return nil }
        return StreamInformation(
            state: streams[position].state, segmentOctets: Int(streams[position].segmentOctets),
            receivedSegment: Int(streams[position].receivedSegment), peerWindow: Int(streams[position].sendWindow),
            receiveCapacity: Int(streams[position].receiveCapacity), sendCapacity: Int(streams[position].sendCapacity),
            sendScale: streams[position].sendScale, receiveScale: streams[position].receiveScale,
            hasTimestamps: streams[position].flags.contains(.hasTimestamps), hasSACK: streams[position].flags.contains(.hasSACK),
            counters: streams[position].counters, recovery: streams[position].recovery.information)
    }
}

/// A connection's state for people and for `TCP_INFO`. Octets.
public struct StreamInformation: Sendable {
    public let state: ConnectionState
    /// Payload of a full segment, ours and the largest of the peer's.
    public let segmentOctets: Int, receivedSegment: Int
    public let peerWindow: Int, receiveCapacity: Int, sendCapacity: Int
    public let sendScale: UInt8, receiveScale: UInt8
    public let hasTimestamps: Bool, hasSACK: Bool
    public let counters: StreamCounters
    public let recovery: RecoveryInformation
}
