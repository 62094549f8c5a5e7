import Bus
import CDriver
import Glibc
import Host
import Logging
import Messages

/// A process comes, a process goes: what the device does about it.
extension IsolatedDevice {
    /// Octets of packet memory for one device's descriptor rings.
    private static let arenaOctets = 256 << 10
    /// How long a process that takes over may need to bring the device up: the stack stands still meanwhile.
    private static let mostToTakeOver = Duration.seconds(2)

    func set(_ timer: Timer, at time: UInt64) { context?.timers[timer.rawValue] = max(time, 1) }

    // MARK: Beginning

    /// The contract's `attach`: the first process.
    func attach(_ context: DeviceContext, _ options: String, _ interface: inout drydock_interface) -> Int32 {
        (self.context, self.options) = (context, options)
        arena = environment.arena.value.allocate(length: Self.arenaOctets, alignment: DMAArena.pageOctets)
        do {
            let made = try bringUp(try stock.take(), within: HostProcess.mostToAttach)
            interface = made
            // Both are bounded by what a ring holds.
            interface.receive_slots = min(made.receive_slots, IsolationLayout.capacity)
            interface.transmit_slots = min(made.transmit_slots, IsolationLayout.capacity)
            set(.spare, at: MonotonicClock.now())
            return 0
        } catch {
            context.said = (UInt32(DRYDOCK_LOG_CRITICAL.rawValue), (error as? Failure)?.why ?? "\(error)")
            letGo()
            return -((error as? Failure)?.code ?? EIO)
        }
    }

    /// Claims the NIC for a process and has its driver attach. On failure the process and the claim are gone.
    private func bringUp(_ fresh: HostProcess, within time: Duration) throws -> drydock_interface {
        do {
            guard let arena else { throw Failure(.noMemory, what: name, why: "packet memory has no room for its rings") }
            let handover = try environment.claim(name)
            claim = handover.hold
            let order = HostAttach(options: options, identity: identity, claim: handover.claim, recordedAs: context?.trace.isOn == true ? interface : nil, arena: arena)
            let answer = fresh.ask(.attach, body: try Body.encode(order), descriptors: handover.descriptors, within: time)
            tell(fresh)
            guard let answer else { throw Failure(.io, what: name, why: why(fresh)) }
            guard let made = try? Body.decode(HostAttached.self, answer.body), answer.number <= 0 else { throw Failure(.protocolError, what: name, why: "its process answered nonsense") }
            guard answer.number == 0 else {
                throw Failure(Errno(rawValue: -answer.number), what: name, why: made.said ?? DriverFailure.text(-answer.number))
            }
            guard let interface = Octets.value(drydock_interface.self, made.interface) else { throw Failure(.protocolError, what: name, why: "its process answered nonsense") }
            attached = made
            host = fresh
            watchDescriptors(fresh)
            if order.recordedAs != nil { environment.began(fresh, self.interface) }
            return interface
        } catch {
            // A driver that dies as it attaches is one whose end is to be explained.
            if fresh.broken != nil, claim != nil { depose(fresh) } else { fresh.end() }
            giveUpClaim()
            throw error
        }
    }

    private func watchDescriptors(_ host: HostProcess) {
        environment.add(0, host.stackBell.raw)
        environment.add(1, host.process.raw)
        environment.add(1, host.faultBell.raw)
        if let claim { environment.add(nil, claim.descriptor) }
        let now = MonotonicClock.now()
        budget.begin(now: now)
        watch = HostWatch(limit: hangLimit)
        set(.watch, at: now + HostWatch.round)
    }

    private func why(_ host: HostProcess) -> String {
        host.halt()
        return "its process did not go on: \(host.broken ?? "it ended") (\(host.obituary))"
    }

    // MARK: End

    /// Ends the process, and quiets the device before anything is used again.
    func letGo() {
        if let old = host {
            ignoreDescriptors(old)
            old.end()
            host = nil
        }
        giveUpClaim()
        stopTimers()
    }

    private func ignoreDescriptors(_ host: HostProcess) {
        for one in [host.stackBell.raw, host.process.raw, host.faultBell.raw] { environment.remove(one) }
    }

    private func stopTimers() {
        if let context { for timer in context.timers.indices { context.timers[timer] = 0 } }
    }

    private func giveUpClaim() {
        guard let held = claim else { return }
        environment.remove(held.descriptor)
        held.release()
        claim = nil
    }

    /// Stops a process for good, quiets its device, and hands over what tells of the death. Nothing of it runs after this.
    private func depose(_ old: HostProcess) {
        let (at, calendar) = (MonotonicClock.now(), MonotonicClock.calendar())
        old.halt()
        var why = old.broken.flatMap { $0 == HostProcess.ended ? nil : $0 }
        if why == nil, old.stands, old.note.read().fault == nil { why = "it said that it had ended, and had not" }
        var death = HostDeath(pid: old.pid, stands: old.stands, interface: interface, path: stock.path, at: calendar)
        (death.why, death.hung, death.restarts) = (why, old.hung, restarts)
        switch old.ending {
        case .killed(let signal)?: death.signal = signal.rawValue
        case .exited(let code)?: death.exitCode = code
        case .unknown?, nil: break
        }
        if let held = claim {
            environment.remove(held.descriptor)
            if held.bequeath(of: old.pid) { death.nic = name }
            claim = nil
        }
        environment.bury(old, death, stock)
        dead.append((old.pid, at))
        set(.watch, at: MonotonicClock.now() + HostWatch.round)
    }

