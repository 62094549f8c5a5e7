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
        package init(_ name: String, octets: UInt64) { (self.name, self.octets) = (name, octets) }
    }

    /// Which crashes must go, and how large the core may be, so that another one fits.
    ///
    /// - Parameter kept: the oldest first.
    package func room(among kept: [Kept]) -> (removed: [String], core: UInt64) {
        var kept = kept, removed: [String] = []
        let core = min(mostCore, mostOctets > reserve ? mostOctets - reserve : 0), wanted = core + min(reserve, mostOctets)
        var used = kept.reduce(0) { $0 + $1.octets }
        while let oldest = kept.first, kept.count >= max(mostFolders, 1) || used + wanted > mostOctets {
            removed.append(oldest.name)
            used -= oldest.octets
            kept.removeFirst()
        }
        return (removed, core)
    }
}

/// The folder that crashes are kept in: one folder each, for its user alone, and never more than the quota.
package struct CrashStore: Sendable {
    package let path: String
    package var quota = CrashQuota()

    /// A crash's folder.
    package struct Place: Equatable, Sendable {
        package let path: String
        /// Octets of the core that may be written there.
        package let mostCore: UInt64
        package var core: String { "\(path)/core" }
    }

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

    /// Makes a crash's folder, after what is too much has gone.
    ///
    /// - Throws: why it cannot be made.
    package func make(_ instance: String, pid: Int32, at: UInt64) throws(SystemError) -> Place {
        try FileSystem.makeFolders(path)
        // Two instances may die at once: only one at a time counts and removes.
        guard let turn = try FolderLock.take("\(path)/.turn", Deadline(in: .seconds(2))) else { throw SystemError("flock", .busy) }
        defer { _ = turn.raw }
        let kept = names().map { CrashQuota.Kept($0, octets: FileSystem.allocatedOctets("\(path)/\($0)")) }
        let room = quota.room(among: kept)
        for name in room.removed { remove(name) }
        let folder = "\(path)/\(Self.name(instance, pid: pid, at: at))"
        guard try FileSystem.makeFolder(folder) else { throw SystemError("mkdir", .exists) }
        // What is free is not ours alone.
        return Place(path: folder, mostCore: min(room.core, FileSystem.freeOctets(path) / 2))
    }

    private func remove(_ name: String) {
        FileSystem.clear("\(path)/\(name)")
        FileSystem.removeFolder("\(path)/\(name)")
    }
}
