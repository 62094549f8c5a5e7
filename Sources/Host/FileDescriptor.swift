internal import CLinux
internal import Glibc

/// An open file descriptor with one owner; closed when the owner goes.
public struct FileDescriptor: ~Copyable, Sendable {
    /// The number, for a call that borrows it. It is no longer ours once this value is gone.
    public let raw: Int32

    /// Takes over an open descriptor.
    public init(owning raw: Int32) { self.raw = raw }

    deinit { close(raw) }

    /// Gives the number away without closing it.
    public consuming func surrender() -> Int32 {
        let number = raw
        discard self
        return number
    }

    /// Opens `path`, close-on-exec; `mode` counts where `flags` create it.
    public static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> FileDescriptor {
        try FileDescriptor("open", unsafe clinux_open(path, flags | O_CLOEXEC, mode))
    }

    /// Both ends of a pipe, non-blocking: the first is read, the second written.
    public static func pipe() throws(SystemError) -> DescriptorPair {
        var ends: (Int32, Int32) = (-1, -1)
        // SAFETY: a homogeneous tuple of two is laid out as the int[2] that the call fills.
        let result = unsafe withUnsafeMutablePointer(to: &ends) { pointer in
            unsafe pointer.withMemoryRebound(to: Int32.self, capacity: 2) { unsafe clinux_new_pipe($0) }
        }
        guard result == 0 else { throw .last("pipe") }
        return DescriptorPair(first: FileDescriptor(owning: ends.0), second: FileDescriptor(owning: ends.1))
    }

    /// Takes over what a call returned; -1 is its failure.
    init(_ call: StaticString, _ result: Int32) throws(SystemError) {
        guard result >= 0 else { throw .last(call) }
        raw = result
    }

    /// Another number for the same open file.
    public borrowing func duplicate() throws(SystemError) -> FileDescriptor {
        try FileDescriptor("dup", clinux_fcntl(raw, F_DUPFD_CLOEXEC, 3))
    }

    /// Whether `raw` is open: for descriptors that a parent should have handed over.
    public static func isOpen(_ raw: Int32) -> Bool { clinux_fcntl(raw, F_GETFD, 0) >= 0 }

    /// Marks an inherited descriptor so that our own children do not inherit it.
    public borrowing func closeOnExec() { _ = clinux_fcntl(raw, F_SETFD, Int(FD_CLOEXEC)) }

    /// Octets read, 0 at the end; nil when nothing is there now (non-blocking descriptors).
    public borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        while true {
            let count = unsafe Glibc.read(raw, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            switch Errno.last {
            case .interrupted: continue
            case .again: return nil
            case let why: throw SystemError("read", why)
            }
        }
    }

    /// Everything up to the end, or `limit` octets. Blocks on a pipe that is not marked non-blocking.
    public borrowing func readAll(limit: Int) throws(SystemError) -> [UInt8] {
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: min(limit, 65536))
        while all.count < limit {
            let room = min(part.count, limit - all.count)
            let got = unsafe try part.withBytes(room) { (bytes) throws(SystemError) in unsafe try read(into: bytes) }
            guard let got, got > 0 else { break }
            all += part[..<got]
        }
        return all
    }

    /// What is there now, up to 4096 octets; empty at the end, or when nothing is there.
    public borrowing func readAvailable() throws(SystemError) -> [UInt8] {
        var part = [UInt8](repeating: 0, count: 4096)
        let got = unsafe try part.withBytes(4096) { (bytes) throws(SystemError) in unsafe try read(into: bytes) }
        return Array(part[..<(got ?? 0)])
    }

    /// Writes all octets, or throws. A non-blocking descriptor that is full throws `.again`.
    public borrowing func write(_ octets: [UInt8]) throws(SystemError) {
        var done = 0
        while done < octets.count {
            let count = unsafe octets.withUnsafeBytes { unsafe Glibc.write(raw, $0.baseAddress! + done, $0.count - done) }
            if count >= 0 { done += count; continue }
            guard Errno.last == .interrupted else { throw .last("write") }
        }
    }
}

/// Two descriptors that were made together. Take them apart with `consume` (frozen, so that other modules can).
@frozen public struct DescriptorPair: ~Copyable, Sendable {
    public var first: FileDescriptor
    public var second: FileDescriptor
}

extension [UInt8] {
    /// The first `count` octets as raw memory, with a typed error.
    mutating func withBytes<R>(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(SystemError) -> R) throws(SystemError) -> R {
        let outcome: Result<R, SystemError> = unsafe withUnsafeMutableBytes { whole in
            do throws(SystemError) {
                return unsafe .success(try body(UnsafeMutableRawBufferPointer(rebasing: whole[..<count])))
            } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
