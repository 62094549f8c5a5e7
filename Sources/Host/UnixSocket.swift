internal import CLinux
internal import Glibc

/// Who is at the other end of a Unix socket.
public struct PeerCredentials: Equatable, Sendable {
    public let pid: Int32
    public let uid: UInt32

    /// No process at all; trusted by nobody.
    public static let nobody = PeerCredentials(pid: 0, uid: .max)

    /// Ours, or root's.
    public var isTrusted: Bool { uid == geteuid() || uid == 0 }
}

/// What arrived with a message: at most 16 descriptors, closed unless taken.
public struct ReceivedDescriptors: ~Copyable, Sendable {
    public static let most = 16
    public private(set) var count: Int
    private var numbers: [16 of Int32]

    public init() {
        count = 0
        numbers = .init(repeating: -1)
    }

    init(_ numbers: [16 of Int32], count: Int) {
        self.numbers = numbers
        self.count = count
    }

    deinit {
        for index in 0..<count where numbers[index] >= 0 { close(numbers[index]) }
    }

    /// The descriptor at `index`, now yours; nil when there is none, or it has been taken.
    public mutating func take(_ index: Int = 0) -> FileDescriptor? {
        guard index >= 0, index < count, numbers[index] >= 0 else { return nil }
        defer { numbers[index] = -1 }
        return FileDescriptor(owning: numbers[index])
    }
}

/// Sockets of the Unix family. All are close-on-exec.
public enum UnixSocket {
    /// Whether messages keep their bounds.
    public enum Kind: Sendable {
        case messages, stream
        var number: Int32 { self == .messages ? Int32(SOCK_SEQPACKET.rawValue) : Int32(SOCK_STREAM.rawValue) }
    }

