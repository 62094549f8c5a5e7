internal import Bus
internal import Host

/// Switches that this process started on demand; they live on, and are reaped when they end before us.
final class Children {
    private final class Child {
        let handle: ProcessHandle
        init(_ handle: consuming ProcessHandle) { self.handle = handle }
    }

    /// More are not started at a time: each calls again after the first has ended.
    private static let most = 4
    private var running: [Child] = []
    private var lastStart: UInt64 = 0

    /// At most one attempt in 200 ms, so that a switch that cannot start does not keep the machine busy.
    func startSwitch(_ name: String) {
        reap()
        let now = MonotonicClock.now()
        guard running.count < Self.most, now &- lastStart >= 200_000_000 else { return }
        lastStart = now
        if let child = try? NICStarter.startSwitch(name) { running.append(Child(child)) }
    }

    func reap() {
        guard !running.isEmpty else { return }
        running.removeAll { $0.handle.reap() != nil }
    }
}
