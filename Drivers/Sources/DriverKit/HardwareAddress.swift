/// An Ethernet address, octet 0 first, as on the wire.
@frozen public struct HardwareAddress: Sendable {
    public var octets: InlineArray<6, UInt8>

    public init(_ octets: InlineArray<6, UInt8>) { self.octets = octets }

    /// From the contract's array.
    public init(_ t: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)) { octets = [t.0, t.1, t.2, t.3, t.4, t.5] }

    /// As the contract's array.
    public var tuple: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) {
        (octets[0], octets[1], octets[2], octets[3], octets[4], octets[5])
    }

    public var isMulticast: Bool { octets[0] & 1 != 0 }
    public var isZero: Bool {
        for i in octets.indices where octets[i] != 0 { return false }
        return true
    }
    /// Usable as a station's own address: neither a group's nor zero.
    public var isStation: Bool { !isMulticast && !isZero }

    /// The first four octets, and the last two, as registers hold them: octet 0 in the lowest bits.
    public var low: UInt32 { UInt32(octets[0]) | UInt32(octets[1]) << 8 | UInt32(octets[2]) << 16 | UInt32(octets[3]) << 24 }
    public var high: UInt32 { UInt32(octets[4]) | UInt32(octets[5]) << 8 }

    /// From registers that hold octet 0 in the lowest bits.
    public init(low: UInt32, high: UInt32) {
        octets = [UInt8(truncatingIfNeeded: low), UInt8(truncatingIfNeeded: low >> 8), UInt8(truncatingIfNeeded: low >> 16),
                  UInt8(truncatingIfNeeded: low >> 24), UInt8(truncatingIfNeeded: high), UInt8(truncatingIfNeeded: high >> 8)]
    }

    /// The same as one number, octet 0 in the lowest bits.
    public init(number: UInt64) { self.init(low: UInt32(truncatingIfNeeded: number), high: UInt32(truncatingIfNeeded: number >> 32)) }
    public var number: UInt64 { UInt64(low) | UInt64(high) << 32 }

    /// From an array of six registers of one octet each.
    public init<Map: RegisterMap>(octets io: RegisterAccess<Map>, _ first: Map) {
        octets = InlineArray { UInt8(truncatingIfNeeded: io.read(first, at: UInt32($0))) }
    }

    /// `52:54:00:12:34:56` into a log line.
    public func describe(to line: inout LogLine) {
        for i in octets.indices {
            if i > 0 { line.octet(UInt8(ascii: ":")) }
            line.hexadecimal(octets[i], digits: 2)
        }
    }
}
