internal import Glibc
internal import Host

/// Standard output as a file that octets are written to, which are nothing for a person.
enum StandardOutput {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// A descriptor of our own for it, which children do not inherit; nil: it is closed.
    static func own() -> FileDescriptor? {
        let raw = dup(STDOUT_FILENO)
        guard raw >= 0 else { return nil }
        let descriptor = FileDescriptor(owning: raw)
        descriptor.closeOnExec()
        return descriptor
    }
}
