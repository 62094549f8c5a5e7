import Host
import Messages

/// Processes of drivers that stand still until the supervisor has looked into them. Nothing waits for that: it ends them, and what is
/// left here is to take the report.
struct HostGraves {
    /// How long the supervisor may take, in nanoseconds. A process in its fault handler would wait no longer either.
    static let patience: UInt64 = 5_000_000_000

    private var processes: [(process: HostProcess, until: UInt64)] = []

    var isEmpty: Bool { processes.isEmpty }

    /// Takes a process from its device, and tells the supervisor. One that nobody can look into is ended.
    mutating func take(_ process: HostProcess, _ death: HostDeath, _ stock: HostStock, telling news: Int32) {
        let isTold = HostNews.died(death).send(news, descriptors: [process.note.memory.descriptor.raw, stock.copy, process.recorder.descriptor.raw])
        guard process.stands, isTold else { return process.end() }
        processes.append((process, MonotonicClock.now() + Self.patience))
    }

    /// Takes the reports of those that have ended, and ends those that nobody came for.
    mutating func tend(now: UInt64) {
        processes.removeAll { grave in
            if grave.process.hasEnded() { return true }
            guard now >= grave.until else { return false }
            grave.process.end()
            return true
        }
    }

    /// When it wants to be asked next; nil: never.
    func next(now: UInt64) -> UInt64? { isEmpty ? nil : now + 50_000_000 }
}
