/// Commands of the control queue: class and command as two octets. virtio 1.2 §5.1.6.5
@frozen public enum ControlCommand: UInt16, Sendable {
    // The class in the low octet, as it comes first in memory.
    case promiscuous = 0x0000, allMulticast = 0x0100
    case addressTables = 0x0001, address = 0x0101
    case addVLAN = 0x0002, removeVLAN = 0x0102
    case pairs = 0x0004

    /// What the device answers: done.
    @inlinable public static var ok: UInt8 { 0 }
}
