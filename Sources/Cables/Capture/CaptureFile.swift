internal import Glibc
internal import Host

/// A capture being written to a file: buffered, flushed by `service`. A file that can no longer be written ends the
/// capture, never the cable.
final class CaptureFile {
    let path: String
    private let file: FileDescriptor
    private var writer: CaptureWriter
    private(set) var frames: UInt64 = 0
    /// Why nothing is written any more.
    private(set) var fault: String?
    private var flushDue: UInt64?

    /// Octets that wait before they are written without further delay, and how long they may wait.
    private static let enough = 256 * 1024, patience: UInt64 = 100_000_000

    init(path: String, interface: String, description: String) throws(CableFailure) {
        self.path = path
        do throws(SystemError) {
            file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        } catch {
            throw CableFailure("capture \(path)", "\(error.number)", fix: "name a file in a folder that you may write to")
        }
        writer = CaptureWriter(interface: interface, description: description)
        flush()
    }

    deinit { Self.write(writer.octets[...], to: file.raw) }

    func add(_ frame: RawSpan, now: UInt64, calendar: UInt64, direction: CaptureWriter.Direction, comment: String?) {
        guard fault == nil else { return }
        writer.add(frame, calendar: calendar, direction: direction, comment: comment)
        frames &+= 1
        if flushDue == nil { flushDue = now &+ Self.patience }
        if writer.octets.count >= Self.enough { flush() }
    }

    /// - Returns: when to be called again.
    func service(now: UInt64) -> UInt64? {
        guard let due = flushDue else { return nil }
        guard now >= due else { return due }
        flush()
        return nil
    }

    private func flush() {
        flushDue = nil
        if !Self.write(writer.take()[...], to: file.raw) { fault = "\(Errno.last)" }
    }

    @discardableResult private static func write(_ octets: ArraySlice<UInt8>, to raw: Int32) -> Bool {
        var rest = octets
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(raw, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
