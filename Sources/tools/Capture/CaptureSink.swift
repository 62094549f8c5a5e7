internal import Glibc
internal import Host

/// Where a capture goes: a file, a pipe, standard output. Never waits where it can be told to come back.
final class CaptureSink {
    private let descriptor: FileDescriptor
    /// Whether it must be waited for; files and devices need not.
    let isPipe: Bool
    private var pending: [UInt8] = []
    private var done = 0

    /// A pipe takes this many octets whole when it takes any. pipe(7)
    private static let piece = 4096

    init(_ descriptor: consuming FileDescriptor) {
        var status = stat()
        let kind = unsafe fstat(descriptor.raw, &status) == 0 ? status.st_mode & S_IFMT : 0
        isPipe = kind == S_IFIFO || kind == S_IFSOCK
        self.descriptor = descriptor
    }

    /// Standard output.
    ///
    /// - Throws: it is a terminal, which pcapng does not belong on; exit code 64.
    static func standard() throws(ToolFailure) -> CaptureSink {
        guard !StandardOutput.isTerminal else {
            throw ToolFailure("standard output", "a capture does not belong on a terminal", "give it to a program, as | tcpdump -r -, or to a file: -w em0.pcapng", exit: 64)
        }
        guard let own = StandardOutput.own() else {
            throw ToolFailure("standard output", "it is closed", "give the capture a file: -w em0.pcapng")
        }
        return CaptureSink(own)
    }

    /// A file, made anew; or a named pipe, whose reader is waited for.
    static func file(_ path: String, patience: Duration) throws(ToolFailure) -> CaptureSink {
        let deadline = Deadline(in: patience)
        while true {
            do throws(SystemError) {
                return CaptureSink(try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, mode: 0o644))
            } catch {
                // A named pipe that nobody reads yet.
                guard error.number == .noInterface, !deadline.hasPassed else {
                    throw ToolFailure(path, error.number == .noInterface ? "nobody reads this pipe" : error.number.description, "name a file in a folder that you may write to")
                }
                Pause.milliseconds(5)
            }
        }
    }

    var raw: Int32 { descriptor.raw }
    /// Octets that wait for room.
    var waiting: Int { pending.count - done }

    func add(_ octets: [UInt8]) { pending += octets }

    /// Writes what there is room for.
    ///
    /// - Parameter hasRoom: `poll` said that some can be written.
    /// - Throws: why nothing more can be.
    func flush(hasRoom: Bool) throws(SystemError) {
        guard !isPipe || hasRoom else { return }
        while waiting > 0 {
            let most = isPipe ? min(waiting, Self.piece) : waiting
            let count = unsafe pending.withUnsafeBytes { unsafe write(raw, $0.baseAddress! + done, most) }
            guard count >= 0 else {
                if errno == EINTR { continue }
                if errno == EAGAIN { break }
                throw SystemError("write", .last)
            }
            done += count
            if isPipe { break }
        }
        if waiting == 0 {
            pending.removeAll(keepingCapacity: true)
            done = 0
        }
    }
}
