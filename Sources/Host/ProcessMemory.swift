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

extension FileDescriptor {
    /// A process's memory as a file whose offsets are addresses, for reading or for both. Whoever is given it needs no right of its own.
    ///
    /// - Source: proc_pid_mem(5).
    public static func memory(of pid: Int32, writing: Bool) throws(SystemError) -> FileDescriptor {
        try open("/proc/\(pid)/mem", writing ? O_RDWR : O_RDONLY)
    }

    /// Octets at an offset, fewer where they end; none where there are none.
    public borrowing func octets(at offset: UInt64, _ count: Int) -> [UInt8] {
        guard count > 0, offset <= UInt64(Int64.max) else { return [] }
        var room = [UInt8](repeating: 0, count: count)
        let number = raw
        // SAFETY: pread writes at most `count` octets into room for as many, and says how many.
        let got = unsafe room.withUnsafeMutableBytes { unsafe pread(number, $0.baseAddress, count, off_t(offset)) }
        return got == count ? room : Array(room.prefix(max(0, got)))
    }

    /// Writes octets at an offset. - Returns: how many.
    public borrowing func write(_ octets: [UInt8], at offset: UInt64) -> Int {
        guard offset <= UInt64(Int64.max) else { return 0 }
        let number = raw
        return max(0, unsafe octets.withUnsafeBytes { unsafe pwrite(number, $0.baseAddress, $0.count, off_t(offset)) })
    }

    /// An empty file without a name, which goes with its descriptor.
    public static func nameless() throws(SystemError) -> FileDescriptor { try FileDescriptor("memfd_create", unsafe clinux_memfd_create("drydock-file", 0)) }
}
