public import Host

/// What goes wrong, as a user is told it: one line that says what failed, why, and what to do.
public struct Failure: Error, Codable, Equatable, Sendable, CustomStringConvertible {
    /// An error number, for programs.
    public var code: Int32
    /// What could not be done: `cannot mount devnp-abc.so`.
    public var what: String
    public var why: String
    /// What to do about it; empty when there is nothing to say.
    public var fix: String

    public init(_ code: Errno, what: String, why: String, fix: String = "") {
        self.code = code.rawValue
        self.what = what
        self.why = why
        self.fix = fix
    }

    /// A failed system call.
    public init(_ error: SystemError, what: String, fix: String = "") {
        self.init(error.number, what: what, why: error.description, fix: fix)
    }

    public var errno: Errno { Errno(rawValue: code) }

    /// `what: why; fix`, in one line whatever the parts contain.
    public var description: String {
        let sentence = (what.isEmpty ? why : "\(what): \(why)") + (fix.isEmpty ? "" : "; \(fix)")
        return String(sentence.map { $0.isNewline ? " " : $0 })
    }
}

extension Failure {
    /// Why a runtime folder was refused.
    ///
    /// - Parameter command: what was being started; a stack's stop command is spelled with it.
    public init(_ refusal: FolderRefusal, starting command: String) {
        switch refusal {
        case .notAFolder(let path):
            self.init(.notDirectory, what: path, why: "is not a folder (or a symbolic link to one)",
                fix: "remove it, or set DRYDOCK_RUNTIME_DIR to another folder")
        case .ownedByAnother(let path, let uid):
            self.init(.notPermitted, what: path, why: "belongs to user \(uid)", fix: "set DRYDOCK_RUNTIME_DIR to a folder of your own")
        case .openToOthers(let path, let mode):
            self.init(.notPermitted, what: path, why: "is open to other users (mode \(String(mode, radix: 8)))", fix: "chmod 700 \(path)")
        case .inUse(let name, let pid, let number):
            let prefix = name.prefix
            let instance = number.map { "instance \($0)" } ?? "another process"
            self.init(.addressInUse, what: prefix.isEmpty ? "the default prefix" : prefix, why: "is in use by \(instance) (pid \(pid))",
                fix: "use another prefix=, or stop it: \(prefix.isEmpty ? "" : "SOCK=\(prefix) ")slay \(command)")
        case .numberInUse(let number, let name, let pid):
            let prefix = name.prefix
            self.init(.addressInUse, what: "instance \(number)",
                why: "is in use by \(prefix.isEmpty ? "the default prefix" : prefix) (pid \(pid))",
                fix: "use another -i, or stop it: \(prefix.isEmpty ? "" : "SOCK=\(prefix) ")slay \(command)")
        case .startingElsewhere(let path):
            self.init(.busy, what: path, why: "another start has held it for 5 s", fix: "try again")
        case .system(let path, let error):
            self.init(error, what: path, fix: "check the folder, or set DRYDOCK_RUNTIME_DIR to another")
        }
    }
}
