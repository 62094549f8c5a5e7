internal import CDriver
internal import Host
internal import netd

/// Frames through the device, both ways.
enum Traffic {
    static func sizes(_ bench: Bench) throws {
        try bench.withRunning { rig in
            let sizes = Array(60...1514)
            try send(bench, rig, sizes)
            try receive(bench, rig, sizes)
        }
    }

    static func jumbo(_ bench: Bench) throws {
        try bench.withRunning { rig in
            guard rig.interface.maximum_mtu > 1500 else { throw CaseSkipped(text: "its largest MTU is \(rig.interface.maximum_mtu)") }
            let largest = min(Int(rig.interface.maximum_mtu), 9000, bench.wire.mtu)
            guard largest > 1500 else { throw CaseSkipped(text: "the MTU of the wire's other end is \(largest)") }
            guard rig.setMTU(UInt32(largest)) == 0 else { throw CaseFailure("set_mtu \(largest) failed") }
            try bench.settle(rig)
            let sizes = Array(stride(from: 1515, to: largest + 14, by: 61)) + [2047, 2048, 2049, 4096, 4097, largest + 14].filter { $0 <= largest + 14 }
            try send(bench, rig, sizes)
            try receive(bench, rig, sizes)
        }
    }

    /// Sends frames of these sizes, a few on their way at a time, and compares what comes out.
    static func send(_ bench: Bench, _ rig: DriverRig, _ sizes: [Int]) throws {
        bench.arrived = []
        var next = 0, seen = 0
        while seen < sizes.count {
            while next < sizes.count, next - seen < 32 {
                let batch = (next..<min(next + 16, sizes.count)).map { RigRequest(Frames.make(to: Frames.peer, from: rig.mac, number: UInt32($0), octets: sizes[$0])) }
                let taken = rig.transmit(batch)
                next += taken
                if taken < batch.count { break }
            }
            guard bench.pump(rig, seconds: 5, until: { !bench.arrived.isEmpty }) else {
                throw CaseFailure("frame \(seen) of \(sizes[seen]) octets did not come out within 5 s (\(next) were accepted)")
            }
            for frame in bench.arrived {
                guard seen < next else { throw CaseFailure("more frames came out than were sent") }
                let sent = Frames.make(to: Frames.peer, from: rig.mac, number: UInt32(seen), octets: sizes[seen])
                if let why = Frames.difference(sent, frame) { throw CaseFailure("sent frame \(seen): \(why)") }
                seen += 1
            }
            bench.arrived = []
        }
        guard bench.pump(rig, seconds: 5, until: { rig.transmitting == 0 }) else {
            throw CaseFailure("\(rig.transmitting) buffers of sent frames did not come back within 5 s")
        }
        guard rig.unsent == 0 else { throw CaseFailure("\(rig.unsent) frames came back as unsent") }
    }

    /// Sends frames of these sizes to the device, and compares what the driver gives.
    static func receive(_ bench: Bench, _ rig: DriverRig, _ sizes: [Int]) throws {
        rig.received = []
        var next = 0, seen = 0
        while seen < sizes.count {
            while next < sizes.count, next - seen < 16 {
                bench.wire.send(Frames.make(to: rig.mac, from: Frames.peer, number: UInt32(next), octets: sizes[next]))
                next += 1
            }
            guard bench.pump(rig, seconds: 5, until: { !rig.received.isEmpty }) else {
                throw CaseFailure("frame \(seen) of \(sizes[seen]) octets did not come in within 5 s")
            }
            for frame in rig.received where Frames.isOurs(frame.octets) {
                guard seen < next else { throw CaseFailure("more frames came in than were sent") }
                let sent = Frames.make(to: rig.mac, from: Frames.peer, number: UInt32(seen), octets: sizes[seen])
                if let why = Frames.difference(sent, frame.octets) { throw CaseFailure("received frame \(seen): \(why)") }
                seen += 1
            }
            rig.received = []
        }
    }

