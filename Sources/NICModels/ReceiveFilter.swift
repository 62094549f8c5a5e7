import DriverKit
import E1000Registers

/// Which frames the receiver takes. 8254x §3.2.1, §13.5, §9.3
///
/// The exact addresses are unpacked when software writes them, so that a frame costs a few comparisons.
struct ReceiveFilter {
    /// A frame's fate.
    enum Verdict: Equatable {
        /// `inexact`: by the multicast table or a promiscuous mode only; software must check (PIF).
        case accepted(inexact: Bool)
        case wrongAddress
        case wrongVLAN
    }

    static let exactAddresses = 16

    /// Octet 0 in the most significant place of 48 bits; nil while AV is clear.
    private var exact = [UInt64?](repeating: nil, count: Self.exactAddresses)

    mutating func reset() { self = ReceiveFilter() }

    /// RAL and RAH of entry `index` as they are now. 8254x §13.5.2, §13.5.3
    mutating func setExact(_ index: Int, low: UInt32, high: UInt32) {
        guard RAH().av.isSet(high) else {
            exact[index] = nil
            return
        }
        let octets = UInt64(low) | UInt64(high & 0xffff) << 32
        exact[index] = (0..<6).reduce(UInt64(0)) { $0 << 8 | (octets >> (8 * $1)) & 0xff }
    }

    /// Judges a frame as it came from the wire, its tag still in it.
    func judge(_ frame: FrameBuffer, _ registers: RegisterFile) -> Verdict {
        let control = registers[.rctl]
        let address = UInt64(frame.load32(0)) << 16 | UInt64(frame.load16(4))
        guard let accepted = match(address, control, registers) else { return .wrongAddress }
        guard RCTL().vfe.isSet(control), frame.load16(12) == UInt16(truncatingIfNeeded: registers[.vet]) else {
            return accepted
        }
        return Self.passesVLAN(frame.load16(14), control, registers) ? accepted : .wrongVLAN
    }

    private func match(_ address: UInt64, _ control: UInt32, _ registers: RegisterFile) -> Verdict? {
        if exact.contains(address) { return .accepted(inexact: false) }
        switch Self.destination(address) {
        case .broadcast:
            // Broadcast passes by BAM, or as a multicast address like any other. 8254x §3.2.1
            if RCTL().bam.isSet(control) { return .accepted(inexact: false) }
            return Self.matchMulticast(address, control, registers)
        case .multicast: return Self.matchMulticast(address, control, registers)
        case .unicast: return RCTL().upe.isSet(control) ? .accepted(inexact: true) : nil
        }
    }

    private static func matchMulticast(_ address: UInt64, _ control: UInt32, _ registers: RegisterFile) -> Verdict? {
        if RCTL().mpe.isSet(control) { return .accepted(inexact: true) }
        let hash = Self.hash(address, offset: RCTL().mo.get(control))
        let word = registers[.mta, Int(hash >> 5), stride: 4]
        return word >> (hash & 31) & 1 == 1 ? .accepted(inexact: true) : nil
    }

    /// The 12 bits that RCTL.MO picks: bits 47:36, 46:35, 45:34 or 43:32 of the address, whose last octet on the wire is
    /// the most significant. 8254x §13.4.22, §13.5.1
    static func hash(_ address: UInt64, offset: UInt32) -> UInt32 {
        let lastTwo = UInt32(address & 0xff) << 8 | UInt32(address >> 8 & 0xff)
        let shifts: [4 of UInt32] = [4, 3, 2, 0]
        return lastTwo >> shifts[Int(offset & 3)] & 0xfff
    }

    /// The filter table by identifier; CFIEN also compares the canonical form indicator. 8254x §9.3, §13.4.22
    private static func passesVLAN(_ tag: UInt16, _ control: UInt32, _ registers: RegisterFile) -> Bool {
        if RCTL().cfien.isSet(control), RCTL().cfi.get(control) != UInt32(tag >> 12 & 1) { return false }
        let identifier = UInt32(tag & 0xfff)
        return registers[.vfta, Int(identifier >> 5), stride: 4] >> (identifier & 31) & 1 == 1
    }

    static func destination(_ address: UInt64) -> Destination {
        if address == 0xffff_ffff_ffff { return .broadcast }
        return address >> 40 & 1 == 1 ? .multicast : .unicast
    }

    static func destination(_ frame: FrameBuffer) -> Destination {
        destination(UInt64(frame.load32(0)) << 16 | UInt64(frame.load16(4)))
    }
}
