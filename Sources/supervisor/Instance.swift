internal import Host
internal import Messages

/// What a supervisor holds for as long as its instance lives, whatever becomes of its stack processes: the folder and the log.
struct Instance: ~Copyable {
    /// What it was started with, but for the steps that its first stack is told.
    let boot: SupervisorBoot
    let folder: ClaimedFolder
    let log: LogFile
    let started = MonotonicClock.now()

    /// Claims everything, or nothing.
    static func make(_ boot: SupervisorBoot) throws(Failure) -> Instance {
        let plan = boot.plan, command = plan.variant.rawValue
        guard let name = FolderName(prefix: plan.prefix) else { throw Failure(.invalid, what: "prefix=\(plan.prefix)", why: "is no prefix") }
        let folder: ClaimedFolder
        do {
            folder = try ClaimedFolder.claim(RuntimeDirectory(path: boot.directory), .stack, name, number: plan.instance)
        } catch { throw Failure(error, starting: command) }
        do throws(SystemError) {
            let log = try LogFile.open("\(folder.path)/log", name: command)
            for part in ["dev", "dev/socket"] { try FileSystem.makeFolder("\(folder.path)/\(part)") }
            do { try InstanceEvent.write([], folder.path) } catch { log.write("\(error)") }
            try ClientTable.create("\(folder.path)/clients")
            var kept = boot
            kept.steps = nil
            let instance = Instance(boot: kept, folder: folder, log: log)
            // What begins anew has proved nothing; what is recovered finds the builds that its plan names.
            if boot.steps == nil { instance.proven?.remove() }
            return instance
        } catch {
            let path = folder.path
            folder.remove()
            throw Failure(error.number, what: path, why: "the instance cannot be set up: \(error)", fix: "check the folder and the limits of this user")
        }
    }

    var plan: StackPlan { boot.plan }
    var program: String { boot.program }

    /// Seconds.
    var uptime: Double { Double(MonotonicClock.now() &- started) / 1e9 }
}
