// Which port a connection gets. RFC 6056.
extension Stack {
    private static var firstPort: UInt32 { 49152 }
    private static var portSpan: UInt32 { 65536 - 49152 }

    /// For `bind`: a port that nobody holds.
    mutating func freePort(_ position: UInt32, _ address: IPAddress) throws(EndpointFailure) -> UInt16 {
        let start = UInt32(truncatingIfNeeded: random.below(UInt64(Self.portSpan)))
        for step in 0..<Self.portSpan {
            let port = UInt16(truncatingIfNeeded: Self.firstPort + (start + step) % Self.portSpan)
            if !streams.isHeld(port) { return port }
        }
        throw .portsExhausted
    }

    /// For `connect`: algorithm 3, §3.3.3: an offset that only this host can compute of the peer, and a counter, so that the
    /// same peer sees a port again as late as can be. A port may serve connections to different peers at once.
    mutating func connectPort(_ local: IPAddress, _ peer: EndpointAddress) -> UInt16? {
        let offset = streamSecret(FourTuple(EndpointAddress(local, 0), peer), 2)
        var waiting: UInt16?
        for _ in 0..<Self.portSpan {
            let port = UInt16(truncatingIfNeeded: Self.firstPort + UInt32(truncatingIfNeeded: (offset &+ portCounter) % UInt64(Self.portSpan)))
            portCounter &+= 1
            let name = FourTuple(EndpointAddress(local, port), peer)
            guard streams.find(name) == nil, streams.listener(name, on: 0) == nil else { continue }
            guard let old = timeWaits.find(name) else { return port }
            // Better than none: its clock makes the new connection's numbers safe after a second. RFC 6191 §2.
            if waiting == nil, timeWaits[old].hasTimestamps, timeWaits[old].expires - now < configuration.timeWait + .seconds(-1) { waiting = port }
        }
        return waiting
    }
}
