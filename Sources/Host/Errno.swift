internal import CLinux
internal import Glibc

/// A Linux error number.
public struct Errno: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// What the calling thread's last failed call left.
    public static var last: Errno { Errno(rawValue: errno) }

    public static let notPermitted = Errno(rawValue: EPERM)
    public static let notFound = Errno(rawValue: ENOENT)
    public static let noProcess = Errno(rawValue: ESRCH)
    public static let interrupted = Errno(rawValue: EINTR)
    public static let io = Errno(rawValue: EIO)
    public static let noDevice = Errno(rawValue: ENODEV)
    public static let noInterface = Errno(rawValue: ENXIO)
    public static let badDescriptor = Errno(rawValue: EBADF)
    public static let again = Errno(rawValue: EAGAIN)
    public static let noMemory = Errno(rawValue: ENOMEM)
    public static let accessDenied = Errno(rawValue: EACCES)
    public static let busy = Errno(rawValue: EBUSY)
    public static let exists = Errno(rawValue: EEXIST)
    public static let notDirectory = Errno(rawValue: ENOTDIR)
    public static let isDirectory = Errno(rawValue: EISDIR)
    public static let invalid = Errno(rawValue: EINVAL)
    public static let tooManyFiles = Errno(rawValue: EMFILE)
    public static let tooManyFilesInSystem = Errno(rawValue: ENFILE)
    public static let brokenPipe = Errno(rawValue: EPIPE)
    public static let nameTooLong = Errno(rawValue: ENAMETOOLONG)
    public static let notEmpty = Errno(rawValue: ENOTEMPTY)
    public static let tooManyLinks = Errno(rawValue: ELOOP)
    public static let protocolError = Errno(rawValue: EPROTO)
    public static let messageTooLong = Errno(rawValue: EMSGSIZE)
    public static let notSupported = Errno(rawValue: EOPNOTSUPP)
    public static let addressInUse = Errno(rawValue: EADDRINUSE)
    public static let addressNotAvailable = Errno(rawValue: EADDRNOTAVAIL)
    public static let connectionReset = Errno(rawValue: ECONNRESET)
    public static let connectionRefused = Errno(rawValue: ECONNREFUSED)
    public static let timedOut = Errno(rawValue: ETIMEDOUT)
    public static let already = Errno(rawValue: EALREADY)
    public static let inProgress = Errno(rawValue: EINPROGRESS)
    public static let hostUnreachable = Errno(rawValue: EHOSTUNREACH)

    /// The C library's words for it: "No such file or directory".
    // SAFETY: clinux_error_text returns a string literal.
    public var description: String { unsafe String(cString: clinux_error_text(rawValue)) }
}
