internal import CLinux
internal import Glibc

/// The little that the processes do with files.
public enum FileSystem {
    /// The value of an environment variable; nil when unset or empty.
    public static func environment(_ name: String) -> String? {
        // SAFETY: getenv's result is copied at once, and nothing here calls setenv.
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Of a small file: its text, nil when it cannot be read or is longer than `limit` octets.
    public static func text(_ path: String, limit: Int = 65536) -> String? {
        guard let octets = try? FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW).readAll(limit: limit + 1), octets.count <= limit
        else { return nil }
        return String(decoding: octets, as: UTF8.self)
    }

    /// Adds to the end of a file, which is made if there is none.
    public static func append(_ path: String, _ octets: [UInt8]) throws(SystemError) {
        try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW).write(octets)
    }

    /// Opens a file to read.
    public static func reading(_ path: String) throws(SystemError) -> FileDescriptor { try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW) }

    /// Replaces a file's contents in one step: a reader sees the old text or the new, never half.
    public static func replace(_ path: String, with octets: [UInt8]) throws(SystemError) {
        let fresh = path + ".new"
        let file = try FileDescriptor.open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        try file.write(octets)
        guard unsafe Glibc.rename(fresh, path) == 0 else { throw .last("rename") }
    }

    /// Makes one folder of mode 0700. - Returns: false when there was something of that name.
    @discardableResult public static func makeFolder(_ path: String) throws(SystemError) -> Bool {
        if unsafe mkdir(path, 0o700) == 0 { return true }
        guard Errno.last == .exists else { throw .last("mkdir") }
        return false
    }

    /// Makes a folder and those above it that are missing, each of mode 0700.
    public static func makeFolders(_ path: String) throws(SystemError) {
        if exists(path) { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeFolders(String(path[..<slash])) }
        try makeFolder(path)
    }

    /// Octets that a file, or everything in a folder, takes on its disk: holes count nothing. Links are not followed.
    public static func allocatedOctets(_ path: String, depth: Int = 8) -> UInt64 {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return 0 }
        let own = UInt64(status.st_blocks) * 512
        guard status.st_mode & S_IFMT == S_IFDIR, depth > 0 else { return own }
        return names(in: path).reduce(own) { $0 + allocatedOctets("\(path)/\($1)", depth: depth - 1) }
    }

    /// Octets that this user may still write to the disk of `path`; 0 when that is not known.
    public static func freeOctets(_ path: String) -> UInt64 {
        var status = statvfs()
        return unsafe statvfs(path, &status) == 0 ? UInt64(status.f_bavail) * UInt64(status.f_frsize) : 0
    }

    /// Names in a folder, without `.` and `..`, sorted; empty when it cannot be read.
    public static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            // SAFETY: d_name is NUL-terminated, and the entry lives until the next readdir.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { start in
                unsafe start.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// A relative path that contains a `/`, made absolute from where we stand; anything else as it is.
    public static func absolute(_ path: String) -> String {
        guard path.utf8.contains(UInt8(ascii: "/")), path.utf8.first != UInt8(ascii: "/") else { return path }
        guard let here = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(here) }
        return unsafe String(cString: here) + "/" + path
    }

    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// The last component of what the symbolic link at `path` points to; nil: there is no such link.
    public static func linkedName(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: "/").last.map(String.init)
    }

    /// Owner and permission bits of a file; nil: there is none.
    public static func ownership(_ path: String) -> (uid: UInt32, mode: UInt32)? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return (status.st_uid, status.st_mode & 0o7777)
    }

    /// Whether a socket, pipe or other thing that is no plain file or terminal is behind `raw`: somebody waits for its end.
    public static func isTerminalOrFile(_ raw: Int32) -> Bool {
        if isatty(raw) == 1 { return true }
        var status = stat()
        return unsafe fstat(raw, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether a plain file is behind `raw`.
    public static func isPlain(_ raw: Int32) -> Bool {
        var status = stat()
        return unsafe fstat(raw, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The last `most` octets of a file; nil when it cannot be read.
    public static func tail(_ path: String, _ most: Int) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW), let octets = try? SharedMemory.size(of: file.raw) else { return nil }
        if octets > most { _ = lseek(file.raw, off_t(octets - most), SEEK_SET) }
        return try? file.readAll(limit: most)
    }

    /// Copies a file into a new one, of mode 0600.
    ///
    /// - Throws: `.messageTooLong` when it has more than `most` octets; nothing is left of a copy that fails.
    public static func copy(_ path: String, to other: String, most: UInt64) throws(SystemError) {
        let from = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
        var left = try SharedMemory.size(of: from.raw)
        guard UInt64(left) <= most else { throw SystemError("copy", .messageTooLong) }
        let to = try FileDescriptor.open(other, FileFlags.create)
        while left > 0 {
            let sent = sendfile(to.raw, from.raw, nil, left)
            guard sent > 0 else {
                let why: SystemError = sent < 0 ? .last("sendfile") : SystemError("sendfile", .io)
                remove(other)
                throw why
            }
            left -= sent
        }
    }

    /// Removes what is in a folder of ours but the names in `keeping`. Links are removed, never followed.
    public static func clear(_ path: String, keeping: Set<String> = [], depth: Int = 8) {
        for name in names(in: path) where !keeping.contains(name) {
            let inner = "\(path)/\(name)"
            if unsafe unlink(inner) == 0 { continue }
            guard depth > 0, Errno.last == .isDirectory || Errno.last == .notPermitted else { continue }
            clear(inner, depth: depth - 1)
            _ = unsafe rmdir(inner)
        }
    }

    public static func rename(_ path: String, to other: String) throws(SystemError) {
        guard unsafe Glibc.rename(path, other) == 0 else { throw .last("rename") }
    }

    /// Mode 0644.
    public static func letEverybodyRead(_ path: String) throws(SystemError) {
        guard unsafe chmod(path, 0o644) == 0 else { throw .last("chmod") }
    }

    public static func remove(_ path: String) { _ = unsafe unlink(path) }
    public static func removeFolder(_ path: String) { _ = unsafe rmdir(path) }

    /// Device and inode: whether a name still means the file that we opened.
    struct Identity: Equatable {
        let device: UInt, inode: UInt

        init?(_ raw: Int32) {
            var status = stat()
            guard unsafe fstat(raw, &status) == 0 else { return nil }
            (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
        }

        init?(path: String) {
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { return nil }
            (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
        }
    }
}

/// How a file is opened, for those who cannot name the C library's flags.
public enum FileFlags {
    /// One that is there, to read.
    public static let read = O_RDONLY
    /// A new, empty one, to read and write.
    public static let create = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
    /// One that is emptied, or written on at its end; made where there is none.
    public static let replace = O_WRONLY | O_CREAT | O_TRUNC
    public static let append = O_WRONLY | O_CREAT | O_APPEND
}
