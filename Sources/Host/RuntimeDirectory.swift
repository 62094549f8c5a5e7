internal import CLinux
internal import Glibc

/// The folder under which live instances, NICs and switches of one user are found.
public struct RuntimeDirectory: Sendable {
    /// What an instance is; its `rawValue` is the folder that holds all of the kind.
    public enum Kind: String, Sendable, CaseIterable { case stack, nic, `switch` }

    public let path: String

    /// `$DRYDOCK_RUNTIME_DIR`, else `$XDG_RUNTIME_DIR/drydock`, else `/tmp/drydock-<uid>`; made where it is missing.
    ///
    /// - Throws: a refusal when it is not a folder of ours alone: whoever can write it could pose as a stack.
    public init() throws(FolderRefusal) { try self.init(path: Self.chosenPath) }

    /// A folder given by name, with the same rules.
    public init(path: String) throws(FolderRefusal) {
        self.path = path
        try Self.makeAndCheck(path)
    }

    /// Where `init()` would look.
    public static var chosenPath: String {
        if let given = FileSystem.environment("DRYDOCK_RUNTIME_DIR") { return given }
        if let session = FileSystem.environment("XDG_RUNTIME_DIR") { return session + "/drydock" }
        return "/tmp/drydock-\(geteuid())"
    }

    /// Where the folders of a kind are.
    public func folder(_ kind: Kind) -> String { "\(path)/\(kind.rawValue)" }

    /// An instance's folder, whether it exists or not.
    public func folder(_ kind: Kind, _ name: FolderName) -> String { "\(path)/\(kind.rawValue)/\(name)" }

    static func makeAndCheck(_ path: String) throws(FolderRefusal) {
        do { try FileSystem.makeFolder(path) } catch { throw .system(path: path, error) }
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw .system(path: path, .last("lstat")) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .notAFolder(path: path) }
        guard status.st_uid == geteuid() else { throw .ownedByAnother(path: path, uid: status.st_uid) }
        guard status.st_mode & 0o077 == 0 else { throw .openToOthers(path: path, mode: status.st_mode & 0o777) }
    }

    /// A folder whose owner lives.
    public struct Live: Equatable, Sendable {
        public let name: FolderName
        public let path: String
        /// The process that holds the lock; a supervisor's, for a stack.
        public let pid: Int32
        /// The instance number of a stack: `-i2`.
        public let number: Int?
    }

    /// Everything of a kind that lives now, by name.
    public func live(_ kind: Kind) -> [Live] {
        FileSystem.names(in: folder(kind)).compactMap { text in FolderName(found: text).flatMap { live(kind, $0) } }
    }

    /// The instance in folder `name`, if it lives.
    public func live(_ kind: Kind, _ name: FolderName) -> Live? {
        let path = folder(kind, name)
        guard FolderLock.isHeld(path) else { return nil }
        return Live(
            name: name, path: path, pid: FolderLock.holder(path) ?? 0,
            number: FileSystem.text("\(path)/number", limit: 32).flatMap { Int($0) })
    }

    /// The live stack with this instance number.
    public func stack(number: Int) -> Live? { live(.stack).first { $0.number == number } }
}
