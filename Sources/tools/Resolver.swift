internal import CLinux
internal import Glibc
internal import Host

/// A name server of the program's own.
enum Resolver {
    static let usual = "/etc/resolv.conf"

    /// Puts a resolv.conf in the place of the machine's, for this process and what it becomes.
    ///
    /// - Parameter folder: where the file is kept.
    static func use(_ address: String, _ folder: String) throws(ToolFailure) {
        let file = "\(folder)/resolv.conf"
        do { try FileSystem.replace(file, with: Array("nameserver \(address)\n".utf8)) } catch {
            throw ToolFailure(file, error.number.description, "check the folder")
        }
        // The folder is ours alone; what is seen at the usual place is for every user that the program may become.
        _ = unsafe chmod(file, 0o644)
        guard unsafe clinux_cover_file(file, usual) == 0 else {
            throw ToolFailure("--dns \(address)", "\(usual) cannot be covered: \(Errno.last)", "run it as root, or where users may make namespaces")
        }
    }
}
