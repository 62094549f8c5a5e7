internal import Bus
internal import Host
internal import Messages
internal import NICModels

/// What a shell sees of the device, and what it does to it behind the driver's back.
extension NICProcess {
    func look(_ part: NICLook.Part) -> NICLook {
        let (registers, rings, notRead) = seenRegisters(part)
        return NICLook(
            nic: name, registers: registers, notRead: notRead, rings: rings, holder: claim?.stack, pid: claim?.pid,
            mappings: (claim?.mappings ?? []).map { .init(offset: $0.offset, octets: $0.length, deviceAddress: $0.address) },
            interrupts: claim?.interrupts ?? 0, accesses: claim?.access.served ?? 0,
            configuration: part.hasConfiguration ? (0..<64).map { UInt8(truncatingIfNeeded: slot.configLoad(offset: $0, width: 1)) } : [])
    }

    /// A register's value, looked at from outside.
    func peek(_ region: UInt8, _ offset: UInt32) throws(Failure) -> UInt32 {
        let seen = seenRegisters(.register(region: region, offset: offset))
        guard let register = seen.0.first else {
            throw Failure(.notSupported, what: "NIC \(name)", why: "what lies at 0x\(String(offset, radix: 16)) of region \(region) cannot be seen from outside" + (seen.notRead.isEmpty ? "" : ": \(seen.notRead)"))
        }
        return register.value
    }

    /// One access, after those that the driver has made before.
    ///
    /// - Parameter value: nil: a load.
    /// - Returns: what was loaded, or stored.
    func touch(_ region: UInt32, _ offset: UInt32, _ width: UInt32, storing value: UInt32?) throws(Failure) -> UInt32 {
        guard [1, 2, 4].contains(width), region < 6, offset % width == 0, UInt64(offset) + UInt64(width) <= slot.regionLength(region) else {
            throw Failure(.invalid, what: "NIC \(name)", why: "region \(region) has no register of \(width) octets at 0x\(String(offset, radix: 16))")
        }
        _ = serveAccesses(atMost: 4096)
        guard let value else { return slot.load(region: region, offset: offset, width: width) }
        slot.store(region: region, offset: offset, width: width, value: value)
        let text = "region \(region) + 0x\(String(offset, radix: 16)) = 0x\(String(value, radix: 16)), stored by a shell"
        log.line(text)
        recorder?.note(text)
        return value
    }

    /// The descriptors of a ring as they lie in memory, in hexadecimal; nil: it has none, or they are not all in memory that the device may reach.
    func descriptors(_ ring: QuietReport.Ring, octets: Int) -> String? {
        let length = UInt64(min(octets, Self.mostRing))
        guard let claim, length > 0, let mapping = claim.mappings.first(where: { mapping in
            mapping.address <= ring.base && ring.base - mapping.address <= mapping.length && mapping.length - (ring.base - mapping.address) >= length
        }) else { return nil }
        let found = claim.octets(at: mapping.offset + (ring.base - mapping.address), Int(length))
        return Self.hexadecimal(found)
    }

    /// Two digits an octet. While this is made nobody drives the device: a string for each octet would take it most of a millisecond.
    private static func hexadecimal(_ octets: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(octets.count * 2)
        for octet in octets {
            text.append(digits[Int(octet >> 4)])
            text.append(digits[Int(octet & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Octets of a ring that are told.
    private static let mostRing = 4096
}
