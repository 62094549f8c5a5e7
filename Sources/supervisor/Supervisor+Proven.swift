internal import Host
internal import Messages

// `restart_proven=`: when a driver has spent the budget, and another build of it is known to be good, that one takes its place.
extension Supervisor {
    /// Keeps what has run for long enough.
    mutating func proveInTime() {
        guard state == .running, let waiting = proven?.wait(now: MonotonicClock.now()), waiting == 0 else { return }
        let used = Set(InstancePlan.read(instance.folder.path)?.mounts.map(\.path) ?? [])
        let now = (clock: MonotonicClock.now(), calendar: MonotonicClock.calendar())
        for line in proven?.look(at: instance.loaded("driver-") + instance.loaded("isolated-"), now: now, used: used) ?? [] { instance.log.write(line) }
    }

    /// When it is to be looked at next, in nanoseconds from now.
    var nextProof: UInt64 { state == .running ? proven?.wait(now: MonotonicClock.now()) ?? .max : .max }

    /// Puts a proven build in the place of the driver that has died too often. - Returns: nil: there is none.
    mutating func goBack(from driver: String, _ death: Death) -> RestartPolicy.Decision? {
        guard let proven, let had = plan, let rest = had.leavingOut(driver: driver, interface: death.report.interface) else { return nil }
        let gone = Set(had.mounts.map(\.path)).subtracting(rest.mounts.map(\.path))
        let dead = instance.loaded("dead-driver-")
        var found: [String: ProvenBuilds.Build] = [:]
        for path in gone {
            // Two builds that both die must not follow each other for ever.
            guard !proven.store.holds(path) else { return nil }
            guard let file = path.split(separator: "/").last, let build = proven.other(than: dead, of: String(file)) else { return nil }
            found[path] = build
        }
        guard let first = found.values.first else { return nil }
        plan?.steps = had.steps.map { step in
            guard case .mount(var request) = step, let build = found[request.path] else { return step }
            request.path = build.path
            return .mount(request)
        }
        return .goBack(driver: driver, build: first.sentence)
    }
}

extension InstancePlan {
    var mounts: [MountRequest] {
        steps.compactMap { if case .mount(let request) = $0 { request } else { nil } }
    }
}

extension Instance {
    /// Where its proven builds are; nil: none are wished.
    var proven: ProvenBuilds? {
        guard let seconds = plan.number("restart_proven"), let store = ProvenStore(instance: folder.path) else { return nil }
        return ProvenBuilds(store, seconds: seconds)
    }

    /// The images that the stack has loaded, or that one had which is dead.
    func loaded(_ prefix: String) -> [ProvenBuilds.Image] {
        FileSystem.names(in: folder.path).filter { $0.hasPrefix(prefix) }.map { name in
            let plain = prefix.hasPrefix("dead-") ? String(name.dropFirst("dead-".count)) : name
            return ProvenBuilds.Image(name: plain, path: "\(folder.path)/\(name)")
        }
    }
}