    /// Two connected ends, non-blocking.
    public static func pair(_ kind: Kind = .messages) throws(SystemError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        let type = kind.number | Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .last("socketpair") }
        return DescriptorPair(first: FileDescriptor(owning: ends[0]), second: FileDescriptor(owning: ends[1]))
    }

    /// Two connected ends for a program's socket: the first non-blocking and bound to the abstract name `name`, which whoever
    /// holds the second can ask for; the second blocking.
    public static func pair(_ kind: Kind, named name: String) throws(SystemError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        guard unsafe clinux_program_pair(kind.number, name, name.utf8.count, &ends) == 0 else { throw .last("socketpair") }
        return DescriptorPair(first: FileDescriptor(owning: ends[0]), second: FileDescriptor(owning: ends[1]))
    }

    /// A listening, non-blocking socket at `path`, which must not exist. Only its owner may connect (mode 0600).
    public static func listen(_ path: String, _ kind: Kind = .messages, backlog: Int32 = 64) throws(SystemError) -> FileDescriptor {
        let made = try FileDescriptor("socket", socket(AF_UNIX, kind.number | Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0))
        unsafe try withAddress(path) { (address, length) throws(SystemError) in
            guard unsafe bind(made.raw, address, length) == 0 else { throw .last("bind") }
        }
        guard unsafe chmod(path, 0o600) == 0 else { throw .last("chmod") }
        guard Glibc.listen(made.raw, backlog) == 0 else { throw .last("listen") }
        return made
    }

    /// Connects within `deadline`; the result is non-blocking.
    ///
    /// - Throws: `.again` when the server's queue stays full; `.notFound` and `.connectionRefused` where nobody serves.
    public static func connect(_ path: String, _ kind: Kind = .messages, deadline: Deadline) throws(SystemError) -> FileDescriptor {
        let made = try FileDescriptor("socket", socket(AF_UNIX, kind.number | Int32(SOCK_CLOEXEC.rawValue), 0))
        // The kernel waits for room in the server's queue for this long; 0 would be for ever.
        let microseconds = max(deadline.left / 1000, 1)
        var limit = timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
        _ = unsafe setsockopt(made.raw, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        unsafe try withAddress(path) { (address, length) throws(SystemError) in
            while unsafe Glibc.connect(made.raw, address, length) != 0 {
                guard Errno.last == .interrupted, !deadline.hasPassed else { throw .last("connect") }
            }
        }
        guard clinux_fcntl(made.raw, F_SETFL, Int(O_NONBLOCK)) == 0 else { throw .last("fcntl") }
        return made
    }

    /// The next waiting client, non-blocking; nil when there is none.
    public static func accept(_ listener: Int32) throws(SystemError) -> FileDescriptor? {
        while true {
            let raw = clinux_accept(listener)
            if raw >= 0 { return FileDescriptor(owning: raw) }
            switch Errno.last {
            case .again: return nil
            case .interrupted: continue
            case let why: throw SystemError("accept", why)
            }
        }
    }

    public static func peer(_ raw: Int32) throws(SystemError) -> PeerCredentials {
        var pid: pid_t = 0, uid: uid_t = 0, gid: gid_t = 0
        guard unsafe clinux_peer_credentials(raw, &pid, &uid, &gid) == 0 else { throw .last("getsockopt") }
        return PeerCredentials(pid: pid, uid: uid)
    }

    /// Sends one message without waiting. - Returns: false when the peer's queue is full.
    public static func send(_ raw: Int32, _ octets: UnsafeRawBufferPointer, descriptors: [Int32] = []) throws(SystemError) -> Bool {
        let sent = unsafe clinux_send_with_descriptors(
            raw, octets.baseAddress, octets.count, descriptors, Int32(descriptors.count), Int32(MSG_DONTWAIT))
        if sent >= 0 { return true }
        guard Errno.last == .again else { throw .last("sendmsg") }
        return false
    }

    /// Receives one message without waiting into `buffer`, and what descriptors came with it.
    ///
    /// - Returns: its octets, 0 when the peer is gone (or sent an empty message), nil when none is waiting.
    /// - Throws: `.messageTooLong` when it was cut; nothing of it is kept.
    public static func receive(
        _ raw: Int32, into buffer: UnsafeMutableRawBufferPointer, _ descriptors: inout ReceivedDescriptors
    ) throws(SystemError) -> Int? {
        var numbers = [16 of Int32](repeating: -1)
        var count = Int32(ReceivedDescriptors.most)
        // SAFETY: an InlineArray of Int32 is 16 of them in a row.
        let octets = unsafe withUnsafeMutableBytes(of: &numbers) { room in
            unsafe clinux_receive_with_descriptors(
                raw, buffer.baseAddress, buffer.count, room.assumingMemoryBound(to: Int32.self).baseAddress, &count,
                Int32(MSG_DONTWAIT))
        }
        if octets >= 0 {
            descriptors = ReceivedDescriptors(numbers, count: Int(count))
            return octets
        }
        guard Errno.last == .again else { throw .last("recvmsg") }
        return nil
    }

    /// Ends both directions; the descriptor stays open, and its watcher hears the end.
    public static func shutDown(_ raw: Int32) { _ = shutdown(raw, Int32(SHUT_RDWR)) }

    /// Octets that a socket address can hold, without the final NUL. unix(7).
    static let longestPath = 107

    /// The address of `path`. A path too long for one goes through a descriptor of its folder.
    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
    ) throws(SystemError) {
        if path.utf8.count <= longestPath { return unsafe try withShortAddress(path, body) }
        guard let slash = path.lastIndex(of: "/") else { throw SystemError("socket", .nameTooLong) }
        let folder = try FileDescriptor.open(String(path[..<slash]), Int32(clinux_o_path()) | O_DIRECTORY)
        unsafe try withShortAddress("/proc/self/fd/\(folder.raw)\(path[slash...])", body)
    }

    private static func withShortAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
    ) throws(SystemError) {
        let octets = Array(path.utf8)
        guard octets.count <= longestPath, !octets.contains(0), !octets.isEmpty else { throw SystemError("socket", .nameTooLong) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: octets) }
        let outcome: Result<Void, SystemError> = unsafe withUnsafePointer(to: &address) { whole in
            unsafe whole.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                do throws(SystemError) {
                    return .success(unsafe try body(generic, socklen_t(MemoryLayout<sockaddr_un>.size)))
                } catch { return .failure(error) }
            }
        }
        try outcome.get()
    }
}
