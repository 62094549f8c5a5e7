public import DriverIntel
public import DriverKit
import E1000ERegisters
public import E1000Registers

/// The extended receive descriptor: written back, nothing of the buffer's address is left in it. 82574 §7.1.5
public enum ExtendedReceive: ReceiveFormat {
    @inline(__always)
    public static func status(_ memory: borrowing DMABlock, _ at: Int) -> UInt32 { memory.load32(at &+ ExtendedDescriptor.status) }
    @inline(__always)
    public static func errors(_ status: UInt32) -> ReceiveDescriptor.Errors { .init(rawValue: UInt8(truncatingIfNeeded: status >> 24)) }
    @inline(__always)
    public static func length(_ memory: borrowing DMABlock, _ at: Int) -> Int { Int(memory.load32(at &+ ExtendedDescriptor.length) & 0xFFFF) }
    @inline(__always)
    public static func tag(_ memory: borrowing DMABlock, _ at: Int) -> UInt16 { UInt16(truncatingIfNeeded: memory.load32(at &+ ExtendedDescriptor.length) >> 16) }
}
