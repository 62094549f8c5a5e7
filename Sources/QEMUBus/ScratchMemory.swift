import CLinux
import Glibc
import NICModels

/// The machine's own RAM, shared with this process so that tables can be written into it.
// SAFETY: the mapping is private to this object, lives as long as it does, and every store is checked against its length.
@safe final class ScratchMemory {
    let octets: Int
    private let file: Descriptor
    private let base: UnsafeMutableRawPointer

    init(octets: Int) throws(NICFailure) {
        let closeOnExec: UInt32 = 1  // MFD_CLOEXEC
        file = Descriptor(adopting: unsafe clinux_memfd_create("qemu-scratch", closeOnExec))
        guard file.number >= 0, ftruncate(file.number, octets) == 0 else { throw .system("no memory for QEMU's machine") }
        let mapping = unsafe mmap(nil, octets, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0)
        guard unsafe mapping != MAP_FAILED, let mapping = unsafe mapping else { throw .system("no memory for QEMU's machine") }
        self.octets = octets
        unsafe base = mapping
    }

    deinit { unsafe munmap(base, octets) }

    var descriptor: Int32 { file.number }

    /// Stores a little-endian word at `address`, a multiple of 8.
    func store(_ word: UInt64, at address: UInt64) {
        precondition(address % 8 == 0 && address <= UInt64(octets - 8))
        unsafe base.storeBytes(of: word.littleEndian, toByteOffset: Int(address), as: UInt64.self)
    }
}
