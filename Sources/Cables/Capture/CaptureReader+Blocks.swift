/// The blocks of pcapng that matter for frames; all others are passed over.
extension CaptureReader {
    /// One whole block, whose body lies at `body`.
    mutating func block(type: UInt32, body: Range<Int>) throws(CaptureError) -> CapturedFrame? {
        switch type {
        case 0x0A0D_0D0A: // Section header: interfaces are numbered anew. §4.1.
            interfaces.removeAll()
            return nil
        case 1:
            try describeInterface(body)
            return nil
        case 2: return try packet(body, interface: body.count >= 2 ? UInt32(half(body.lowerBound)) : 0)
        case 3: return try simplePacket(body)
        case 6: return try packet(body, interface: body.count >= 4 ? word(body.lowerBound) : 0)
        default: return nil
        }
    }

    /// §4.2. At most 1024 interfaces, so that a hostile file cannot make the list grow.
    private mutating func describeInterface(_ body: Range<Int>) throws(CaptureError) {
        guard body.count >= 8, interfaces.count < 1024 else { throw .badLength }
        var interface = Interface()
        interface.link = UInt32(half(body.lowerBound))
        interface.isEthernet = interface.link == 1
        try options(body.lowerBound + 8..<body.upperBound) { code, value in
            guard code == 9, value.count == 1 else { return }
            let resolution = octet(value.lowerBound)
            if resolution & 0x80 != 0 {
                interface.shift = UInt64(min(resolution & 0x7F, 63))
            } else {
                interface.ticks = (0..<min(resolution, 19)).reduce(1) { ticks, _ in ticks * 10 }
            }
        }
        interfaces.append(interface)
    }

    /// Enhanced packet (§4.3), and the older packet block, whose fixed part has the same places (§A).
    private func packet(_ body: Range<Int>, interface number: UInt32) throws(CaptureError) -> CapturedFrame? {
        guard body.count >= 20 else { throw .badLength }
        guard number < interfaces.count else { throw .unknownInterface }
        let interface = interfaces[Int(number)]
        guard interface.isEthernet else { throw .linkType(interface.link) }
        let first = body.lowerBound
        let length = Int(word(first + 12))
        guard length <= body.count - 20 else { throw .badLength }
        let ticks = UInt64(word(first + 4)) << 32 | UInt64(word(first + 8))
        var frame = CapturedFrame(time: Self.nanoseconds(ticks, interface), octets: octets(first + 20, length))
        let padded = min(first + 20 + (length + 3) / 4 * 4, body.upperBound)
        try options(padded..<body.upperBound) { code, value in
            if code == 1 { frame.comment = String(decoding: octets(value.lowerBound, value.count), as: UTF8.self) }
            if code == 2, value.count == 4 { frame.direction = CaptureWriter.Direction(rawValue: word(value.lowerBound) & 3) }
        }
        return frame
    }

    /// §4.4: no time, and padding that only the original length tells from octets.
    private func simplePacket(_ body: Range<Int>) throws(CaptureError) -> CapturedFrame? {
        guard body.count >= 4 else { throw .badLength }
        guard let interface = interfaces.first else { throw .unknownInterface }
        guard interface.isEthernet else { throw .linkType(interface.link) }
        let length = min(Int(word(body.lowerBound)), body.count - 4)
        return CapturedFrame(time: 0, octets: octets(body.lowerBound + 4, length))
    }

    /// §3.5.
    private func options(_ range: Range<Int>, _ each: (UInt16, Range<Int>) -> Void) throws(CaptureError) {
        var at = range.lowerBound
        while range.upperBound - at >= 4 {
            let code = half(at), length = Int(half(at + 2))
            if code == 0 { return }
            guard length <= range.upperBound - at - 4 else { throw .badLength }
            each(code, at + 4..<at + 4 + length)
            at = min(at + 4 + (length + 3) / 4 * 4, range.upperBound)
        }
    }

    /// Without overflow for any ticks: seconds and fraction apart.
    private static func nanoseconds(_ ticks: UInt64, _ interface: Interface) -> UInt64 {
        let seconds: UInt64, fraction: UInt64
        if let shift = interface.shift {
            seconds = shift == 63 ? ticks >> 63 : ticks >> shift
            let rest = ticks & ((1 << shift) &- 1)
            fraction = rest.multipliedFullWidth(by: 1_000_000_000).high << (64 - shift) | rest.multipliedFullWidth(by: 1_000_000_000).low >> shift
        } else {
            seconds = ticks / interface.ticks
            let (high, low) = (ticks % interface.ticks).multipliedFullWidth(by: 1_000_000_000)
            fraction = interface.ticks.dividingFullWidth((high, low)).quotient
        }
        return seconds &* 1_000_000_000 &+ fraction
    }
}
