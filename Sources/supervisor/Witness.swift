internal import CLinux
internal import Cores
internal import Host
internal import Messages

/// Has a process that stands still tell what it knows: a copy of it speaks, and the process itself is as it was.
///
/// For stacks, whose program is ours: so the function that makes the copy lies where it lies here, and nothing that a wild driver can have
/// written to says where.
enum Witness {
    /// What the call may take, and the copy's words.
    private static let call = 200, speech = Duration.seconds(1)

    /// The words of a stack, as ``Testimony`` is encoded.
    ///
    /// - Parameter folder: the instance's.
    /// - Throws: why there are none.
    static func hear(_ process: borrowing StoppedProcess, in folder: String) throws(Silence) -> [UInt8] {
        let path = "\(folder)/\(Testimony.file)", before = children()
        defer { FileSystem.remove(path) }
        let witness = try copy(process)
        // What a wild process says may be the number of any child of ours.
        guard !before.contains(witness), HostCrash.parent(of: witness) == CurrentProcess.pid else { throw Silence("it made no copy of itself") }
        do {
            let handle = try ProcessHandle(witness)
            defer {
                try? handle.signal(.kill)
                _ = handle.waitForEnd(Deadline(in: .seconds(1)))
                _ = handle.reap()
            }
            guard handle.waitForEnd(Deadline(in: speech)) else { throw Silence("its copy did not end within \(speech)") }
            guard case .exited(0)? = handle.reap() else { throw Silence("its copy died of what it found") }
            return try FileDescriptor.open(path, FileFlags.read).readAll(limit: Testimony.most)
        } catch let error as Silence { throw error } catch { throw Silence("\(error)") }
    }

    private static func copy(_ process: borrowing StoppedProcess) throws(Silence) -> Int32 {
        let wanted = FunctionCall(process: nil, function: try place(in: process), integers: [], doubles: [], milliseconds: call, anywhere: true)
        do {
            guard case .returned(let answer, _) = try process.call(wanted) else { throw Silence("it cannot be made to copy itself") }
            guard let pid = Int32(exactly: Int64(bitPattern: answer)), pid > 0 else { throw Silence("it could not copy itself") }
            return pid
        } catch let error as Silence { throw error } catch { throw Silence("\(error)") }
    }

    /// Where the function lies in the other process: as far behind the beginning of the program as here.
    private static func place(in process: borrowing StoppedProcess) throws(Silence) -> UInt64 {
        // SAFETY: the address alone is wanted.
        let ours = unsafe UInt64(UInt(bitPattern: unsafeBitCast(clinux_witness as @convention(c) () -> Int, to: UnsafeRawPointer.self)))
        let here = Mapping.all((try? FileDescriptor.open("/proc/self/maps", FileFlags.read).readAll(limit: 32 << 20)) ?? [])
        guard let mapping = here.first(where: { $0.range.contains(ours) }),
            let theirs = (try? process.mappings())?.first(where: {
                ($0.inode, $0.device, $0.offset, $0.isExecutable) == (mapping.inode, mapping.device, mapping.offset, true) && $0.octets == mapping.octets
            })
        else { throw Silence("it runs another build of the program") }
        return theirs.range.lowerBound + (ours - mapping.range.lowerBound)
    }

    /// All that we have started and not yet taken the report of; empty where the kernel does not tell.
    private static func children() -> Set<Int32> {
        let text = FileSystem.text("/proc/self/task/\(CurrentProcess.pid)/children", limit: 4096) ?? ""
        return Set(text.split(separator: " ").compactMap { Int32($0) })
    }

    /// Why nothing was heard.
    struct Silence: Error, CustomStringConvertible {
        let description: String
        init(_ why: String) { description = why }
    }
}
