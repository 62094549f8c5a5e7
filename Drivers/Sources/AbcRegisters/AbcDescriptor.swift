public import DriverKit

/// One descriptor of either ring: 16 octets, little-endian. ABC §4
public enum AbcDescriptor: DescriptorLayout {
    public static var octets: Int { 16 }
    public static var alignment: Int { 64 }

    /// Octets from the descriptor's start: the buffer's address (8), octets of it (4), flags (4).
    @inlinable public static var address: Int { 0 }
    @inlinable public static var length: Int { 8 }
    @inlinable public static var flags: Int { 12 }

    /// Descriptors of a ring, a multiple of 8. ABC §3.10
    public static var sizes: ClosedRange<UInt32> { 8...256 }
    /// Descriptors of one transmitted frame at most. ABC §4.2
    @inlinable public static var longestFrame: Int { 16 }

    /// The frame goes on in the next descriptor (transmit); it could not be sent or stored; the device may touch it. ABC §4.1
    @inlinable public static var more: UInt32 { 1 << 29 }
    @inlinable public static var error: UInt32 { 1 << 30 }
    @inlinable public static var owned: UInt32 { 1 << 31 }
}
