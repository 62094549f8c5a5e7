internal import CDriver
internal import Messages
internal import netd

/// What the device does to frames on their way.
enum Offloads {
    static func vlan(_ bench: Bench) throws {
        try bench.withRunning { rig in
            let plain = Frames.make(to: Frames.peer, from: rig.mac, number: 5, octets: 100)
            if rig.can(DRYDOCK_CAP_VLAN_HW) {
                guard rig.setOffloads(rig.interface.enabled | DRYDOCK_CAP_VLAN_HW) == 0 else { throw CaseFailure("tag insertion cannot be switched on") }
                var request = RigRequest(plain)
                (request.flags, request.vlan) = (UInt16(DRYDOCK_BUFFER_VLAN), 0x6123)
                let got = try sent(bench, rig, request)
                if let why = Frames.difference(Frames.tagged(plain, 0x6123), got) { throw CaseFailure("a tag was to be inserted: \(why)") }
                let frame = Frames.make(to: rig.mac, from: Frames.peer, number: 6, octets: 100)
                let received = try taken(bench, rig, Frames.tagged(frame, 0x2042))
                guard received.flags & UInt16(DRYDOCK_BUFFER_VLAN) != 0, received.vlan == 0x2042 else { throw CaseFailure("a tag was to be stripped; the buffer does not say so") }
                if let why = Frames.difference(frame, received.octets) { throw CaseFailure("a tag was stripped: \(why)") }
                guard rig.setOffloads(rig.interface.enabled & ~DRYDOCK_CAP_VLAN_HW) == 0 else { throw CaseFailure("tag insertion cannot be switched off") }
                try bench.settle(rig)
            }
            // In software: tagged frames of full size pass as they are.
            guard rig.can(DRYDOCK_CAP_VLAN_MTU) else { throw CaseSkipped(text: "it carries no tagged frames of full size") }
            let long = Frames.tagged(Frames.make(to: Frames.peer, from: rig.mac, number: 7, octets: 1514), 0x0FFE)
            if let why = Frames.difference(long, try sent(bench, rig, RigRequest(long))) { throw CaseFailure("a tagged frame of 1518 octets: \(why)") }
            let incoming = Frames.tagged(Frames.make(to: rig.mac, from: Frames.peer, number: 8, octets: 1514), 0x0FFE)
            if let why = Frames.difference(incoming, try taken(bench, rig, incoming).octets) { throw CaseFailure("a received tagged frame of 1518 octets: \(why)") }
        }
    }

    /// Sends one frame, and gives what came out.
    static func sent(_ bench: Bench, _ rig: DriverRig, _ request: RigRequest) throws -> [UInt8] {
        bench.arrived = []
        guard rig.transmit([request]) == 1 else { throw CaseFailure("an idle driver does not take a frame of \(request.octets.count) octets") }
        guard bench.pump(rig, seconds: 3, until: { !bench.arrived.isEmpty && rig.transmitting == 0 }) else {
            throw CaseFailure(rig.unsent > 0 ? "a frame came back as unsent" : "a frame did not come out within 3 s")
        }
        return bench.arrived[0]
    }

    /// Sends one frame to the device, and gives what the driver gave.
    static func taken(_ bench: Bench, _ rig: DriverRig, _ frame: [UInt8]) throws -> RigFrame {
        rig.received = []
        bench.wire.send(frame)
        guard bench.pump(rig, seconds: 3, until: { !rig.received.isEmpty }) else { throw CaseFailure("a frame did not come in within 3 s") }
        return rig.received[0]
    }

