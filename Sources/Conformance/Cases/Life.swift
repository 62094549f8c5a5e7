internal import Messages
internal import netd

/// Beginnings and ends.
enum Life {
    static func linkFlap(_ bench: Bench) throws {
        try bench.withRunning { rig in
            for round in 0..<3 {
                let told = rig.linkChanges
                try bench.wire.setCarrier(false)
                guard bench.pump(rig, seconds: 5, until: { !rig.isLinkUp && rig.linkChanges > told }) else {
                    let isUp = rig.isLinkUp
                    try? bench.wire.setCarrier(true)
                    throw CaseFailure(isUp ? "link is lost, and after 5 s get_media still says that it is up" : "link is lost, and link_changed was not called")
                }
                // Frames offered meanwhile are sent later, or come back; none may be lost in silence.
                _ = rig.transmit([RigRequest(Frames.make(to: Frames.peer, from: rig.mac, number: 7, octets: 60))])
                try bench.wire.setCarrier(true)
                guard bench.pump(rig, seconds: 8, until: { rig.isLinkUp }) else { throw CaseFailure("link is back, and after 8 s get_media says that it is not (round \(round))") }
                guard bench.pump(rig, seconds: 5, until: { rig.transmitting == 0 }) else { throw CaseFailure("a frame offered without link is neither sent nor returned 5 s after its return") }
                try bench.settle(rig)
                rig.unsent = 0
                try Traffic.send(bench, rig, [60, 1514, 333])
                try Traffic.receive(bench, rig, [60, 1514, 333])
            }
        }
    }

    static func restart(_ bench: Bench) throws {
        try bench.withRunning { rig in
            for _ in 0..<3 {
                _ = rig.transmit((0..<8).map { RigRequest(Frames.make(to: Frames.peer, from: rig.mac, number: $0, octets: 600)) })
                let code = rig.stop()
                guard code == 0 else { throw CaseFailure("stop failed: errno \(code)") }
                rig.received = []
                rig.unsent = 0
                try bench.start(rig)
                try Traffic.send(bench, rig, [60, 1000])
                try Traffic.receive(bench, rig, [60, 1000])
            }
        }
    }

    static func detachUnderTraffic(_ bench: Bench) throws {
        for round in 0..<5 {
            try bench.withRunning { rig in
                for number in 0..<(40 + round * 37) {
                    bench.wire.send(Frames.make(to: rig.mac, from: Frames.peer, number: UInt32(number), octets: 60 + number))
                    if number % 4 == 0 { _ = rig.transmit([RigRequest(Frames.make(to: Frames.peer, from: rig.mac, number: UInt32(number), octets: 900))]) }
                    if number % 16 == 0 { rig.turn() }
                }
                // withRunning detaches here, with frames on their way in both directions.
            }
        }
        try bench.withRunning { rig in try Traffic.receive(bench, rig, [100]) }
    }

    static func quiesce(_ bench: Bench) throws {
        let (rig, _) = try bench.attach()
        defer { bench.leftovers += rig.detach().filter { !$0.hasPrefix("stop kept") && !$0.contains("timer") } }
        try bench.start(rig)
        rig.quiesce()
        rig.paintReceiveBuffers(0xA5)
        for number in 0..<40 { bench.wire.send(Frames.make(to: rig.mac, from: Frames.peer, number: UInt32(number), octets: 200)) }
        for _ in 0..<20 { bench.pumpWireOnly() }
        let touched = rig.unpaintedReceiveBuffers(0xA5)
        guard touched == 0 else { throw CaseFailure("after quiesce the device wrote into \(touched) buffers") }
    }

    static func reattach(_ bench: Bench) throws {
        for round in 1...max(bench.order.rounds, 1) {
            let (rig, _) = try bench.attach()
            let code = rig.start()
            guard code == 0 else { _ = rig.detach(); throw CaseFailure("round \(round): start failed: errno \(code)") }
            rig.turn()
            let breaches = rig.detach()
            if let first = breaches.first { throw CaseFailure("round \(round): \(first)") }
            guard bench.freeSlots == bench.freeAtStart else { throw CaseFailure("round \(round): slots of packet memory are missing") }
        }
        try bench.withRunning { rig in
            try Traffic.send(bench, rig, [60, 1514])
            try Traffic.receive(bench, rig, [60, 1514])
        }
    }
}
