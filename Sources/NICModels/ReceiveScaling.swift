import DriverKit
import E1000ERegisters
import E1000Registers

/// The Toeplitz hash of receive-side scaling over what identifies a flow. 82574 §7.1.11, Microsoft RSS
enum ReceiveScaling {
    /// The type of what was hashed, as a descriptor tells it: nothing, TCP over IPv4, IPv4, TCP over IPv6, (IPv6 with extension
    /// headers,) IPv6. 82574 §7.1.5
    enum Kind: UInt8 {
        case none = 0, tcpIPv4 = 1, ipv4 = 2, tcpIPv6 = 3, ipv6 = 5
    }

    /// For each one of `input`, from its most significant bit, the 32 bits of the key that begin there are added modulo 2.
    static func hash(_ input: [UInt8], key: [UInt8]) -> UInt32 {
        var window = key.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        var next = 32, result: UInt32 = 0
        for octet in input {
            for bit in (0..<8).reversed() {
                if octet >> UInt8(bit) & 1 == 1 { result ^= window }
                let following = next / 8 < key.count ? key[next / 8] >> UInt8(7 - next % 8) & 1 : 0
                window = window << 1 | UInt32(following)
                next += 1
            }
        }
        return result
    }

    /// What of a frame is hashed, as MRQC allows it: source and destination address, then the ports of TCP. Fragments have none.
    static func input(_ frame: FrameBuffer, control: UInt32) -> (kind: Kind, octets: [UInt8]) {
        let m = I82574.MRQC(), type = frame.load16(12)
        func octets(_ range: Range<Int>) -> [UInt8] { range.map { frame[$0] } }
        if type == 0x0800, frame.count >= 34, frame[14] >> 4 == 4 {
            let transport = 14 + Int(frame[14] & 15) * 4
            let isTCP = frame[23] == 6 && frame.load16(20) & 0x3fff == 0 && frame.count >= transport + 4
            if isTCP, m.tcpIPv4.isSet(control) { return (.tcpIPv4, octets(26..<34) + octets(transport..<transport + 4)) }
            return m.ipv4.isSet(control) ? (.ipv4, octets(26..<34)) : (.none, [])
        }
        if type == 0x86dd, frame.count >= 58, frame[14] >> 4 == 6 {
            if frame[20] == 6, m.tcpIPv6.isSet(control) { return (.tcpIPv6, octets(22..<54) + octets(54..<58)) }
            return m.ipv6.isSet(control) ? (.ipv6, octets(22..<54)) : (.none, [])
        }
        return (.none, [])
    }
}

extension Gigabit8254x {
    /// Two receive queues are on.
    var scales: Bool { pcie != nil && I82574.MRQC().queues.get(registers[own: .mrqc]) == 1 }
    /// Descriptors are extended ones.
    var usesExtended: Bool { pcie != nil && I82574.RFCTL().exsten.isSet(registers[own: .rfctl]) }
    /// Descriptors have the hash in the packet checksum's place.
    var hashesReceived: Bool { I82574.RXCSUM().pcsd.isSet(registers[.rxcsum]) }

    /// Finds the queue of the frame at hand. 82574 §7.1.11
    func classify(_ entry: inout ReceiveFIFO.Entry) {
        if inbound.load16(12) == 0x0800 { entry.identification = inbound.load16(18) }
        guard scales else { return }
        let (kind, octets) = ReceiveScaling.input(inbound, control: registers[own: .mrqc])
        guard kind != .none else { return }
        // Octet 0 of the key is the lowest of its first register.
        let key = (0..<40).map { UInt8(truncatingIfNeeded: registers[own: .rssrk, UInt32($0 / 4)] >> UInt32(8 * ($0 % 4))) }
        entry.hash = ReceiveScaling.hash(octets, key: key)
        entry.hashType = kind.rawValue
        let index = entry.hash & 127
        entry.queue = registers[own: .reta, index / 4] >> (8 * (index % 4) + 7) & 1 == 1 ? 1 : 0
    }
}

extension ExtendedDescriptor {
    /// Both halves as written back; everything but the length is in a frame's last descriptor. 82574 §7.1.5
    static func written(_ entry: ReceiveFIFO.Entry, _ length: Int, isLast: Bool, hashes: Bool) -> (low: UInt64, high: UInt64) {
        var high = UInt64(ReceiveDescriptor.Status.done.rawValue) | UInt64(length) << 32
        guard isLast else { return (0, high) }
        high |= UInt64(ReceiveDescriptor.Status.endOfPacket.rawValue | entry.status) | UInt64(entry.errors) << 24 | UInt64(entry.special) << 48
        let second = hashes ? UInt64(entry.hash) : UInt64(entry.identification) | UInt64(entry.checksum) << 16
        return (UInt64(hashes ? entry.hashType : 0) | UInt64(queue.of(UInt32(entry.queue))) | second << 32, high)
    }

    /// Done, last, no octets, receive data error.
    static var failed: UInt64 {
        UInt64(ReceiveDescriptor.Status([.done, .endOfPacket]).rawValue) | UInt64(ReceiveDescriptor.Errors.data.rawValue) << 24
    }
}
