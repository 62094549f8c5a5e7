internal import CLinux
internal import Glibc

/// Memory of another process, or what it left in a file, to be looked at and never changed.
// SAFETY: `octets` is a mapping of a memfd that cannot shrink, or a copy of our own, until deinit.
@safe public final class ReadOnlyView {
    public let octets: UnsafeRawBufferPointer
    private let isMapped: Bool

    /// Maps a received descriptor: its first `length` octets.
    ///
    /// - Throws: `.invalid` when it holds less, or is not sealed against shrinking.
    public init(received: consuming FileDescriptor, length: Int) throws(SystemError) {
        let size = try SharedMemory.size(of: received.raw)
        guard length > 0, size >= length, clinux_cannot_shrink(received.raw) == 1 else { throw SystemError("map", .invalid) }
        let mapped = unsafe mmap(nil, length, PROT_READ, MAP_SHARED, received.raw, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw .last("mmap") }
        unsafe octets = UnsafeRawBufferPointer(start: mapped, count: length)
        isMapped = true
    }

    /// Copies a file, at most `limit` octets of it.
    public init(file path: String, limit: Int) throws(SystemError) {
        let file = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW).readAll(limit: limit)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(file.count, 1), alignment: 4096)
        unsafe copy.copyBytes(from: file)
        unsafe octets = UnsafeRawBufferPointer(rebasing: copy[..<file.count])
        isMapped = false
    }

    deinit {
        if isMapped {
            unsafe munmap(UnsafeMutableRawPointer(mutating: octets.baseAddress!), octets.count)
        } else {
            unsafe octets.baseAddress?.deallocate()
        }
    }
}
