import Host
import Logging
import Messages

/// When the stack's description of itself is written down: before the answer to whatever changed it.
///
/// A table of a thousand routes costs milliseconds. So that a script that adds them one by one does not stop the frames, a description
/// of more than ``most`` settings waits until twenty times its cost has passed; only then can a death forget what was answered.
struct PlanKeeper {
    static let most = 256
    private static let patience: UInt64 = 20

    private(set) var isStale = false
    /// When it may be written next, on the monotonic clock.
    private(set) var due: UInt64 = 0
    private var isLong = false
    private var complaint: String?

    mutating func changed() { isStale = true }

    /// Writes it when it is stale, and the last one was cheap or long ago.
    mutating func keep(_ folder: String, logger: Logger, _ plan: () -> InstancePlan) {
        let start = MonotonicClock.now()
        guard isStale, start >= due else { return }
        isStale = false
        do throws(Failure) {
            let plan = plan()
            isLong = plan.steps.count > Self.most
            try plan.write(folder)
            complaint = nil
        } catch {
            if complaint != "\(error)" { logger.error("what is set here would be lost with this stack: \(error)") }
            complaint = "\(error)"
        }
        let end = MonotonicClock.now()
        due = isLong ? end &+ (end &- start) &* Self.patience : end
    }
}

extension Netd {
    func keepPlan() {
        plan.keep(boot.words.folder, logger: logger) { InstancePlan(start: boot.plan, steps: planSteps(), at: MonotonicClock.now()) }
    }

    /// Does what an earlier stack of the instance was told to. What cannot be done is told, takes nothing else with it, and stays in the
    /// plan: a NIC or a file that is away now may be there for the next stack.
    func restore(_ steps: [StackRequest]) {
        var failed = 0
        for step in steps {
            do throws(Failure) { try restore(step) } catch {
                failed += 1
                unrestored.append(step)
                logger.error("not restored: \(error)")
            }
        }
        logger.notice("restored: \(steps.count - failed) of \(steps.count) settings")
    }

    private func restore(_ step: StackRequest) throws(Failure) {
        switch step {
        case .mount(let request): _ = try mount(request)
        case .createInterface(let name): try createInterface(name)
        case .configure(let name, let changes): try configure(name, changes)
        case .setNeighbor(let setting): try setNeighbor(setting)
        case .addRoute(let setting): try addRoute(setting)
        case .setTunable(let name, let value): _ = try setTunable(name, value)
        default: throw Failure(.invalid, what: "a plan's step", why: "it configures nothing", fix: "use one build for all")
        }
    }
}
