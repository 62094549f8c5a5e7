public import DriverIntel
import E1000ERegisters
public import E1000Registers

/// The extended receive descriptor: written back, nothing of the buffer's address is left in it. 82574 §7.1.5
public enum ExtendedReceive: ReceiveFormat {
    public static var statusHalf: Int { ExtendedDescriptor.status }
    @inline(__always)
    public static func status(_ word: UInt64) -> ReceiveDescriptor.Status { .init(rawValue: UInt8(truncatingIfNeeded: word)) }
    @inline(__always)
    public static func errors(_ word: UInt64) -> ReceiveDescriptor.Errors { .init(rawValue: UInt8(truncatingIfNeeded: word >> 24)) }
    @inline(__always)
    public static func isPlain(_ word: UInt64) -> Bool {
        let bits: ReceiveDescriptor.Status = [.done, .endOfPacket], wrong = ReceiveDescriptor.Errors.frame
        return UInt32(truncatingIfNeeded: word) & (UInt32(bits.rawValue) | UInt32(wrong.rawValue) << 24) == UInt32(bits.rawValue)
    }
    @inline(__always)
    public static func length(_ word: UInt64) -> Int { Int(UInt16(truncatingIfNeeded: word >> 32)) }
    @inline(__always)
    public static func tag(_ word: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: word >> 48) }
}
