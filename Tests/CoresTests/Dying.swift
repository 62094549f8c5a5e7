import Cores
import Glibc
import Host
import Testing

/// A process that dies as it is told, with this one as its supervisor. It ends with this value.
final class Dying {
    let process: ProcessHandle
    let note: CrashNote
    let bell: EventCounter
    let folder: String

    /// The program, built once a run with the toolchain's own C compiler.
    static let program: Result<String, SystemError> = {
        let here = String(#filePath.dropLast("/Tests/CoresTests/Dying.swift".count)), out = "/tmp/dd-dying-\(getpid())"
        let words = ["clang", "-g", "-O1", "-pthread", "-w", "-I", here + "/Sources/CLinux/include", here + "/Tests/CoresTests/dying.c",
                     here + "/Sources/CLinux/fault.c", "-o", out]
        do throws(SystemError) {
            let (status, said) = try run(words)
            guard status == .exited(0) else {
                print(said)
                throw SystemError("clang", .io)
            }
            _ = atexit { FileSystem.remove("/tmp/dd-dying-\(getpid())") }
            return .success(out)
        } catch { return .failure(error) }
    }()

    init(_ how: String) throws {
        folder = "/tmp/dd-dying-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileSystem.makeFolder(folder)
        note = try CrashNote.create()
        bell = try EventCounter()
        let pipe = try FileDescriptor.pipe()
        process = try Spawn.start(
            Self.program.get(), arguments: ["dying", how],
            descriptors: [-1, -1, -1, note.memory.descriptor.raw, bell.raw, pipe.second.raw])
        let stands = Poll.readable(pipe.first.raw, Deadline(in: .seconds(10)))
        #expect(stands, "the process has begun")
    }

    deinit {
        try? process.signal(.kill)
        _ = process.waitForEnd(Deadline(in: .seconds(5)))
        _ = process.reap()
        FileSystem.clear(folder)
        FileSystem.removeFolder(folder)
    }

    var core: String { folder + "/core" }

    /// Waits for the bell, at most ten seconds.
    func rings() -> Bool { Poll.readable(bell.raw, Deadline(in: .seconds(10))) }

    @discardableResult func takeCore(_ change: (inout CoreFile.Options) -> Void = { _ in }) throws -> CoreFile.Summary {
        var options = CoreFile.Options()
        options.fault = note.read().fault
        change(&options)
        let file = try FileDescriptor.open(core, O_RDWR | O_CREAT | O_TRUNC)
        return try CoreFile.write(process.pid, to: file, options)
    }

    func text() throws -> CoreText { try CoreText(FileDescriptor.open(core, O_RDONLY).readAll(limit: 1 << 30)) }

    func end() -> Ending? {
        let hasEnded = process.waitForEnd(Deadline(in: .seconds(10)))
        return hasEnded ? process.reap() : nil
    }

    /// Runs a program with what it says in one text, at most a minute.
    static func run(_ words: [String]) throws(SystemError) -> (Ending?, String) {
        let path = "/tmp/dd-said-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let file = try FileDescriptor.open(path, O_RDWR | O_CREAT)
        defer { FileSystem.remove(path) }
        let task = try Spawn.start("/usr/bin/env", arguments: ["env"] + words, descriptors: [-1, file.raw, file.raw])
        if !task.waitForEnd(Deadline(in: .seconds(60))) {
            try? task.signal(.kill)
            _ = task.waitForEnd(Deadline(in: .seconds(5)))
        }
        return (task.reap(), FileSystem.text(path, limit: 1 << 20) ?? "")
    }

    static let hasGDB = ["/usr/bin/gdb", "/usr/local/bin/gdb"].contains { FileSystem.exists($0) }

    /// What gdb says of the core to these commands.
    func gdb(_ commands: String...) throws -> String {
        let words = commands.flatMap { ["-ex", $0] }
        return try Self.run(["gdb", "-nx", "-batch"] + words + [Self.program.get(), core]).1
    }
}
