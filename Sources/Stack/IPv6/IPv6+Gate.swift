internal import Rings
internal import Wire

// Where IPv6 enters the stack.
extension Stack {
    mutating func receiveIPv6(_ packet: consuming Packet, _ arrival: Arrival) { drop(packet, .familyOff) }

    mutating func sendSolicitation(_ address: IPAddress, _ interface: Int, _ mac: MACAddress?) {}

    mutating func sendDatagram6(
        _ position: UInt32, _ to: EndpointAddress, _ payload: RawSpan, _ options: EndpointOptions
    ) throws(SendError) { throw .familyOff }

    mutating func complainOfTimeout6(_ position: UInt32) {}

    mutating func sendReport6(_ group: IPAddress, _ interface: Int) {}

    mutating func sendLeave6(_ group: IPAddress, _ interface: Int) {}
}

extension Stack {
    mutating func detectAddress6(_ place: UInt32) {}
}
