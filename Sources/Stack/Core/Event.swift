public import Wire

/// What the process must hear of. Drained with `Stack.nextEvent`.
public enum Event: Equatable, Sendable {
    /// Detection is over and nobody else has the address: it may be used.
    case addressReady(InterfaceIndex, IPAddress)
    /// Another station uses the address; it is marked duplicated, or is being defended. RFC 5227 §2.1.1, §2.4.
    case addressConflict(InterfaceIndex, IPAddress, MACAddress, stillOurs: Bool)
    case linkChanged(InterfaceIndex, up: Bool)
    case neighborFailed(InterfaceIndex, IPAddress)
    /// The driver's filter must be made anew from `multicastList(on:)`.
    case multicastChanged(InterfaceIndex)
    case readable(EndpointID)
    /// A send was refused for want of transmit space, and there is some now.
    case writable(EndpointID)
    /// An error waits in the endpoint's error queue.
    case failed(EndpointID)
    /// A connection that was asked for is open.
    case streamConnected(StreamID)
    /// A listener has connections to accept.
    case streamAcceptable(StreamID)
    /// Octets, the peer's end, or an error: read, then look at the condition. Again only after all was read.
    case streamReadable(StreamID)
    /// There is room again for an owner that found none.
    case streamWritable(StreamID)
    /// Something about a connection that is not its octets: the network's or the timer's complaint, or urgent octets. The
    /// condition says which. RFC 9293 §3.9.1.8.
    case streamAdvised(StreamID)
}

/// Which interface, as small as the frame path wants it. `lo0` is 0.
public struct InterfaceIndex: Hashable, Sendable {
    public let position: UInt16
    public init(_ position: UInt16) { self.position = position }
    public static var loopback: Self { Self(0) }
}

/// Which endpoint: its place and the generation that keeps a closed one's number from meaning its successor.
public struct EndpointID: Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    init(_ position: UInt32, generation: UInt16) { rawValue = position | UInt32(generation) &<< 16 }
    var position: UInt32 { rawValue & 0xffff }
    var generation: UInt16 { UInt16(truncatingIfNeeded: rawValue &>> 16) }
}
