internal import Cores
internal import Glibc
internal import Host
internal import Messages

/// Copies of the driver builds that have run for long enough without a death (`restart_proven=SECONDS`): what an instance goes back to when
/// a newer build of the same file spends the restart budget.
///
/// They are beside the instance's folder, which a start empties: so a recovered instance finds them where its plan says.
struct ProvenBuilds {
    static let mostBuilds = 16, mostOctets = ProvenStore.mostOctets
    typealias Build = ProvenStore.Build
    typealias Image = ProvenStore.Image

    let store: ProvenStore, seconds: Int
    var folder: String { store.folder }
    /// Since when an image has been seen, in nanoseconds on the monotonic clock; 0: it is proven, or cannot be kept.
    private var since: [String: UInt64] = [:]
    private var next: UInt64 = 0

    /// - Parameter seconds: that a build must have run.
    init(_ store: ProvenStore, seconds: Int) { (self.store, self.seconds) = (store, seconds) }

    /// How long until it is worth looking again, in nanoseconds.
    func wait(now: UInt64) -> UInt64 { next > now ? next - now : 0 }

    /// A stack has died: every build begins anew.
    mutating func forget() { since = [:] }

    /// The process of an isolated driver has died: its build begins anew.
    mutating func forget(isolated interface: String) { since = since.filter { !$0.key.hasPrefix("isolated-\(interface).") } }

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
        guard !store.builds(of: String(image.file)).contains(where: { ProvenStore.areSame($0.path, image.path) }) else { return false }
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
        var homes = store.homes()
        var sum = octets + homes.reduce(0) { $0 + FileSystem.allocatedOctets("\(folder)/\($1)") }
        while homes.count >= Self.mostBuilds || sum > Self.mostOctets {
            guard let index = homes.firstIndex(where: { home in !used.contains { $0.hasPrefix("\(folder)/\(home)/") } }) else { return }
            let home = "\(folder)/\(homes.remove(at: index))"
            sum -= min(sum, FileSystem.allocatedOctets(home))
            FileSystem.clear(home)
            FileSystem.removeFolder(home)
        }
    }

    /// The newest proven build of a driver's file that is none of those that died.
    func other(than dead: [Image], of file: String) -> Build? { store.other(than: dead, of: file) }

    /// The instance has ended in order, or begins anew.
    func remove() {
        FileSystem.clear(folder)
        FileSystem.removeFolder(folder)
    }
}
