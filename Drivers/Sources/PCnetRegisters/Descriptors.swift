/// The initialization block with 32-bit structures: 28 octets that the device reads once. Am79C970A, "Initialization Block"
public enum InitializationBlock {
    public static var octets: Int { 28 }
    /// Octets from its start: MODE with the ring lengths, the station's address, the logical address filter, the two rings.
    public static var mode: Int { 0 }
    public static var address: Int { 4 }
    public static var filter: Int { 12 }
    public static var receiveRing: Int { 20 }
    public static var transmitRing: Int { 24 }

    /// MODE, RLEN and TLEN: the base-2 logarithms of the rings' sizes.
    public static func first(mode: UInt32, receive: Int, transmit: Int) -> UInt32 {
        mode & 0xFFFF | UInt32(receive.trailingZeroBitCount) << 20 | UInt32(transmit.trailingZeroBitCount) << 28
    }
}

/// A descriptor with SWSTYLE 2: the buffer's address, a word that OWN is in, a word that the device answers in, a word of software's.
/// Am79C970A, "Receive Descriptors", "Transmit Descriptors"
public enum PCnetDescriptor {
    public static var octets: Int { 16 }
    /// Octets from the descriptor's start.
    public static var address: Int { 0 }
    public static var control: Int { 4 }
    public static var status: Int { 8 }

    /// BCNT: octets of a buffer as a two's complement of 12 bits, under four ones. RMD1, TMD1
    @inlinable public static func byteCount(_ octets: Int) -> UInt32 { UInt32(truncatingIfNeeded: 0 &- octets) & 0x0FFF | 0xF000 }

    /// The device has it. RMD1, TMD1
    @inlinable public static var own: UInt32 { 1 << 31 }
    /// Something went wrong.
    @inlinable public static var error: UInt32 { 1 << 30 }
    /// First and last buffer of a frame.
    @inlinable public static var start: UInt32 { 1 << 25 }
    @inlinable public static var end: UInt32 { 1 << 24 }
    /// Bus parity.
    @inlinable public static var parity: UInt32 { 1 << 23 }

    /// Receive: framing (a part of an octet too much), overflow of the FIFO, checksum, no buffer for the rest. RMD1
    @inlinable public static var framing: UInt32 { 1 << 29 }
    @inlinable public static var overflow: UInt32 { 1 << 28 }
    @inlinable public static var checksum: UInt32 { 1 << 27 }
    @inlinable public static var noBuffer: UInt32 { 1 << 26 }
    /// MCNT: octets of the frame, FCS included; with `end`. RMD2
    @inlinable public static func messageCount(_ status: UInt32) -> Int { Int(status & 0x0FFF) }

    /// Transmit: an FCS whatever MODE says; more than one retry; one retry; deferred. TMD1
    @inlinable public static var addFCS: UInt32 { 1 << 29 }
    @inlinable public static var more: UInt32 { 1 << 28 }
    @inlinable public static var one: UInt32 { 1 << 27 }
    @inlinable public static var deferred: UInt32 { 1 << 26 }
    /// Ring broken off, underflow, excessive deferral, late collision, no carrier, 16 collisions. TMD2
    @inlinable public static var bufferError: UInt32 { 1 << 31 }
    @inlinable public static var underflow: UInt32 { 1 << 30 }
    @inlinable public static var lateCollision: UInt32 { 1 << 28 }
    @inlinable public static var noCarrier: UInt32 { 1 << 27 }
    @inlinable public static var retries: UInt32 { 1 << 26 }
}
