internal import Host
internal import netd

/// Devices with something wrong: named, counted, bounded.
enum BadHardware {
    private static func onlyForDevices(_ bench: Bench, _ lacks: String) throws {
        if bench.host != nil { throw CaseSkipped(text: "a host link has no \(lacks)") }
    }

    /// Attaching may take a while on bad hardware, but not for ever.
    private static func bounded<R>(_ seconds: Int, _ body: () throws -> R) throws -> R {
        let begin = MonotonicClock.now()
        let result = try body()
        let took = (MonotonicClock.now() - begin) / 1_000_000
        guard took <= seconds * 1000 else { throw CaseFailure("it took \(took) ms, more than \(seconds) s") }
        return result
    }

    static func goneAtAttach(_ bench: Bench) throws {
        if let host = bench.host { return try noInterface(bench, host) }
        for after in [0, 3, 10, 30, 100] {
            let refused = try bounded(10) { try bench.refusal(.goneAfter(after)) }
            // A driver that needs fewer accesses than that has attached before the card went.
            guard refused != nil || after >= 10 else { throw CaseFailure("it attaches to a card that reads as all ones after \(after) accesses") }
        }
    }

    /// The interface that the options name is not there.
    private static func noInterface(_ bench: Bench, _ host: HostPlace) throws {
        if let why = host.makesItself { throw CaseSkipped(text: why) }
        try host.remove()
        defer { try? host.restore() }
        guard try bounded(10, { try bench.refusal(.none) }) != nil else { throw CaseFailure("it attaches to an interface that is not there") }
    }

    static func goneWhileRunning(_ bench: Bench) throws {
        if let why = bench.host?.keeps { throw CaseSkipped(text: why) }
        let (rig, bus) = try bench.attach()
        do { try bench.start(rig) } catch {
            _ = rig.detach()
            throw error
        }
        let begin = MonotonicClock.now()
        if let host = bench.host { try host.remove() } else { bus.isPulled = true }
        defer { try? bench.host?.restore() }
        // What a stack does meanwhile: it sends, asks for statistics, sets filters.
        let noticed = bench.pump(rig, seconds: 6) {
            _ = rig.transmit([RigRequest(Frames.make(to: Frames.peer, from: rig.mac, number: 1, octets: 60))])
            _ = rig.statistics()
            _ = rig.setFilter(mac: rig.mac, promiscuous: true)
            _ = rig.media()
            return rig.failure != nil
        }
        let breaches = rig.detach()
        guard noticed else { throw CaseFailure("the card was pulled out, and after 6 s device_failed was not called") }
        if let first = breaches.first { throw CaseFailure(first) }
        guard (MonotonicClock.now() - begin) / 1_000_000_000 < 15 else { throw CaseFailure("letting go of a card that is gone took longer than 15 s") }
    }

    static func smallRegion(_ bench: Bench) throws {
        try onlyForDevices(bench, "registers")
        guard try bounded(5, { try bench.refusal(.smallRegions) }) != nil else { throw CaseFailure("it attaches to a device whose regions have 16 octets") }
    }

    static func noInterrupt(_ bench: Bench) throws {
        try onlyForDevices(bench, "interrupts")
        let said = try bounded(10) { try bench.refusal(.noInterrupts) }
        guard said != nil else { throw CaseFailure("it attaches without an interrupt, and does not say so") }
    }

    static func stuck(_ bench: Bench) throws {
        try onlyForDevices(bench, "registers")
        // Refused or not: what counts is that it ends, and leaves nothing.
        _ = try bounded(15) { try bench.refusal(.stuck) }
    }

    static func refusedMappings(_ bench: Bench) throws {
        try onlyForDevices(bench, "DMA mappings")
        for number in 1...64 {
            let said = try bounded(10) { try bench.refusal(.refuseMapping(number)) }
            if said == nil {
                guard number > 1 else { throw CaseFailure("it maps no memory for its rings") }
                return
            }
        }
        throw CaseFailure("it still maps memory after 64 mappings")
    }
}
