internal import Host
internal import Messages

/// Whether a stack that died is started again, when, and with what. Pure: deaths and times in, decisions out.
///
/// A stack that had run for a while is followed by another at once; one that died soon after its start waits, each time twice as long.
/// When the budget is spent, the driver that the deaths name is left out, or goes back to a build of it that is proven; when they name
/// none, the instance stays down.
struct RestartPolicy: Equatable {
    enum Mode: String, CaseIterable { case never, onFailure = "on-failure", always }

    /// So many deaths within so many seconds are answered by another start.
    struct Budget: Equatable {
        var deaths: Int, seconds: Int

        /// `5/60`; nil: it is none.
        init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 2, let deaths = parts[0], let seconds = parts[1], (1...1000).contains(deaths), (1...86_400).contains(seconds)
            else { return nil }
            (self.deaths, self.seconds) = (deaths, seconds)
        }
    }

    enum Decision: Equatable {
        /// The instance ends; why, where it is not the policy's plain word.
        case conclude(String?)
        case restart(after: Duration, without: String?)
        /// At once, with another build of this driver, as a sentence has it.
        case goBack(driver: String, build: String)

        var restarts: Bool { wait != nil }

        /// A driver is left out, or another build takes its place.
        var changesDriver: Bool {
            switch self {
            case .goBack, .restart(_, without: .some): true
            case .conclude, .restart: false
            }
        }

        /// Until another one is started; nil: none is.
        var wait: Duration? {
            switch self {
            case .conclude: nil
            case .restart(let after, _): after
            case .goBack: .zero
            }
        }
    }

    static let longestWait = Duration.seconds(5)

    let mode: Mode
    let budget: Budget
    /// Those of the budget's time: when, in nanoseconds on the monotonic clock, and which driver they name.
    private var deaths: [(at: UInt64, driver: String?)] = []
    /// Deaths in a row that came within ``soon`` seconds.
    private var hasty = 0
    static let soon = 1.0

    init(mode: Mode = .never, budget: Budget = Budget("5/60")!) { (self.mode, self.budget) = (mode, budget) }

    init(_ plan: StackPlan) {
        self.init(
            mode: plan.options["restart"].flatMap(Mode.init(rawValue:)) ?? .never,
            budget: plan.options["restart_budget"].flatMap { Budget($0) } ?? Budget("5/60")!)
    }

    /// - Parameter now: on the monotonic clock.
    mutating func decide(_ death: Death, now: UInt64) -> Decision {
        switch mode {
        case .never: return .conclude(nil)
        case .onFailure where death.ending == .exited(0): return .conclude(nil)
        case .onFailure, .always: break
        }
        let begin = now &- UInt64(budget.seconds) &* 1_000_000_000
        deaths.removeAll { $0.at < begin && begin < now }
        deaths.append((now, death.report.driver))
        hasty = death.uptime < Self.soon ? hasty + 1 : 0
        guard deaths.count > budget.deaths else { return .restart(after: wait, without: nil) }
        let why = "it has died \(deaths.count) times within \(budget.seconds) s"
        guard let driver = culprit else { return .conclude(why) }
        (deaths, hasty) = ([], 0)
        return .restart(after: .zero, without: driver)
    }

    /// None, 50 ms, 100 ms, 200 ms, …
    private var wait: Duration { hasty > 1 ? min(.milliseconds(25 << min(hasty - 1, 16)), Self.longestWait) : .zero }

    /// The driver that more than half of the deaths name.
    private var culprit: String? {
        let named = Dictionary(grouping: deaths.compactMap(\.driver), by: \.self).max { $0.value.count < $1.value.count }
        guard let named, named.value.count * 2 > deaths.count else { return nil }
        return named.key
    }

    static func == (one: Self, other: Self) -> Bool {
        one.mode == other.mode && one.budget == other.budget && one.deaths.elementsEqual(other.deaths) { $0 == $1 }
    }
}
