/// What became of a frame that was offered to a device.
@frozen public enum Offer: Sendable {
    /// The device has it; there is no room for it now; the device must not be given it.
    case taken, full, refused
}

/// A driver that hands frames to its device one by one. It says how one is handed over, and when the device is told; batches, and
/// frames that come back as failed, are the same for all.
public protocol FrameSender: NICDriver, ~Copyable {
    /// Hands over the frame of `parts` buffers at `start`, when there is room for all of it.
    mutating func offer(_ list: Span<Buffer>, _ start: Int, _ parts: Int) -> Offer
    /// Tells the device how far it may go. Once a batch.
    mutating func announce()
}

extension FrameSender where Self: ~Copyable {
    @inlinable public mutating func provideTransmit(_ list: Span<Buffer>) -> Int {
        guard core.state == .running else { return 0 }
        var n = 0
        while n < list.count {
            let parts = FrameParts.count(list, from: n)
            guard parts > 0 else { break }
            let outcome = offer(list, n, parts)
            guard outcome == .taken || (outcome == .refused && core.refuse(list, n, parts)) else { break }
            n &+= parts
        }
        announce()
        return n
    }
}

extension DriverCore where Variables: NICVariables {
    /// Sends a frame home as failed, and counts it. False: there is no room, so that it is offered again.
    @usableFromInline mutating func refuse(_ list: Span<Buffer>, _ start: Int, _ parts: Int) -> Bool {
        guard done.room >= parts &+ reserve else { return false }
        for part in 0..<parts {
            sendHome(OwnedBuffer(taking: list[start &+ part]), isFirst: part == 0, isLast: part == parts &- 1, failed: true)
        }
        live.value.usual.refusedFrames &+= 1
        return true
    }
}

extension Buffer {
    /// A number that is the same for all frames of a flow, so that they stay in order on one queue: from addresses and ports of IPv4,
    /// addresses of IPv6.
    @inlinable public var flow: Int {
        var sum = 0
        for at in 26..<38 { sum = sum &* 31 &+ Int(octet(at) ?? 0) }
        // The low bits alone say little of a sum of odd multiples.
        return (sum &* 0x9E37_79B1) >> 16 & 0xFFFF
    }
}