    static func checksums(_ bench: Bench) throws {
        try bench.withRunning { rig in
            let transmit = DRYDOCK_CAP_UDP4CSUM_TX | DRYDOCK_CAP_TCP4CSUM_TX
            let receive = DRYDOCK_CAP_UDP4CSUM_RX | DRYDOCK_CAP_TCP4CSUM_RX
            guard rig.interface.capabilities & (transmit | receive) != 0 else { throw CaseSkipped(text: "it sums nothing") }
            guard rig.setOffloads(rig.interface.capabilities & ~(DRYDOCK_CAP_VLAN_HW | DRYDOCK_CAP_VLAN_FILTER)) == 0 else { throw CaseFailure("its own offloads cannot be switched on") }
            try bench.settle(rig)
            for tcp in [false, true] {
                if rig.can(tcp ? DRYDOCK_CAP_TCP4CSUM_TX : DRYDOCK_CAP_UDP4CSUM_TX) {
                    for payload in [18, 19, 777, 1400] { try checkSent(bench, rig, tcp: tcp, payload: payload) }
                }
                guard rig.can(tcp ? DRYDOCK_CAP_TCP4CSUM_RX : DRYDOCK_CAP_UDP4CSUM_RX) else { continue }
                for payload in [1, 18, 777, 1400] { try checkReceived(bench, rig, tcp: tcp, payload: payload) }
            }
        }
    }

    private static func checkSent(_ bench: Bench, _ rig: DriverRig, tcp: Bool, payload: Int) throws {
        let right = Datagram.make(to: Frames.peer, from: rig.mac, tcp: tcp, payload: payload)
        var request = RigRequest(Datagram.unsummed(right, tcp: tcp))
        request.flags = UInt16(DRYDOCK_BUFFER_INSERT_CHECKSUM)
        (request.checksumStart, request.checksumOffset) = (34, tcp ? 16 : 6)
        let got = try sent(bench, rig, request)
        if let why = Frames.difference(right, got) { throw CaseFailure("a \(tcp ? "TCP" : "UDP") sum over \(payload) octets was to be made: \(why)") }
    }

    private static func checkReceived(_ bench: Bench, _ rig: DriverRig, tcp: Bool, payload: Int) throws {
        let right = Datagram.make(to: rig.mac, from: Frames.peer, tcp: tcp, payload: payload)
        var wrong = right
        wrong[right.count - 1] ^= 0x40
        if let why = Frames.difference(right, try taken(bench, rig, right).octets) { throw CaseFailure("a received datagram: \(why)") }
        let bad = try taken(bench, rig, wrong)
        guard bad.flags & UInt16(DRYDOCK_BUFFER_L4_CHECKED) == 0 else {
            throw CaseFailure("a \(tcp ? "TCP" : "UDP") segment of \(payload) octets with a wrong sum is vouched for")
        }
    }

    static func segmentation(_ bench: Bench) throws {
        try bench.withRunning { rig in
            guard rig.can(DRYDOCK_CAP_TSO4) else { throw CaseSkipped(text: "it does not segment") }
            guard rig.setOffloads(rig.interface.capabilities & ~(DRYDOCK_CAP_VLAN_HW | DRYDOCK_CAP_VLAN_FILTER)) == 0 else { throw CaseFailure("its own offloads cannot be switched on") }
            try bench.settle(rig)
            for (payload, size) in [(1461, 1460), (4096, 1000), (8000, 1448), (14000, 536)] {
                let whole = Datagram.make(to: Frames.peer, from: rig.mac, tcp: true, payload: payload)
                var request = RigRequest(Datagram.forSegmentation(whole))
                request.flags = UInt16(DRYDOCK_BUFFER_SEGMENT | DRYDOCK_BUFFER_INSERT_CHECKSUM | DRYDOCK_BUFFER_INSERT_IP)
                (request.checksumStart, request.checksumOffset) = (34, 16)
                (request.segment, request.headers) = (UInt16(size), 54)
                bench.arrived = []
                guard rig.transmit([request]) == 1 else { throw CaseFailure("an idle driver does not take \(payload) octets to be cut") }
                let pieces = (payload + size - 1) / size
                guard bench.pump(rig, seconds: 4, until: { bench.arrived.count >= pieces && rig.transmitting == 0 }) else {
                    throw CaseFailure("\(payload) octets in segments of \(size) make \(pieces) frames; \(bench.arrived.count) came out")
                }
                if !bench.order.bus.hasPrefix("sim:"), bench.arrived.contains(where: { $0[20] & 0x3F | $0[21] != 0 }) {
                    throw CaseSkipped(text: "this QEMU cuts large segments into IP fragments, as no hardware does")
                }
                if let why = Datagram.fault(in: bench.arrived, of: whole, segment: size) { throw CaseFailure("\(payload) octets in segments of \(size): \(why)") }
            }
        }
    }
}
