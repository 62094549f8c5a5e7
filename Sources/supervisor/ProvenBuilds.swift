internal import Cores
internal import Glibc
internal import Host

/// Copies of the driver builds that have run for long enough without a death (`restart_proven=SECONDS`): what an instance goes back to when
/// a newer build of the same file spends the restart budget.
///
/// They are beside the instance's folder, which a start empties: so a recovered instance finds them where its plan says.
struct ProvenBuilds {
    static let mostBuilds = 16, mostOctets: UInt64 = 128 << 20

    /// One that is kept: its folder, named by when it was mounted, holds the image under the name of its file.
    struct Build: Equatable {
        let path: String
        /// `20260131T235959`, UTC.
        let mounted: Substring
        let seconds: Int

        /// Behind "it is started again".
        var sentence: String { "with the build of \(path.split(separator: "/").last ?? "") of \(mounted), which ran for \(seconds) s" }
    }

    /// An image that the stack has loaded.
    struct Image: Equatable {
        /// `driver-3-devnp-e1000.so`.
        let name: String
        let path: String

        /// The name of the driver's file.
        var file: Substring { name.split(separator: "-", maxSplits: 2).last ?? "" }
    }

    let folder: String, seconds: Int
    /// Since when an image has been seen, in nanoseconds on the monotonic clock; 0: it is proven, or cannot be kept.
    private var since: [String: UInt64] = [:]
    private var next: UInt64 = 0

    /// - Parameter seconds: that a build must have run.
    init(folder: String, seconds: Int) { (self.folder, self.seconds) = (folder, seconds) }

    /// How long until it is worth looking again, in nanoseconds.
    func wait(now: UInt64) -> UInt64 { next > now ? next - now : 0 }

    /// A stack has died: every build begins anew.
    mutating func forget() { since = [:] }

    /// Keeps those that have run for long enough.
    ///
    /// - Parameters:
    ///   - now: on the monotonic clock, and since 1970, both in nanoseconds.
    ///   - used: paths that the plan names, which stay.
    /// - Returns: a line for the log for each.
    mutating func look(at images: [Image], now: (clock: UInt64, calendar: UInt64), used: Set<String>) -> [String] {
        guard now.clock >= next else { return [] }
        let span = UInt64(seconds) * 1_000_000_000
        next = now.clock + min(max(span / 4, 250_000_000), 30_000_000_000)
        since = since.filter { name, _ in images.contains { $0.name == name } }
        var lines: [String] = []
        for image in images {
            guard let first = since[image.name] else {
                since[image.name] = now.clock
                continue
            }
            guard first > 0, now.clock &- first >= span else { continue }
            since[image.name] = 0
            do throws(SystemError) {
                guard try keep(image, mounted: now.calendar &- (now.clock &- first), used) else { continue }
                lines.append("\(image.file) has run for \(seconds) s: this build is kept, for when another one dies again and again")
            } catch { lines.append("\(image.file) has run for \(seconds) s, and no copy of it can be kept: \(error)") }
        }
        return lines
    }

    /// - Returns: false when the same build is kept already.
    private func keep(_ image: Image, mounted: UInt64, _ used: Set<String>) throws(SystemError) -> Bool {
        guard !builds(of: String(image.file)).contains(where: { Self.areSame($0.path, image.path) }) else { return false }
        let octets = FileSystem.allocatedOctets(image.path)
        guard octets <= Self.mostOctets else { throw SystemError("copy", .messageTooLong) }
        try FileSystem.makeFolders(folder)
        prune(for: octets, used)
        // The name tells how long it ran, for whoever recovers it with another option. Two builds of one second are told a second apart.
        for later in 0...UInt64(Self.mostBuilds) {
            let home = "\(folder)/\(CrashStore.name("build", pid: Int32(clamping: seconds), at: mounted &+ later &* 1_000_000_000))"
            guard try FileSystem.makeFolder(home) else { continue }
            let path = "\(home)/\(image.file)"
            if unsafe link(image.path, path) == 0 { return true }
            do throws(SystemError) { try FileSystem.copy(image.path, to: path, most: Self.mostOctets) } catch {
                FileSystem.removeFolder(home)
                throw error
            }
            return true
        }
        throw SystemError("mkdir", .exists)
    }

    /// The oldest go first, but none that the plan names.
    private func prune(for octets: UInt64, _ used: Set<String>) {
        var homes = homes()
        var sum = octets + homes.reduce(0) { $0 + FileSystem.allocatedOctets("\(folder)/\($1)") }
        while homes.count >= Self.mostBuilds || sum > Self.mostOctets {
            guard let index = homes.firstIndex(where: { home in !used.contains { $0.hasPrefix("\(folder)/\(home)/") } }) else { return }
            let home = "\(folder)/\(homes.remove(at: index))"
            sum -= min(sum, FileSystem.allocatedOctets(home))
            FileSystem.clear(home)
            FileSystem.removeFolder(home)
        }
    }

    private func homes() -> [String] { FileSystem.names(in: folder).filter { $0.hasPrefix("build-") } }

    /// The proven builds of a driver's file, the newest first.
    private func builds(of file: String) -> [Build] {
        homes().reversed().compactMap { home in
            let parts = home.split(separator: "-"), path = "\(folder)/\(home)/\(file)"
            guard parts.count == 3, let ran = Int(parts[2]), FileSystem.exists(path) else { return nil }
            return Build(path: path, mounted: parts[1], seconds: ran)
        }
    }

    /// The newest proven build of a driver's file that is none of those that died.
    func other(than dead: [Image], of file: String) -> Build? {
        let images = dead.filter { $0.file == file }
        // Of a build that is not there any more nobody can say which it was.
        guard !images.isEmpty else { return nil }
        return builds(of: file).first { build in !images.contains { Self.areSame($0.path, build.path) } }
    }

    private static func areSame(_ one: String, _ other: String) -> Bool {
        func octets(_ path: String) -> [UInt8]? { try? FileSystem.reading(path).readAll(limit: Int(mostOctets)) }
        guard let first = octets(one), let second = octets(other) else { return false }
        return first == second
    }

    /// The instance has ended in order, or begins anew.
    func remove() {
        FileSystem.clear(folder)
        FileSystem.removeFolder(folder)
    }
}