    static func bursts(_ bench: Bench) throws {
        try bench.withRunning { rig in
            let total = 2000
            var sent = 0
            bench.arrived = []
            let end = Deadline(in: .seconds(20))
            while sent < total, !end.hasPassed {
                // More than a ring holds, and less than a wire does: what that loses is no driver's fault.
                if sent - bench.arrived.count - rig.unsent <= 384 {
                    let batch = (0..<64).map { RigRequest(Frames.make(to: Frames.peer, from: rig.mac, number: UInt32(sent + $0), octets: 60)) }
                    sent += rig.transmit(Array(batch.prefix(total - sent)))
                }
                bench.pump(rig, seconds: 0.0005) { false }
            }
            guard bench.pump(rig, seconds: 10, until: { rig.transmitting == 0 && bench.arrived.count + rig.unsent >= sent }) else {
                throw CaseFailure("\(sent) frames were accepted, \(bench.arrived.count) came out, \(rig.unsent) came back unsent, \(rig.transmitting) are still held\(bench.lostOnWire)")
            }
            // More than any ring holds, at once: what is lost is counted.
            rig.received = []
            let before = losses(bench, rig)
            for number in 0..<1500 { bench.wire.send(Frames.make(to: rig.mac, from: Frames.peer, number: UInt32(number), octets: 60)) }
            bench.pump(rig, seconds: 1.5) { rig.received.count >= 1500 }
            let lost = 1500 - rig.received.count
            guard lost > 0 else { return }
            guard rig.received.count > 0 else { throw CaseFailure("a burst of 1500 frames: none came in") }
            try checkOrder(rig)
            // What a NIC's process or a card drops has counters of its own.
            guard let before, let after = losses(bench, rig) else { return }
            guard after - before >= lost else { throw CaseFailure("of a burst of 1500 frames \(lost) did not come in, and \(after - before) are counted as lost") }
        }
    }

    /// Frames that a host link and its wire have counted as lost on the way in; nil: a NIC's.
    private static func losses(_ bench: Bench, _ rig: DriverRig) -> UInt64? {
        guard let host = bench.host, let driver = rig.statistics() else { return nil }
        return host.lost + host.wire.refused + driver.value(Int(DRYDOCK_RX_MISSED.rawValue)) + driver.value(Int(DRYDOCK_RX_NO_MEMORY.rawValue))
    }

    private static func checkOrder(_ rig: DriverRig) throws {
        var last = -1
        for frame in rig.received {
            let number = frame.octets[14..<18].reduce(0) { $0 << 8 | Int($1) }
            guard number > last else { throw CaseFailure("frame \(number) came after frame \(last)") }
            last = number
        }
    }

    static func statistics(_ bench: Bench) throws {
        try bench.withRunning { rig in
            guard let before = rig.statistics() else { throw CaseFailure("statistics failed") }
            try send(bench, rig, [Int](repeating: 100, count: 50))
            try receive(bench, rig, [Int](repeating: 200, count: 30))
            guard let after = rig.statistics() else { throw CaseFailure("statistics failed") }
            // With or without the frame check sequence: devices differ, and their drivers correct for what is documented.
            try compare("TX_PACKETS", DRYDOCK_TX_PACKETS, before, after, 50...60)
            try compare("TX_OCTETS", DRYDOCK_TX_OCTETS, before, after, 4800...5900)
            try compare("RX_PACKETS", DRYDOCK_RX_PACKETS, before, after, 30...60)
            try compare("RX_OCTETS", DRYDOCK_RX_OCTETS, before, after, 5880...12000)
        }
    }

    private static func compare(_ name: String, _ counter: drydock_counter, _ before: drydock_statistics, _ after: drydock_statistics, _ wanted: ClosedRange<UInt64>) throws {
        let index = Int(counter.rawValue)
        guard after.valid & 1 << UInt64(index) != 0 else { throw CaseFailure("\(name) is not kept") }
        let (first, second) = (before.value(index), after.value(index))
        guard second >= first, wanted.contains(second - first) else {
            throw CaseFailure("\(name) went from \(first) to \(second), and should have grown by \(wanted.lowerBound)")
        }
    }
}

extension drydock_statistics {
    // SAFETY: the tuple is 40 words of 64 bits.
    func value(_ index: Int) -> UInt64 {
        precondition(index < 40)
        return unsafe withUnsafeBytes(of: counter) { unsafe $0.load(fromByteOffset: index * 8, as: UInt64.self) }
    }
}
