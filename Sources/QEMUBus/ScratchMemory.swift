import Host

/// The machine's own RAM, shared with this process so that tables can be written into it.
final class ScratchMemory {
    private let memory: SharedMemory

    init(octets: Int) throws(SystemError) { memory = try SharedMemory(named: "qemu-scratch", length: octets) }

    var descriptor: Int32 { memory.descriptor.raw }

    /// Stores a little-endian word at `address`, a multiple of 8.
    func store(_ word: UInt64, at address: UInt64) {
        precondition(address % 8 == 0 && address <= UInt64(memory.length - 8))
        // SAFETY: the eight octets lie within the mapping, which lives as long as this object.
        unsafe memory.base.storeBytes(of: word.littleEndian, toByteOffset: Int(address), as: UInt64.self)
    }
}
