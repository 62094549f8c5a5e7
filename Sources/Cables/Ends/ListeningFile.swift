internal import Glibc
internal import Host

/// A socket in the file system that other programs connect to: made at a path the user chose, removed with the cable.
struct ListeningFile: ~Copyable {
    let listener: FileDescriptor
    private let path: String
    private let identity: UInt64

    /// - Throws: when something that is not a dead socket is there already.
    init(_ path: String, _ kind: UnixSocket.Kind, cable: String) throws(CableFailure) {
        try Self.clearStale(path, kind, cable)
        do { listener = try UnixSocket.listen(path, kind, backlog: 4) } catch {
            throw CableFailure("cable \(cable)", "\(error)", fix: "name a file in a folder that exists and that you may write to")
        }
        self.path = path
        identity = Self.inode(path) ?? 0
    }

    deinit {
        // Only ours: somebody may have put another in its place.
        if Self.inode(path) == identity { _ = unsafe unlink(path) }
    }

    private static func inode(_ path: String) -> UInt64? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return UInt64(status.st_ino)
    }

    private static func clearStale(_ path: String, _ kind: UnixSocket.Kind, _ cable: String) throws(CableFailure) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw CableFailure("cable \(cable)", "\(path) exists and is no socket", fix: "name another file, or remove that one")
        }
        do throws(SystemError) {
            _ = try UnixSocket.connect(path, kind, deadline: Deadline(in: .milliseconds(50)))
        } catch {
            if error.number == .connectionRefused {
                _ = unsafe unlink(path)
                return
            }
        }
        throw CableFailure("cable \(cable)", "\(path) is in use by another program", fix: "name another file, or stop that program")
    }
}
