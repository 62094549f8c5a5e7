internal import netd

/// Which frames come in.
enum Filters {
    private static let group: [UInt8] = [0x01, 0x00, 0x5e, 0x01, 0x02, 0x03]
    private static let otherGroup: [UInt8] = [0x01, 0x00, 0x5e, 0x7f, 0x55, 0x66]

    /// Whether a frame to `to` comes in. Asked a few times: some devices take no frame for a while after a filter changed.
    static func comesIn(_ bench: Bench, _ rig: DriverRig, to: [UInt8], tries: Int = 30) -> Bool {
        for number in 0..<tries {
            rig.received = []
            bench.wire.send(Frames.make(to: to, from: Frames.peer, number: UInt32(number), octets: 64))
            let came = { rig.received.contains { Frames.isOurs($0.octets) && Array($0.octets[..<6]) == to } }
            if bench.pump(rig, seconds: 0.15, until: came) { return true }
        }
        return false
    }

    /// Whether it stays out: a broadcast sent behind it comes in, and it does not.
    static func staysOut(_ bench: Bench, _ rig: DriverRig, to: [UInt8]) throws -> Bool {
        guard comesIn(bench, rig, to: Frames.broadcast) else { throw CaseFailure("a broadcast does not come in") }
        rig.received = []
        for _ in 0..<3 { bench.wire.send(Frames.make(to: to, from: Frames.peer, number: 1, octets: 64)) }
        bench.wire.send(Frames.make(to: Frames.broadcast, from: Frames.peer, number: 2, octets: 64))
        bench.pump(rig, seconds: 2) { rig.received.contains { Array($0.octets[..<6]) == Frames.broadcast } }
        return !rig.received.contains { Array($0.octets[..<6]) == to }
    }

    static func unicast(_ bench: Bench) throws {
        try bench.withRunning { rig in
            guard comesIn(bench, rig, to: rig.mac) else { throw CaseFailure("frames to its own address do not come in") }
            guard try staysOut(bench, rig, to: Frames.stranger) else { throw CaseFailure("frames to others come in, though it is not promiscuous") }
            guard rig.setFilter(mac: rig.mac, promiscuous: true) == 0 else { throw CaseFailure("set_filter promiscuous failed") }
            guard comesIn(bench, rig, to: Frames.stranger) else { throw CaseFailure("promiscuous, and frames to others do not come in") }
            guard rig.setFilter(mac: rig.mac) == 0 else { throw CaseFailure("set_filter failed") }
            guard try staysOut(bench, rig, to: Frames.stranger) else { throw CaseFailure("no longer promiscuous, and frames to others still come in") }
        }
    }

    static func multicast(_ bench: Bench) throws {
        try bench.withRunning { rig in
            guard rig.setFilter(mac: rig.mac, groups: [group]) == 0 else { throw CaseFailure("set_filter with a group failed") }
            guard comesIn(bench, rig, to: group) else { throw CaseFailure("a group that was joined does not come in") }
            guard rig.setFilter(mac: rig.mac) == 0 else { throw CaseFailure("set_filter failed") }
            guard try staysOut(bench, rig, to: group) else { throw CaseFailure("a group that was left still comes in") }
            guard rig.setFilter(mac: rig.mac, allMulticast: true) == 0 else { throw CaseFailure("set_filter with all groups failed") }
            guard comesIn(bench, rig, to: otherGroup) else { throw CaseFailure("all groups are wanted, and one does not come in") }
            // More groups than any perfect filter holds.
            let many = (0..<200).map { [0x01, 0x00, 0x5e, 0x02, UInt8($0), 0x09] as [UInt8] }
            guard rig.setFilter(mac: rig.mac, groups: many) == 0 else { throw CaseFailure("set_filter with 200 groups failed") }
            guard comesIn(bench, rig, to: many[0]), comesIn(bench, rig, to: many[199]) else { throw CaseFailure("of 200 groups, one does not come in") }
        }
    }

    static func address(_ bench: Bench) throws {
        try bench.withRunning { rig in
            let fresh: [UInt8] = [0x02, 0x11, 0x22, 0x33, 0x44, 0x55]
            let code = rig.setFilter(mac: fresh)
            guard code == 0 else { throw CaseFailure("set_filter with another address failed: errno \(code)") }
            guard comesIn(bench, rig, to: fresh) else { throw CaseFailure("frames to the new address do not come in") }
            guard try staysOut(bench, rig, to: rig.mac) else { throw CaseFailure("frames to the old address still come in") }
            guard rig.setFilter(mac: rig.mac) == 0 else { throw CaseFailure("set_filter with the first address failed") }
            guard comesIn(bench, rig, to: rig.mac) else { throw CaseFailure("back at its first address, frames to it do not come in") }
        }
    }
}
