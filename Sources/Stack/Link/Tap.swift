public import Rings
internal import Wire

/// A copy of a frame as it passed an interface: what `nicinfo`, captures and `/dev/bpf` are fed with.
public struct TappedFrame: ~Copyable {
    public var packet: Packet
    public let interface: InterfaceIndex
    public let isSent: Bool
    public let time: Instant
    /// Octets of the frame itself; the copy may hold fewer.
    public let octets: Int
}

extension Stack {
    /// Copies every frame of the interface from now on, or no more.
    public mutating func setTap(_ index: InterfaceIndex, _ isOn: Bool) throws(ConfigurationError) {
        interfaces[try position(index)].isTapped = isOn
    }

    /// The oldest copy not yet taken.
    public mutating func nextTapped() -> TappedFrame? { taps.popFirst() }

    /// Copies the frame; a full queue or empty pool loses the copy, never the frame.
    mutating func tap(_ packet: borrowing Packet, _ position: Int, isSent: Bool) {
        let index = InterfaceIndex(UInt16(truncatingIfNeeded: position))
        guard !taps.isFull, var copy = memory.take(octets: packet.length), copy.append(copying: packet.octets) else {
            statistics[.tapMissed] &+= 1
            return
        }
        copy.flags = packet.flags
        copy.vlan = packet.vlan
        let octets = packet.length
        let frame = TappedFrame(packet: copy, interface: index, isSent: isSent, time: now, octets: octets)
        if taps.append(frame) == nil { statistics[.tapCopied] &+= 1 } else { statistics[.tapMissed] &+= 1 }
    }
}
