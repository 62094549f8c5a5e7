internal import Cores
internal import Glibc
internal import Host
internal import Messages

/// The death of an isolated driver's process, from the stack's word until all that is known of it is kept.
///
/// Memory that changes while the stack goes on is copied when the word comes. Everything that costs time comes when another process
/// drives the device.
final class HostCrash {
    /// How long the stack may take to tell what came after it, in nanoseconds.
    static let patience: UInt64 = 3_000_000_000

    let death: HostDeath
    let due: UInt64
    var succession: HostSuccession?
    /// Why there is no core.
    var noCore: String?
    /// What the limit of size has left out of it.
    var coreCut: String?
    let report: CrashNote.Report
    private let note: CrashNote
    private let image: FileDescriptor
    private let recorder: FileDescriptor
    /// nil: it has ended, or is none of ours.
    private let process: ProcessHandle?
    /// nil: nothing is kept of it.
    let moment: Moment?

    init(
        _ death: HostDeath, _ note: consuming CrashNote, _ image: consuming FileDescriptor, _ recorder: consuming FileDescriptor, childOf stack: Int32, _ moment: Moment?
    ) {
        (self.death, self.moment) = (death, moment)
        report = note.read()
        due = MonotonicClock.now() &+ Self.patience
        self.note = note
        self.image = image
        self.recorder = recorder
        let handle = death.stands ? try? ProcessHandle(death.pid) : nil
        // A stack that has gone wild may name any process; only its own children are looked into, and ended.
        let isOurs = handle != nil && Self.parent(of: death.pid) == stack
        if isOurs { process = handle } else { process = nil }
        noCore = death.stands ? (isOurs ? nil : "the process was gone before it could be looked into") : Self.reason(death, report)
    }

    /// Why a process that has ended left no core.
    private static func reason(_ death: HostDeath, _ report: CrashNote.Report) -> String {
        if report.fault != nil { return "the process had ended before it could be stopped" }
        if death.why != nil { return "the process could not be stopped in time, and was killed" }
        return "the process had ended: " + (death.signal == Signal.kill.rawValue ? "SIGKILL leaves nothing to look into" : "it noted no fault")
    }

    /// The parent of a process, as proc_pid_stat(5) has it; nil: there is none of that number.
    static func parent(of pid: Int32) -> Int32? {
        guard let text = FileSystem.text("/proc/\(pid)/stat", limit: 1024), let end = text.lastIndex(of: ")") else { return nil }
        let words = text[text.index(after: end)...].split(separator: " ")
        return words.count > 1 ? Int32(words[1]) : nil
    }

    /// The driver's file, for a debugger: a copy of what the process ran.
    func keepImage(_ place: CrashStore.Place, most: UInt64) throws(SystemError) {
        let octets = try FileDescriptor.open("/proc/self/fd/\(image.raw)", FileFlags.read).readAll(limit: Int(most))
        try FileSystem.replace(imagePath(place), with: octets)
    }

    /// The process's own flight recorder, as it left it: nothing of it runs. nil: it cannot be read.
    ///
    /// Read and not mapped, whatever the descriptor is: half a file makes a short read, and not a fault.
    func recorderOctets() -> [UInt8]? {
        try? FileDescriptor.open("/proc/self/fd/\(recorder.raw)", FileFlags.read).readAll(limit: Self.mostRecorder)
    }

    /// More than one is.
    private static let mostRecorder = 4 << 20

    func imagePath(_ place: CrashStore.Place) -> String { "\(place.path)/driver-1-\(fileName)" }
    private var fileName: String { String(death.path.split(separator: "/").last ?? "driver.so") }

    func coreOptions(_ place: CrashStore.Place, most: UInt64) -> CoreFile.Options {
        let maps = try? FileDescriptor.open("/proc/\(death.pid)/maps", FileFlags.read).readAll(limit: 32 << 20)
        let image = Mapping.all(maps ?? []).first { $0.memoryName == Self.imageName }
        var options = CoreFile.Options()
        (options.most, options.fault) = (most, report.fault)
        if let path = image?.file { options.kept[path] = imagePath(place) }
        return options
    }

    /// The process had loaded the image from its descriptor of this number, which no longer is; a debugger looks for the last part of that
    /// name in the crash's folder.
    func linkImage(_ place: CrashStore.Place) {
        _ = unsafe symlink("driver-1-\(fileName)", "\(place.path)/\(Self.imageDescriptor)")
    }

    /// As `HostBoot.Descriptor.image` has it.
    private static let imageDescriptor = 9

    /// What a driver's image is called in a list of its process's memory.
    private static let imageName = "drydock-driver-image"

    /// The process has been looked into: its parent waits for its end.
    func end() { try? process?.signal(.kill) }

    var hasProcess: Bool { process != nil }

    /// Of the fault, where the process noted one that can be believed.
    private var time: UInt64 {
        guard let at = report.fault?.at, at <= death.at, death.at - at < 10_000_000_000 else { return death.at }
        return at
    }

    var tombstone: Tombstone {
        var stone = Tombstone(when: Double(time) / 1e9, pid: death.pid, command: [])
        if let fault = report.fault {
            (stone.signal, stone.code, stone.address, stone.ip) = (fault.signal.rawValue, fault.code, fault.address, fault.instruction)
            stone.access = fault.access.map { "\($0)" }
        } else if let hung = death.hung {
            (stone.signal, stone.hungMilliseconds) = (Signal.kill.rawValue, hung / 1_000_000)
        } else {
            (stone.signal, stone.exitCode) = (death.stands ? Signal.kill.rawValue : death.signal, death.exitCode)
        }
        (stone.driver, stone.callout, stone.interface) = ("devnp-" + shortName, report.callout, death.interface)
        var isolated = Tombstone.Isolated(path: death.path, restarts: death.restarts, why: death.why)
        (isolated.successor, isolated.microseconds, isolated.noCore) = (succession?.successor, succession?.microseconds, noCore)
        isolated.outcome = succession?.outcome
        (stone.isolated, stone.coreCut) = (isolated, coreCut)
        return stone
    }

    /// As the process noted it, else by its file.
    private var shortName: String {
        if let noted = report.driver, noted.hasPrefix("devnp-") { return String(noted.dropFirst("devnp-".count)) }
        let name = fileName.hasPrefix("lib") ? String(fileName.dropFirst(3)) : fileName
        return name.hasPrefix("devnp-") ? String(name.dropFirst("devnp-".count)) : name
    }
}
