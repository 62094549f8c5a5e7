internal import Bus
internal import Cables
internal import Host

/// A switch process: `drydock-switchd --started-by-drydock NAME`. Started by the first cable that needs it; ends when its
/// last port has left. A second one of the name ends at once.
///
/// - Parameter arguments: with `argv[0]`.
/// - Returns: the exit status.
public func switchdMain(arguments: [String]) -> Int32 {
    guard arguments.count == 3, arguments[1] == NICStarter.privateWord, CableSpecification.isName(arguments[2]) else {
        ProcessFlags.complain("\(NICStarter.switchProgram): this is a part of Drydock that it starts by itself; plug a NIC into a switch with: nic plug NAME switch:NAME")
        return 2
    }
    guard ProcessFlags.becomeDaemon() else { return 1 }
    guard let name = FolderName(arguments[2]), let signals = try? SignalDescriptor([.terminate, .interrupt, .hangup]) else { return 1 }
    do {
        let folder = try ClaimedFolder.claim(RuntimeDirectory(), .switch, name)
        if let hub = try? SwitchHub(name: name.text, path: "\(folder.path)/port") { serve(hub, signals) }
        folder.remove()
        return 0
    } catch {
        // Another runs, or nobody could find us anyway.
        return 0
    }
}

/// Nanoseconds that a switch without ports waits for the next one.
private let lonelyLimit: UInt64 = 1_000_000_000

private func serve(_ hub: SwitchHub, _ signals: borrowing SignalDescriptor) {
    var waiting = WaitSet()
    var lonelySince: UInt64? = MonotonicClock.now()
    while signals.take() == nil {
        let now = MonotonicClock.now()
        let due = hub.service(now: now)
        lonelySince = hub.ports == 0 ? lonelySince ?? now : nil
        if let since = lonelySince, now &- since >= lonelyLimit { return }
        let soonest = [due, lonelySince.map { $0 &+ lonelyLimit }].compactMap { $0 }.min()
        waiting.clear()
        waiting.add(signals.raw)
        for watch in hub.watched { waiting.add(watch.descriptor, forWriting: watch.forWriting) }
        waiting.wait(nanoseconds: soonest.map { $0 > now ? $0 - now : 0 })
    }
}
