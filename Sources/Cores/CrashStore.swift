internal import Glibc
package import Host

/// How much of crashes is kept. Pure.
package struct CrashQuota: Equatable, Sendable {
    /// Crashes, and octets of all of them together.
    package var mostFolders = 16, mostOctets: UInt64 = 1 << 30
    /// Octets of one core, and those that the rest of a crash may need.
    package var mostCore: UInt64 = 256 << 20, reserve: UInt64 = 32 << 20

    package init() {}

    /// A crash that is kept already.
    package struct Kept: Equatable, Sendable {
        package var name: String
        package var octets: UInt64
        /// Somebody still writes it: it stays, and may yet grow as large as a crash may.
        package var isOpen: Bool
        package init(_ name: String, octets: UInt64, isOpen: Bool = false) { (self.name, self.octets, self.isOpen) = (name, octets, isOpen) }
    }

    /// Which crashes must go, and how large the core may be, so that another one fits.
    ///
    /// - Parameter kept: the oldest first. Those that are still written stay, and the core is so much smaller.
    package func room(among kept: [Kept]) -> (removed: [String], core: UInt64) {
        var closed = kept.filter { !$0.isOpen }[...], removed: [String] = []
        let core = min(mostCore, mostOctets > reserve ? mostOctets - reserve : 0), wanted = core + min(reserve, mostOctets)
        var count = kept.count, used = kept.reduce(0) { $0 + ($1.isOpen ? max($1.octets, wanted) : $1.octets) }
        while count >= max(mostFolders, 1) || used + wanted > mostOctets, let oldest = closed.popFirst() {
            removed.append(oldest.name)
            used -= oldest.octets
            count -= 1
        }
        let left = mostOctets > used ? mostOctets - used : 0
        return (removed, min(core, left > reserve ? left - reserve : 0))
    }
}

/// The folder that crashes are kept in: one folder each, for its user alone, and never more than the quota.
package struct CrashStore: Sendable {
    package let path: String
    package var quota = CrashQuota()

    package init(path: String) { self.path = path }

    /// Where this user's crashes are: `$DRYDOCK_CRASHES`, else `drydock/crashes` in `$XDG_STATE_HOME`, else in
    /// `~/.local/state`; nil when none of these is known.
    ///
    /// - Source: XDG Base Directory Specification 0.8.
    package static func standardPath(_ environment: (String) -> String? = FileSystem.environment) -> String? {
        if let own = environment("DRYDOCK_CRASHES") { return FileSystem.absolute(own.contains("/") ? own : "./" + own) }
        if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/drydock/crashes" }
        return environment("HOME").map { $0 + "/.local/state/drydock/crashes" }
    }

    /// The name of a crash: `NAME-20260131T235959-PID`, so that names sort by time within an instance.
    ///
    /// - Parameter at: nanoseconds since 1970.
    package static func name(_ instance: String, pid: Int32, at: UInt64) -> String {
        var seconds = time_t(at / 1_000_000_000), parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        func padded(_ number: Int32, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let plain = String(instance.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." ? $0 : "_" })
        return unsafe "\(plain)-" + padded(parts.tm_year + 1900, 4) + padded(parts.tm_mon + 1, 2) + padded(parts.tm_mday, 2) + "T"
            + padded(parts.tm_hour, 2) + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2) + "-\(pid)"
    }

    /// The crashes that are kept, the oldest first.
    package func names() -> [String] {
        FileSystem.names(in: path).filter { Self.time(of: $0) != nil }.sorted { (Self.time(of: $0)!, $0) < (Self.time(of: $1)!, $1) }
    }

    /// The part of a name that tells the time; nil for what is no crash's name: whatever else a user keeps here stays.
    static func time(of name: String) -> Substring? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, Int32(parts[parts.count - 1]) != nil else { return nil }
        let time = parts[parts.count - 2].utf8
        guard time.count == 15, time.enumerated().allSatisfy({ $0 == 8 ? $1 == UInt8(ascii: "T") : (0x30...0x39).contains($1) }) else { return nil }
        return parts[parts.count - 2]
    }

    /// Makes a crash's folder, and nothing else: what is too much goes in ``Place/makeRoom()``, when nobody waits any more.
    ///
    /// - Throws: why it cannot be made.
    package func make(_ instance: String, pid: Int32, at: UInt64) throws(SystemError) -> Place {
        try FileSystem.makeFolders(path)
        let name = Self.name(instance, pid: pid, at: at)
        guard try FileSystem.makeFolder("\(path)/\(name)") else { throw SystemError("mkdir", .exists) }
        return Place(self, name, try Self.hold("\(path)/\(name)"))
    }

    /// Keeps a crash's folder for as long as the descriptor is open: the lock is on the folder itself, and goes with its owner.
    private static func hold(_ folder: String) throws(SystemError) -> FileDescriptor {
        let descriptor = try FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        guard flock(descriptor.raw, LOCK_EX | LOCK_NB) == 0 else { throw SystemError("flock", .busy) }
        return descriptor
    }

    /// Whether somebody still writes this crash. Looks with a shared lock, which is let go at once.
    private func isOpen(_ name: String) -> Bool {
        guard let descriptor = try? FileDescriptor.open("\(path)/\(name)", O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return false }
        return flock(descriptor.raw, LOCK_SH | LOCK_NB) != 0
    }

    /// Removes the oldest, so that a crash that has its folder already fits. - Returns: octets of the core that it may have.
    fileprivate func makeRoom(for own: String) throws(SystemError) -> UInt64 {
        // Two instances may die at once: only one at a time counts and removes.
        guard let turn = try FolderLock.take("\(path)/.turn", Deadline(in: .seconds(2))) else { throw SystemError("flock", .busy) }
        defer { _ = turn.raw }
        let kept = names().filter { $0 != own }.map {
            CrashQuota.Kept($0, octets: FileSystem.allocatedOctets("\(path)/\($0)"), isOpen: isOpen($0))
        }
        let room = quota.room(among: kept)
        for name in room.removed { remove(name) }
        // What is free is not ours alone.
        return min(room.core, FileSystem.freeOctets(path) / 2)
    }

    private func remove(_ name: String) {
        FileSystem.clear("\(path)/\(name)")
        FileSystem.removeFolder("\(path)/\(name)")
    }
}

extension CrashStore {
    /// A crash's folder, for as long as it is written: nobody removes it meanwhile.
    package final class Place {
        private let store: CrashStore, name: String
        /// Holds the folder.
        private let hold: FileDescriptor
        private var room: UInt64?

        fileprivate init(_ store: CrashStore, _ name: String, _ hold: consuming FileDescriptor) {
            (self.store, self.name) = (store, name)
            self.hold = hold
        }

        package var path: String { "\(store.path)/\(name)" }
        package var core: String { "\(path)/core" }

        /// Removes the oldest crashes until this one fits, once. Before anything large is written here.
        ///
        /// - Returns: octets of the core that may be written here.
        /// - Throws: why nothing could be removed; a core of any size is too large then, also the next time.
        @discardableResult package func makeRoom() throws(SystemError) -> UInt64 {
            if let room { return room }
            room = 0
            let found = try store.makeRoom(for: name)
            room = found
            return found
        }
    }
}
