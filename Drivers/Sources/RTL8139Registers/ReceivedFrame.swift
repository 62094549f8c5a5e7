/// What the device writes in front of each frame in the receive ring: 4 octets, then the frame, then its FCS; the next one starts
/// at a multiple of 4. RTL8139C(L), "Receive Status Register in Rx packet header"
@frozen public struct ReceivedFrame: Sendable {
    /// Octets of the header, and of the FCS behind the frame.
    @inlinable public static var headerOctets: Int { 4 }
    @inlinable public static var fcsOctets: Int { 4 }
    /// In the length: the frame is still being written.
    @inlinable public static var unfinished: Int { 0xFFF0 }

    public let word: UInt32
    @inlinable public init(_ word: UInt32) { self.word = word }

    /// Octets of frame and FCS.
    @inlinable public var length: Int { Int(word >> 16) }
    @inlinable public var isUnfinished: Bool { length == ReceivedFrame.unfinished }
    /// ROK; and its opposites FAE, CRC, LONG, RUNT, ISE.
    @inlinable public var isGood: Bool { word & 0x3F == 0x01 }
    @inlinable public static var ok: UInt32 { 0x01 }
    @inlinable public static var crcError: UInt32 { 0x04 }

    /// From this header to the next.
    @inlinable public var step: Int { (length &+ ReceivedFrame.headerOctets &+ 3) & ~3 }
}
