internal import CLinux
internal import Glibc

/// Memory that other processes map too. Mapped at one address until this value goes; the descriptor goes with it.
// SAFETY: `base` covers `length` octets from init to deinit. The memfd is sealed against shrinking (ours at creation, a
// received one is refused without the seal), so no access inside `length` can fault.
@safe public struct SharedMemory: ~Copyable, @unchecked Sendable {
    public let descriptor: FileDescriptor
    public let base: UnsafeMutableRawPointer
    /// Octets mapped.
    public let length: Int

    /// New zeroed memory, which can neither shrink nor grow. Pages are made when they are first touched.
    public init(named name: String, length: Int) throws(SystemError) {
        try self.init(mapping: FileDescriptor("memfd_create", unsafe clinux_new_memory(name, length)), length: length)
    }

    /// Maps a received descriptor: the first `length` octets of it.
    ///
    /// - Throws: `.invalid` when it holds less than `length`, or is not sealed against shrinking.
    public init(received: consuming FileDescriptor, length: Int) throws(SystemError) {
        let size = try Self.size(of: received.raw)
        guard length > 0, size >= length else { throw SystemError("map", .invalid) }
        guard clinux_cannot_shrink(received.raw) == 1 else { throw SystemError("map", .invalid) }
        try self.init(mapping: received, length: length)
    }

    /// A memfd that holds `octets`, to hand words to a child that is being started.
    public static func holding(_ octets: [UInt8], named name: String) throws(SystemError) -> FileDescriptor {
        let memory = try SharedMemory(named: name, length: octets.count)
        unsafe memory.base.copyMemory(from: octets, byteCount: octets.count)
        return try memory.descriptor.duplicate()
    }

    /// Copies such words out, at most 1 MiB.
    public static func octets(of received: consuming FileDescriptor) throws(SystemError) -> [UInt8] {
        let length = try size(of: received.raw)
        guard length <= 1 << 20 else { throw SystemError("read", .messageTooLong) }
        let memory = try SharedMemory(received: received, length: length)
        return unsafe Array(UnsafeRawBufferPointer(start: memory.base, count: length))
    }

    /// Octets of the file behind a descriptor.
    public static func size(of raw: Int32) throws(SystemError) -> Int {
        var status = stat()
        guard unsafe fstat(raw, &status) == 0 else { throw .last("fstat") }
        return Int(status.st_size)
    }

    private init(mapping descriptor: consuming FileDescriptor, length: Int) throws(SystemError) {
        let mapped = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.raw, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw .last("mmap") }
        unsafe base = mapped
        self.length = length
        self.descriptor = descriptor
    }

    deinit { unsafe munmap(base, length) }

    /// A descriptor through which others can only read.
    public borrowing func readOnlyDescriptor() throws(SystemError) -> FileDescriptor {
        try FileDescriptor.open("/proc/self/fd/\(descriptor.raw)", O_RDONLY)
    }

    /// Keeps it out of core files: packet memory is stored once, by the supervisor.
    public borrowing func leaveOutOfCores() { _ = unsafe clinux_keep_out_of_cores(base, length) }
}