    /// The present process is deposed.
    private func fall(_ old: HostProcess) {
        ignoreDescriptors(old)
        host = nil
        stopTimers()
        depose(old)
    }

    /// Tells what came after deaths once frames pass again, or will not soon.
    func followDead() {
        let now = MonotonicClock.now()
        guard let first = dead.first else { return }
        guard host != nil || surrendered != nil || now &- first.at > 1_000_000_000 else { return set(.watch, at: now + HostWatch.round) }
        tellSuccession()
    }

    /// - Parameter isOver: nobody drives the device any more.
    func tellSuccession(isOver: Bool = false) {
        let successor = isOver ? nil : host?.pid
        for gone in dead {
            var news = HostSuccession(
                dead: gone.pid, successor: successor, microseconds: successor == nil ? nil : (tookOver &- gone.at) / 1000)
            if successor == nil { news.outcome = outcome }
            environment.follow(news)
        }
        dead = []
    }

    /// The process is gone, or is to go: what it had comes back, and another takes over.
    func lost() {
        guard let old = host else { return }
        old.hear()
        tell(old)
        let reason = old.broken, before = MonotonicClock.now()
        fall(old)
        log.error("\(interface): the driver's process \(old.pid) \(reason.map { $0 == HostProcess.ended ? "ended" : "was ended: \($0)" } ?? "ended") (\(old.obituary))")
        remains = old
        carried.add(latest)
        latest = drydock_statistics()
        context?.linkChanged = true
        again(after: budget.end(now: before))
    }

    private func again(after pause: UInt64?) {
        if !dead.isEmpty { set(.watch, at: MonotonicClock.now() + HostWatch.round) }
        if let pause {
            set(.revive, at: MonotonicClock.now() + pause)
        } else {
            surrender()
        }
    }

    /// Nothing is tried again with this build.
    private func surrender() {
        let why = "its driver's processes die too soon"
        surrendered = why
        if let build = environment.goBack(self) {
            outcome = "the driver is started again \(build)"
            log.error("\(interface): \(why); it is started again \(build)")
        } else {
            outcome = "the interface stays down: \(why)"
            log.error("\(interface): \(why); the interface stays down until it is told: ifconfig \(interface) up")
        }
    }

    // MARK: Taking over

    /// Another process takes the device. - Returns: whether it has.
    func revive() -> UInt32 {
        guard host == nil, surrendered == nil else { return 0 }
        // First everything comes back, so that no slot is anywhere twice.
        guard exchange.ledger.receiveHeld + exchange.ledger.transmitHeld == 0 else {
            set(.revive, at: 1)
            return DRYDOCK_EVENT_AGAIN
        }
        let entry = environment.mark.enter(.attach)
        defer { environment.mark.leave(entry, .attach) }
        do {
            let fresh = try spare.take() ?? stock.take()
            let began = MonotonicClock.now()
            _ = try bringUp(fresh, within: Self.mostToTakeOver)
            try repeatWishes()
            restarts += 1
            tookOver = MonotonicClock.now()
            log.notice("\(interface): process \(fresh.pid) drives it now, \((MonotonicClock.now() - began) / 1000) us after it was asked to")
            set(.spare, at: MonotonicClock.now() + 30_000_000)
        } catch {
            log.error("\(interface): its driver could not take over: \((error as? Failure)?.why ?? "\(error)")")
            if let fresh = host, fresh.broken != nil { fall(fresh) }
            letGo()
            again(after: budget.end(now: MonotonicClock.now()))
        }
        return DRYDOCK_EVENT_LINK | DRYDOCK_EVENT_RECEIVE | DRYDOCK_EVENT_TRANSMIT | DRYDOCK_EVENT_AGAIN
    }

    /// Tells a new process what the stack had told the old one.
    private func repeatWishes() throws(Failure) {
        var status: Int32 = 0
        if let mtu = wish.mtu { status = asked(.setMTU, number: Int32(bitPattern: mtu)) }
        if status == 0, let offloads = wish.offloads { status = asked(.setOffloads, number: Int32(bitPattern: offloads)) }
        if status == 0, let media = wish.media { status = asked(.setMedia, body: Octets.of(media)) }
        if status == 0, let filter = wish.filter { status = asked(.setFilter, body: (try? Body.encode(filter)) ?? []) }
        if status == 0, wish.isStarted { status = asked(.start, within: .seconds(2)) }
        guard status == 0 else { throw Failure(Errno(rawValue: abs(status)), what: name, why: "it refused what the driver before had accepted: \(DriverFailure.text(abs(status)))") }
    }

    /// A process that waits with the image loaded, so that the next death costs no start.
    func prepareSpare() {
        guard keepsSpare, spare == nil, host != nil else { return }
        spare = try? stock.take()
    }
}

extension drydock_statistics {
    // SAFETY: a homogeneous tuple of 40 is laid out as an array of as many.
    mutating func add(_ other: drydock_statistics) {
        valid |= other.valid
        unsafe withUnsafeMutablePointer(to: &counter) { mine in
            unsafe mine.withMemoryRebound(to: UInt64.self, capacity: 40) { mine in
                unsafe withUnsafePointer(to: other.counter) { theirs in
                    unsafe theirs.withMemoryRebound(to: UInt64.self, capacity: 40) { theirs in
                        for k in 0..<40 { unsafe mine[k] &+= theirs[k] }
                    }
                }
            }
        }
    }
}
