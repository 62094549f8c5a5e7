internal import Host

/// `plan.json` in an instance's folder: all that makes a new stack what the running one is.
///
/// The stack describes itself whole after every change, and the supervisor gives the newest description to the stack that follows. So
/// nothing can drift apart: what was taken back is simply not in it. It is a file and not memory that both map, so that a wild driver
/// cannot write to it, and so that it survives the supervisor, too.
public struct InstancePlan: Codable, Equatable, Sendable {
    public static let file = "plan.json"
    /// Octets of the file: room for every table of a stack at its limit.
    public static let most = 900 << 10

    /// The command line that started the instance.
    public var start: StackPlan
    /// Requests in the order in which they must be made.
    public var steps: [StackRequest]
    /// When it was true, in nanoseconds on `MonotonicClock`.
    public var at: UInt64

    public init(start: StackPlan, steps: [StackRequest], at: UInt64) { (self.start, self.steps, self.at) = (start, steps, at) }

    /// The plan in an instance's folder; nil: there is none that can be read.
    public static func read(_ folder: String) -> InstancePlan? {
        guard let text = FileSystem.text("\(folder)/\(file)", limit: most) else { return nil }
        return try? Body.decode(InstancePlan.self, Array(text.utf8))
    }

    /// Replaces the folder's plan in one piece.
    public func write(_ folder: String) throws(Failure) {
        let octets: [UInt8]
        do { octets = try Body.encode(self) } catch { throw error.failure("write", of: Self.file) }
        guard octets.count <= Self.most else {
            throw Failure(.messageTooLong, what: Self.file, why: "this configuration takes \(octets.count) octets, and \(Self.most) is the most")
        }
        do { try FileSystem.replace("\(folder)/\(Self.file)", with: octets) } catch { throw Failure(error, what: "\(folder)/\(Self.file)") }
    }
}

extension InstancePlan {
    /// As it is to be carried out at `now`: addresses have less of their lifetimes left, and those whose time is over are gone.
    public func aged(to now: UInt64) -> InstancePlan {
        let seconds = UInt32(clamping: (now > at ? now - at : 0) / 1_000_000_000)
        func left(_ time: UInt32?) -> UInt32? { time.map { $0 > seconds ? $0 - seconds : 0 } }
        var aged = self
        aged.at = max(now, at)
        aged.steps = steps.compactMap { step in
            guard case .configure(let interface, let changes) = step, case .addAddress(var setting)? = changes.first, let times = setting.lifetimes
            else { return step }
            if left(times.validSeconds) == 0 { return nil }
            setting.lifetimes = AddressLifetimes(validSeconds: left(times.validSeconds), preferredSeconds: left(times.preferredSeconds))
            return .configure(interface: interface, changes: [.addAddress(setting)] + changes.dropFirst())
        }
        return aged
    }

    /// Without a driver, and without what is set on its interfaces and on those that stand on them.
    ///
    /// - Parameters:
    ///   - driver: the name of its file.
    ///   - interface: one that it brought, which is how it is found when its file has another name.
    /// - Returns: nil when no such driver is in the plan.
    public func leavingOut(driver: String, interface: String?) -> InstancePlan? {
        let files = Set(steps.compactMap { step -> String? in
            guard case .mount(let request) = step else { return nil }
            return request.path.hasSuffix("/\(driver)") || request.interface == interface && interface != nil ? request.path : nil
        })
        guard !files.isEmpty else { return nil }
        var gone: Set<String> = []
        var kept = self
        kept.steps = steps.filter { step in
            switch step {
            case .mount(let request):
                guard files.contains(request.path) else { return true }
                if let name = request.interface { gone.insert(name) }
                return false
            case .configure(let name, let changes):
                if case .vlan(_, let parent)? = changes.first, gone.contains(parent) { gone.insert(name) }
                return !gone.contains(name)
            case .setNeighbor(let setting): return setting.interface.map { !gone.contains($0) } ?? true
            case .addRoute(let setting): return setting.interface.map { !gone.contains($0) } ?? true
            default: return true
            }
        }
        kept.steps.removeAll { if case .createInterface(let name) = $0 { gone.contains(name) } else { false } }
        return kept
    }
}

extension StackRequest {
    /// Whether `other`, of somebody who knows what there is now, takes the place of this step of a plan that could not be carried out.
    public func isReplaced(by other: StackRequest) -> Bool {
        switch (self, other) {
        case (.setTunable(let name, _), .setTunable(let again, _)): name == again
        case (.addRoute(let one), .addRoute(let again)), (.addRoute(let one), .deleteRoute(let again)):
            one.destination == again.destination && one.family == again.family
        case (.setNeighbor(let one), .setNeighbor(let again)): one.address == again.address
        case (.setNeighbor(let one), .deleteNeighbor(_, let address, _)): one.address == address
        case (.createInterface(let name), .createInterface(let again)): name == again
        case (_, .destroyInterface(let name)): isAbout(name)
        default: false
        }
    }

    /// Whether it makes an interface or sets something of it.
    public func isAbout(_ interface: String) -> Bool {
        switch self {
        case .mount(let request): request.interface == interface
        case .createInterface(let name), .configure(let name, _): name == interface
        default: false
        }
    }
}

extension InstancePlan {
    /// Whether every driver of it drives a NIC's process, and none a link of the host's own, which a dead stack holds until its process is gone.
    public var isOfNICsOnly: Bool {
        steps.allSatisfy { step in
            guard case .mount(let request) = step else { return true }
            return request.options.split(separator: ",").contains { $0.hasPrefix("nic=") }
        }
    }
}

extension MountRequest {
    /// The interface that it brings, where its options say name and unit, as a plan's do.
    var interface: String? {
        let words = options.split(separator: ",")
        func value(_ key: String) -> Substring? { words.first { $0.hasPrefix("\(key)=") }?.dropFirst(key.utf8.count + 1) }
        guard let name = value("name"), let unit = value("unit") else { return nil }
        return "\(name)\(unit)"
    }
}
