internal import Glibc

/// An instance's folder that is ours for as long as we live.
///
/// The kernel lets go of the lock when the last process that has it ends, so a folder whose lock is free is stale,
/// whatever is in it.
public struct ClaimedFolder: ~Copyable {
    public let path: String
    public let name: FolderName
    /// Keep it open; hand it to a child that must count as alive too.
    public let lock: FileDescriptor

    /// Claims a folder: makes it, or takes over a stale one and empties it.
    ///
    /// - Parameter number: for a stack, its instance number, which no other live stack may have.
    public static func claim(
        _ directory: RuntimeDirectory, _ kind: RuntimeDirectory.Kind, _ name: FolderName, number: Int? = nil
    ) throws(FolderRefusal) -> ClaimedFolder {
        let all = directory.folder(kind), path = directory.folder(kind, name)
        try RuntimeDirectory.makeAndCheck(all)
        // Only one start at a time looks and claims, so two cannot both find a number or a stale folder free.
        let turn = try turn(all)
        defer { _ = turn.raw }
        try RuntimeDirectory.makeAndCheck(path)
        let lock = try lock(directory, kind, name, path)
        if let number, let other = directory.live(kind).first(where: { $0.number == number && $0.name != name }) {
            throw .numberInUse(number: number, by: other.name, pid: other.pid)
        }
        FileSystem.clear(path, keeping: ["lock"])
        do throws(SystemError) {
            guard ftruncate(lock.raw, 0) == 0 else { throw .last("ftruncate") }
            try lock.write(Array("\(getpid())".utf8))
            if let number { try FileSystem.replace("\(path)/number", with: Array("\(number)".utf8)) }
        } catch { throw .system(path: path, error) }
        return ClaimedFolder(path: path, name: name, lock: lock)
    }

    private init(path: String, name: FolderName, lock: consuming FileDescriptor) {
        self.path = path
        self.name = name
        self.lock = lock
    }

    private static func turn(_ all: String) throws(FolderRefusal) -> FileDescriptor {
        let file = "\(all)/.starting"
        do throws(SystemError) {
            if let turn = try FolderLock.take(file, Deadline(in: .seconds(5))) { return turn }
        } catch { throw .system(path: file, error) }
        throw .startingElsewhere(path: file)
    }

    private static func lock(
        _ directory: RuntimeDirectory, _ kind: RuntimeDirectory.Kind, _ name: FolderName, _ path: String
    ) throws(FolderRefusal) -> FileDescriptor {
        let file = FolderLock.path(path)
        do throws(SystemError) {
            do { if let lock = try FolderLock.take(file) { return lock } } catch where error.number == .notFound {
                // The last owner removed the folder just now.
                try FileSystem.makeFolder(path)
            }
            // A dead holder's child is about to follow it; a look at the lock is over at once.
            let holder = FolderLock.holder(path) ?? 0
            let patience: Duration = FolderLock.isAlive(holder) ? .milliseconds(20) : .seconds(3)
            if let lock = try FolderLock.take(file, Deadline(in: patience)) { return lock }
        } catch { throw .system(path: file, error) }
        let live = directory.live(kind, name)
        throw .inUse(name: name, pid: live?.pid ?? 0, number: live?.number)
    }

    /// Empties the folder and lets it go; `keeping` names files that stay, such as a tombstone.
    public consuming func remove(keeping: Set<String> = []) {
        FileSystem.clear(path, keeping: keeping.union(["lock"]))
        // The lock goes last: until then nobody else can claim what is half removed.
        FileSystem.remove(FolderLock.path(path))
        FileSystem.removeFolder(path)
    }

    /// Removes what a dead instance left. - Returns: false when somebody lives there.
    @discardableResult public static func removeStale(_ path: String) -> Bool {
        guard let lock = try? FolderLock.take(FolderLock.path(path), Deadline(in: .seconds(3))) else { return !FileSystem.exists(path) }
        FileSystem.clear(path, keeping: ["lock"])
        FileSystem.remove(FolderLock.path(path))
        FileSystem.removeFolder(path)
        _ = lock.raw
        return true
    }
}
