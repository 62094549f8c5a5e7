import CDriver
import Glibc
import Host
import Logging
import Messages

/// The callouts that configure, and what the process says by itself. While there is no process, what is wanted is noted for the next.
extension IsolatedDevice {
    /// - Returns: the contract's status.
    func asked(_ word: HostMessage.Word, number: Int32 = 0, body: [UInt8] = [], within time: Duration = HostProcess.mostToAnswer) -> Int32 {
        guard let host else { return 0 }
        guard let answer = host.ask(word, number: number, body: body, within: time) else {
            set(.revive, at: 1)
            return -EIO
        }
        return answer.number
    }

    func start() -> Int32 {
        wish.isStarted = true
        if surrendered != nil {
            // Whoever says `up` has done something about it.
            (surrendered, outcome, budget) = (nil, nil, RestartBudget())
            set(.revive, at: 1)
        }
        return asked(.start, within: .seconds(2))
    }

    func stop() -> Int32 {
        wish.isStarted = false
        let status = asked(.stop, within: .seconds(2))
        // Its buffers are wanted now.
        if host?.broken != nil { lost() }
        return status
    }

    func detach() {
        _ = host?.ask(.detach, within: .seconds(2))
        if let host { tell(host) }
        letGo()
    }

    func setFilter(_ filter: DriverFilter) -> Int32 {
        wish.filter = filter
        return asked(.setFilter, body: (try? Body.encode(filter)) ?? [])
    }

    func setMedia(_ media: drydock_media) -> Int32 { noted(asked(.setMedia, body: Octets.of(media))) { wish.media = media } }
    func setOffloads(_ enabled: UInt32) -> Int32 { noted(asked(.setOffloads, number: Int32(bitPattern: enabled))) { wish.offloads = enabled } }
    func setMTU(_ mtu: UInt32) -> Int32 { noted(asked(.setMTU, number: Int32(bitPattern: mtu))) { wish.mtu = mtu } }

    private func noted(_ status: Int32, _ note: () -> Void) -> Int32 {
        if status == 0 { note() }
        return status
    }

    /// Without a process there is no link.
    func media() -> drydock_media {
        guard let host, let answer = host.ask(.media), answer.number == 0 else {
            if host?.broken != nil { set(.revive, at: 1) }
            return drydock_media()
        }
        return Octets.value(drydock_media.self, answer.body) ?? drydock_media()
    }

    /// Of all processes that there were.
    func statistics() -> drydock_statistics {
        if let answer = host?.ask(.statistics), answer.number == 0, let now = Octets.value(drydock_statistics.self, answer.body) { latest = now }
        if host?.broken != nil { set(.revive, at: 1) }
        var sum = carried
        sum.add(latest)
        return sum
    }

    /// Its process is ended at the next turn, for what its stack has seen.
    func end(why: String) {
        guard let host else { return }
        host.broken = host.broken ?? why
        set(.revive, at: 1)
    }

    // MARK: Events

    func interrupt(_ vector: UInt32) -> UInt32 {
        guard vector == 0, let host else {
            host?.hear()
            lost()
            return DRYDOCK_EVENT_LINK | DRYDOCK_EVENT_AGAIN
        }
        host.words.raise(IsolationLayout.stackArmed)
        drydock_full_fence() // Pairs with the fence in IsolationWords.mustWake.
        var events = DRYDOCK_EVENT_RECEIVE | DRYDOCK_EVENT_TRANSMIT
        if host.words.lower(IsolationLayout.stackMail) {
            host.hear()
            events |= tell(host)
            if host.broken != nil { set(.revive, at: 1) }
        }
        return events
    }

    /// What a process has said goes where an in-process driver's words go. - Returns: DRYDOCK_EVENT_* bits.
    @discardableResult
    func tell(_ host: HostProcess) -> UInt32 {
        var events: UInt32 = 0
        for message in host.heard {
            switch message.word {
            case .log: context?.note(severity: UInt32(clamping: message.number), message.text)
            case .link: events |= DRYDOCK_EVENT_LINK
            case .failed: context?.failure = message.text
            case .notice: log.warning("\(interface): process \(host.pid): \(message.text)")
            default: break
            }
        }
        host.heard = []
        return events
    }

    func timer(_ number: UInt32) -> UInt32 {
        switch Timer(rawValue: Int(number)) {
        case .watch:
            followDead()
            look()
        case .spare: prepareSpare()
        case .revive:
            guard host != nil else { return revive() }
            if host?.broken != nil {
                lost()
                return DRYDOCK_EVENT_LINK | DRYDOCK_EVENT_AGAIN
            }
        case nil: break
        }
        return 0
    }

    private func look() {
        guard let host else { return }
        // The flag first: whoever wakes says so after its heartbeat.
        let isIdle = host.words.load(IsolationLayout.hostAsleep) != 0, beat = host.words.load(IsolationLayout.heartbeat)
        let now = MonotonicClock.now()
        if watch.look(beat: beat, isIdle: isIdle, since: host.roused, now: now, waited: { Patience.waited(host.pid) }) {
            host.hung = watch.limit
            host.broken = "it hangs: no progress for \(watch.limit / 1_000_000) ms"
            set(.revive, at: 1)
        }
        set(.watch, at: watch.next(since: host.roused, now: now))
    }
}
