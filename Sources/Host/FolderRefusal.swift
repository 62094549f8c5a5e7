/// Why a runtime folder cannot be used.
public enum FolderRefusal: Error, Equatable, Sendable {
    /// A symbolic link or a file, where a folder of ours should be.
    case notAFolder(path: String)
    case ownedByAnother(path: String, uid: UInt32)
    /// Others may read or write it: its mode.
    case openToOthers(path: String, mode: UInt32)
    /// A live process holds it.
    case inUse(name: FolderName, pid: Int32, number: Int?)
    /// A live instance has this number already.
    case numberInUse(number: Int, by: FolderName, pid: Int32)
    /// Somebody else was starting an instance for longer than we wait.
    case startingElsewhere(path: String)
    case system(path: String, SystemError)
}
