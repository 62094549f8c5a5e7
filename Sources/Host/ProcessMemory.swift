internal import CLinux
internal import Glibc

/// Another process's memory, as far as we may look into it.
public enum ProcessMemory {
    /// Copies up to `count` octets from `address`; fewer where the memory ends.
    public static func read(_ pid: Int32, _ address: UInt64, _ count: Int) throws(SystemError) -> [UInt8] {
        var room = [UInt8](repeating: 0, count: count), piece = unsafe clinux_their_piece(address, UInt64(count))
        let got = unsafe room.withUnsafeMutableBytes { unsafe clinux_program_read(pid, &piece, 1, $0.baseAddress!, $0.count) }
        guard got >= 0 else { throw .last("process_vm_readv") }
        return Array(room.prefix(got))
    }
}
