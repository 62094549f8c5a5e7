import E1000ERegisters
import E1000Registers

/// The counters of 8254x §13.7: cleared by reading, sticking at all ones.
struct Statistics {
    private static let first = E1000Register.crcerrs.rawValue
    private var counters = [UInt32](repeating: 0, count: 80)
    private var octets: [Octets] = .init(repeating: Octets(), count: 4)

    /// A 64-bit counter that software reads in two halves, the lower one first.
    private struct Octets {
        var value: UInt64 = 0
        /// The value when the lower half was read, until the upper half is.
        var latched: UInt64?

        mutating func add(_ count: Int) {
            let (sum, overflow) = value.addingReportingOverflow(UInt64(count))
            value = overflow ? .max : sum
        }

        /// Latches, so that both halves belong to one moment.
        mutating func low() -> UInt32 {
            latched = value
            return UInt32(truncatingIfNeeded: value)
        }

        /// Reading the upper half clears the counter: what was read, not what came in since. 8254x §13.7.31
        mutating func high() -> UInt32 {
            let read = latched ?? value
            (value, latched) = (value - read, nil)
            return UInt32(truncatingIfNeeded: read >> 32)
        }
    }

    mutating func reset() { self = Statistics() }

    /// One more of what `register` counts.
    mutating func bump(_ register: E1000Register) {
        let index = Int(register.rawValue - Self.first) / 4
        if counters[index] != .max { counters[index] += 1 }
    }

    func peek(_ register: E1000Register) -> UInt32 { counters[Int(register.rawValue - Self.first) / 4] }

    /// A read by software.
    mutating func read(_ register: E1000Register) -> UInt32 {
        switch register {
        case .gorcl: return octets[0].low()
        case .gorch: return octets[0].high()
        case .gotcl: return octets[1].low()
        case .gotch: return octets[1].high()
        case .torl: return octets[2].low()
        case .torh: return octets[2].high()
        case .totl: return octets[3].low()
        case .toth: return octets[3].high()
        default:
            let index = Int(register.rawValue - Self.first) / 4
            defer { counters[index] = 0 }
            return counters[index]
        }
    }

    /// The counters behind the 8254x's. 82574 §10.2.7
    mutating func bump(own register: E1000ERegister) {
        let index = Int(register.rawValue - Self.first) / 4
        if counters[index] != .max { counters[index] += 1 }
    }
    mutating func read(own register: E1000ERegister) -> UInt32 {
        let index = Int(register.rawValue - Self.first) / 4
        defer { counters[index] = 0 }
        return counters[index]
    }

    /// A frame was on the wire towards us, whatever becomes of it. Lengths here are with frame check sequence.
    mutating func seen(octets count: Int) {
        bump(.tpr)
        octets[2].add(count)
    }

    /// A good frame passed the filters. 8254x §13.7.21–13.7.31
    mutating func received(octets count: Int, kind: Destination) {
        bump(.gprc)
        octets[0].add(count)
        switch kind {
        case .broadcast: bump(.bprc)
        case .multicast: bump(.mprc)
        case .unicast: break
        }
        bump(Self.bin(count, [.prc64, .prc127, .prc255, .prc511, .prc1023, .prc1522]))
    }

    /// A good frame left. 8254x §13.7.30, §13.7.32, §13.7.42–13.7.52
    mutating func sent(octets count: Int, kind: Destination) {
        bump(.gptc)
        bump(.tpt)
        octets[1].add(count)
        octets[3].add(count)
        switch kind {
        case .broadcast: bump(.bptc)
        case .multicast: bump(.mptc)
        case .unicast: break
        }
        bump(Self.bin(count, [.ptc64, .ptc127, .ptc255, .ptc511, .ptc1023, .ptc1522]))
    }

    private static func bin(_ count: Int, _ bins: [6 of E1000Register]) -> E1000Register {
        switch count {
        case ...64: bins[0]
        case ...127: bins[1]
        case ...255: bins[2]
        case ...511: bins[3]
        case ...1023: bins[4]
        default: bins[5]
        }
    }

    /// For tests: a counter close to its end.
    mutating func preset(_ register: E1000Register, _ value: UInt32) {
        counters[Int(register.rawValue - Self.first) / 4] = value
    }
}

/// Whom a destination address means.
enum Destination: Equatable {
    case unicast, multicast, broadcast
}
