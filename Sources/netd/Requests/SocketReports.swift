import Messages
import Stack
import Wire

// What `netstat` and `sockstat` show of sockets.
extension Netd {
    func socketReports() -> [SocketReport] { datagramReports() + streamReports() }

    private func datagramReports() -> [SocketReport] {
        let listed = Dictionary(uniqueKeysWithValues: unsafe stack.pointee.listEndpoints().map { ($0.id, $0) })
        return sockets.entries.values.sorted { $0.id < $1.id }.compactMap { entry in
            guard let one = listed[entry.endpoint] else { return nil }
            return SocketReport(
                id: entry.id, protocol: entry.protocol, local: SocketAddress(one.local), remote: one.remote.map { SocketAddress($0) },
                receiveQueue: one.waitingOctets, sendQueue: 0, dropped: one.overflows, pid: entry.pid)
        }
    }

    private func streamReports() -> [SocketReport] {
        unsafe stack.pointee.listStreams().map { one in
            let place = one.id.flatMap { streams.place($0) }, entry = place.map { streams.entries[$0] }
            var report = SocketReport(
                id: entry?.number ?? 0, protocol: one.isIPv6 ? "tcp6" : "tcp", local: SocketAddress(one.local),
                remote: one.remote.map { SocketAddress($0) }, receiveQueue: one.receiveQueue, sendQueue: one.sendQueue, dropped: 0,
                pid: entry?.pid ?? 0, state: one.state.text)
            guard let id = one.id, let about = unsafe stack.pointee.streamInformation(id) else { return report }
            if one.state == .listen { report.dropped = about.counters.refused } else if one.remote != nil { report.connection = ConnectionReport(about) }
            return report
        }
    }
}

extension SocketAddress {
    init(_ address: EndpointAddress) { self.init(address: address.address.text, port: address.port) }
}

extension ConnectionReport {
    init(_ about: StreamInformation) {
        self.init()
        let recovery = about.recovery
        (segmentOctets, peerWindow, congestionWindow) = (about.segmentOctets, about.peerWindow, recovery.window)
        (slowStartThreshold, sendCapacity, receiveCapacity) = (recovery.threshold, about.sendCapacity, about.receiveCapacity)
        (roundTrip, roundTripVariation) = (recovery.roundTrip.inMicroseconds, recovery.variation.inMicroseconds)
        (leastRoundTrip, retransmissionTimeout) = (recovery.leastRoundTrip.inMicroseconds, recovery.timeout.inMicroseconds)
        (inFlight, retransmitted) = (recovery.inFlight, recovery.retransmitted)
        (recoveries, timeouts, phase) = (recovery.recoveries, recovery.timeouts, recovery.state)
        (octetsIn, octetsOut) = (about.counters.octetsIn, about.counters.octetsOut)
        (segmentsIn, segmentsOut) = (about.counters.segmentsIn, about.counters.segmentsOut)
        options = [(about.hasTimestamps, "timestamps"), (about.hasSACK, "sack"), (about.sendScale > 0, "window scale")].filter(\.0).map(\.1)
    }
}
