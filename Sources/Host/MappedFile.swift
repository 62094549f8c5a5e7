internal import CLinux
internal import Glibc

/// A file of fixed size, mapped shared. For files in our own runtime folder only: one that shrinks would fault.
// SAFETY: `base` covers `length` octets from init to deinit.
@safe public final class MappedFile {
    public let base: UnsafeMutableRawPointer
    public let length: Int

    /// - Throws: `.invalid` when the file is shorter than `length`.
    public init(_ path: String, length: Int) throws(SystemError) {
        let file = try FileDescriptor.open(path, O_RDWR | O_NOFOLLOW)
        guard length > 0, try SharedMemory.size(of: file.raw) >= length else { throw SystemError("map", .invalid) }
        let mapped = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, file.raw, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw .last("mmap") }
        unsafe base = mapped
        self.length = length
    }

    deinit { unsafe munmap(base, length) }
}

/// The calling process and thread.
public enum CurrentProcess {
    public static var pid: Int32 { getpid() }
    public static var parent: Int32 { getppid() }
    public static var thread: Int32 { clinux_thread() }
    public static var uid: UInt32 { geteuid() }
    /// The file that is running.
    public static var path: String {
        var room = [UInt8](repeating: 0, count: 4096)
        let count = unsafe room.withUnsafeMutableBytes { unsafe readlink("/proc/self/exe", $0.baseAddress!.assumingMemoryBound(to: CChar.self), 4096) }
        return count > 0 ? String(decoding: room[..<count], as: UTF8.self) : "drydock"
    }
}
