import CDriver
import Glibc
import Host
import Messages

/// A build of a driver from which hosts are made: a copy of its file that nobody can change, so that what is started after a death
/// is what was mounted.
final class HostStock {
    /// What the kernel calls the copy in a list of mappings.
    static let memoryName = "drydock-driver-image"

    let path: String
    let hello: HostHello
    private let image: SharedMemory
    private let packetMemory: Int32
    /// The first host, which answered; nil once it is somebody's.
    private var ready: HostProcess?

    /// Copies the file and loads it in a first host.
    ///
    /// - Parameter packetMemory: stays the caller's, open for as long as this object lives.
    init(path: String, packetMemory: Int32) throws(DriverFailure) {
        guard path.hasPrefix("/") else { throw .notAbsolute(path) }
        image = try Self.copy(path)
        (self.path, self.packetMemory) = (path, packetMemory)
        let first = try Self.start(path, image, packetMemory)
        guard let hello = first.waitForHello(), first.broken == nil else {
            let why = first.broken ?? "it ended"
            if let failure = first.hello?.failure { throw .refusedByHost(failure) }
            first.end()
            throw .badAttachment(driver: path, why: "the process that was to load it did not: \(why) (\(first.obituary))")
        }
        (self.hello, ready) = (hello, first)
    }

    /// A host that has loaded, or is about to load, the image. It belongs to the caller.
    func take() throws(DriverFailure) -> HostProcess {
        if let first = ready.take() { return first }
        return try Self.start(path, image, packetMemory)
    }

    /// Writes the image into a file.
    func keep(at path: String) throws(SystemError) {
        // SAFETY: the memory is mapped for as long as this object lives.
        try FileSystem.replace(path, with: unsafe Array(UnsafeRawBufferPointer(start: image.base, count: image.length)))
    }

    /// The copy; stays this object's.
    var copy: Int32 { image.descriptor.raw }

    func matches(_ identity: drydock_identity) -> Bool {
        if ready == nil { ready = try? take() }
        guard let answer = ready?.ask(.match, body: Octets.of(identity)) else {
            ready = nil
            return false
        }
        return answer.number > 0
    }

    private static func start(_ path: String, _ image: borrowing SharedMemory, _ packetMemory: Int32) throws(DriverFailure) -> HostProcess {
        do { return try HostProcess(path: path, image: image.descriptor.raw, packetMemory: packetMemory) } catch {
            throw .badAttachment(driver: path, why: "no process could be started for it: \(error)")
        }
    }

    private static func copy(_ path: String) throws(DriverFailure) -> SharedMemory {
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, O_RDONLY)
            let octets = try file.readAll(limit: 256 << 20)
            guard !octets.isEmpty else { throw SystemError("read", .invalid) }
            let memory = try SharedMemory(named: memoryName, length: octets.count)
            unsafe memory.base.copyMemory(from: octets, byteCount: octets.count)
            return memory
        } catch { throw .noFile(path, errno: error.number.rawValue) }
    }
}

extension HostProcess {
    /// What the process died of, as far as it can be known; to be asked after its end.
    var obituary: String {
        let report = note.read()
        var text = switch ending {
        case .killed(let signal)?: "\(report.fault?.signal ?? signal)"
        case .exited(let code)?: "exit status \(code)"
        case nil where stands: "\(report.fault?.signal ?? .kill)"
        case .unknown?, nil: "unknown cause"
        }
        if let callout = report.callout { text += " in its callout \(callout)" }
        if let fault = report.fault { text += " at 0x\(String(fault.instruction, radix: 16)), address 0x\(String(fault.address, radix: 16))" }
        return text
    }
}
