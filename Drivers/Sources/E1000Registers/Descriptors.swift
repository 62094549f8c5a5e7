/// A receive descriptor: 16 octets, little-endian, in the ring. 8254x §3.2.3
public enum ReceiveDescriptor {
    /// Octets of a descriptor.
    public static var size: Int { 16 }
    /// Octets from the descriptor's start: the buffer's address (8), frame length (2), checksum (2), status (1),
    /// errors (1), special: the VLAN tag (2).
    public static var address: Int { 0 }
    public static var length: Int { 8 }
    public static var checksum: Int { 10 }
    public static var status: Int { 12 }
    public static var errors: Int { 13 }
    public static var special: Int { 14 }

    /// Status bits. 8254x §3.2.3.1
    @frozen public struct Status: OptionSet, Sendable {
        public let rawValue: UInt8
        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Descriptor done; end of packet; ignore checksum indication; VLAN tag stripped; TCP or UDP checksum
        /// calculated; IP checksum calculated; passed an inexact filter.
        @inlinable public static var done: Self { Self(rawValue: 0x01) }
        @inlinable public static var endOfPacket: Self { Self(rawValue: 0x02) }
        @inlinable public static var ignoreChecksum: Self { Self(rawValue: 0x04) }
        @inlinable public static var vlan: Self { Self(rawValue: 0x08) }
        @inlinable public static var tcpChecked: Self { Self(rawValue: 0x20) }
        @inlinable public static var ipChecked: Self { Self(rawValue: 0x40) }
        @inlinable public static var inexactFilter: Self { Self(rawValue: 0x80) }
    }

    /// Error bits, valid with `done` and `endOfPacket`. 8254x §3.2.3.2
    @frozen public struct Errors: OptionSet, Sendable {
        public let rawValue: UInt8
        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// CRC or alignment; symbol; sequence; carrier extension; TCP or UDP checksum; IP checksum; receive data.
        @inlinable public static var crc: Self { Self(rawValue: 0x01) }
        @inlinable public static var symbol: Self { Self(rawValue: 0x02) }
        @inlinable public static var sequence: Self { Self(rawValue: 0x04) }
        @inlinable public static var carrierExtension: Self { Self(rawValue: 0x10) }
        @inlinable public static var tcpChecksum: Self { Self(rawValue: 0x20) }
        @inlinable public static var ipChecksum: Self { Self(rawValue: 0x40) }
        @inlinable public static var data: Self { Self(rawValue: 0x80) }
        /// Those that make the frame itself bad (a wrong checksum above does not).
        @inlinable public static var frame: Self { [.crc, .symbol, .sequence, .carrierExtension, .data] }
    }
}

/// Transmit descriptors: 16 octets, little-endian. The first eight are an address (legacy, data) or checksum offsets
/// (context); the second eight are a length, a command and a status. 8254x §3.3
public enum TransmitDescriptor {
    /// Octets of a descriptor.
    public static var size: Int { 16 }
    /// Octets from the descriptor's start to the command and to the status (the same in all three formats).
    public static var lower: Int { 8 }
    public static var upper: Int { 12 }
    public static var status: Int { 12 }

    /// Commands, in place in the descriptor's third word. 8254x §3.3.3.1, §3.3.6.1, §3.3.7.1
    @frozen public struct Command: OptionSet, Sendable {
        public let rawValue: UInt32
        @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// End of packet; insert FCS; insert checksum (legacy); TCP segmentation (context, data); report status;
        /// report packet sent (82544GC/EI); descriptor extension; VLAN; interrupt delay.
        @inlinable public static var endOfPacket: Self { Self(rawValue: 1 << 24) }
        @inlinable public static var insertFCS: Self { Self(rawValue: 1 << 25) }
        @inlinable public static var insertChecksum: Self { Self(rawValue: 1 << 26) }
        @inlinable public static var segmentation: Self { Self(rawValue: 1 << 26) }
        @inlinable public static var reportStatus: Self { Self(rawValue: 1 << 27) }
        @inlinable public static var reportSent: Self { Self(rawValue: 1 << 28) }
        @inlinable public static var extended: Self { Self(rawValue: 1 << 29) }
        @inlinable public static var vlan: Self { Self(rawValue: 1 << 30) }
        @inlinable public static var interruptDelay: Self { Self(rawValue: 1 << 31) }
        /// DTYP 0001b: with `extended`, a data descriptor; without it in an extended one, a context. 8254x §3.3.7
        @inlinable public static var data: Self { Self(rawValue: 1 << 20) }
        /// In a context: the packet is TCP (else UDP); IPv4 (else IPv6). 8254x §3.3.6.1
        @inlinable public static var contextTCP: Self { Self(rawValue: 1 << 24) }
        @inlinable public static var contextIPv4: Self { Self(rawValue: 1 << 25) }
    }

    /// Packet options of a data descriptor, in place in the fourth word. 8254x §3.3.7.3
    @frozen public struct Options: OptionSet, Sendable {
        public let rawValue: UInt32
        @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
        @inlinable public static var insertIP: Self { Self(rawValue: 1 << 8) }
        @inlinable public static var insertTCP: Self { Self(rawValue: 1 << 9) }
    }

    /// Status bits: done; excess collisions; late collision; underrun (82544GC/EI). 8254x §3.3.3.2
    @frozen public struct Status: OptionSet, Sendable {
        public let rawValue: UInt8
        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
        @inlinable public static var done: Self { Self(rawValue: 0x01) }
        @inlinable public static var excessCollisions: Self { Self(rawValue: 0x02) }
        @inlinable public static var lateCollision: Self { Self(rawValue: 0x04) }
        @inlinable public static var underrun: Self { Self(rawValue: 0x08) }
    }
}

/// The offsets of a context descriptor, each in octets from the frame's start. 8254x §3.3.6
@frozen public struct ChecksumContext: Equatable, Sendable {
    /// Where the IPv4 header starts, where its checksum is, its last octet.
    public var ipStart: UInt8, ipOffset: UInt8, ipEnd: UInt16
    /// Where the TCP or UDP sum starts, where its checksum is, the last octet summed (0: to the frame's end).
    public var tuStart: UInt8, tuOffset: UInt8, tuEnd: UInt16

    @inlinable public init(ipStart: UInt8, ipOffset: UInt8, ipEnd: UInt16, tuStart: UInt8, tuOffset: UInt8, tuEnd: UInt16) {
        (self.ipStart, self.ipOffset, self.ipEnd) = (ipStart, ipOffset, ipEnd)
        (self.tuStart, self.tuOffset, self.tuEnd) = (tuStart, tuOffset, tuEnd)
    }

    /// The first and the second word: IPCSS, IPCSO, IPCSE; TUCSS, TUCSO, TUCSE.
    @inlinable public var words: (UInt32, UInt32) {
        (UInt32(ipStart) | UInt32(ipOffset) << 8 | UInt32(ipEnd) << 16,
         UInt32(tuStart) | UInt32(tuOffset) << 8 | UInt32(tuEnd) << 16)
    }

    /// From the first two words of a context descriptor.
    @inlinable public init(words first: UInt32, _ second: UInt32) {
        self.init(ipStart: UInt8(truncatingIfNeeded: first), ipOffset: UInt8(truncatingIfNeeded: first >> 8),
                  ipEnd: UInt16(truncatingIfNeeded: first >> 16), tuStart: UInt8(truncatingIfNeeded: second),
                  tuOffset: UInt8(truncatingIfNeeded: second >> 8), tuEnd: UInt16(truncatingIfNeeded: second >> 16))
    }
}
