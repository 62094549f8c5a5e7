internal import Cores
internal import Host
internal import Messages

// What somebody who watches the instance is told: each thing once.
extension Supervisor {
    mutating func announce(_ kind: InstanceEvent.Kind, why: String? = nil) {
        let event = InstanceEvent(
            number: (events.last?.number ?? 0) + 1, kind: kind, at: MonotonicClock.calendar(), pid: generation.stack.pid,
            generation: generation.number, why: why, crash: kind == .restored ? nil : generation.crash?.path)
        events.append(event)
        do throws(Failure) {
            if events.count < 2 * InstanceEvent.most { return try event.append(instance.folder.path) }
            events.removeFirst(InstanceEvent.most)
            try InstanceEvent.write(events, instance.folder.path)
        } catch { instance.log.write("\(error)") }
    }

    mutating func announce(_ death: Death, _ decision: RestartPolicy.Decision) {
        let told = instance.obituary(death)
        var consequence = ""
        if case .goBack = decision { consequence = "; " + told.consequence(decision) }
        announce(.died, why: told.cause + told.place + consequence)
        if !decision.restarts { announce(.gaveUp, why: told.consequence(decision)) }
    }
}
