import CDriver

/// A member of the 8254x family that this driver drives: copper, one port, EERD as in the 82540EM. 8254x §5.2
struct Chip: Sendable {
    let device: UInt16
    let title: StaticString
    /// The 82544 has no EERD, another gap and another automatic speed detection.
    let is82544: Bool

    private init(_ device: UInt16, _ title: StaticString, is82544: Bool = false) {
        (self.device, self.title, self.is82544) = (device, title, is82544)
    }

    /// The chip behind an identity, or nil: not ours.
    static func find(_ identity: drydock_identity) -> Chip? {
        guard identity.vendor == 0x8086 else { return nil }
        switch identity.device {
        case 0x1008: return Chip(0x1008, "Intel 82544EI Gigabit Ethernet Controller", is82544: true)
        case 0x100C: return Chip(0x100C, "Intel 82544GC Gigabit Ethernet Controller", is82544: true)
        case 0x100D: return Chip(0x100D, "Intel 82544GC Gigabit Ethernet Controller (LOM)", is82544: true)
        case 0x100E: return Chip(0x100E, "Intel 82540EM Gigabit Ethernet Controller")
        case 0x100F: return Chip(0x100F, "Intel 82545EM Gigabit Ethernet Controller")
        case 0x1015: return Chip(0x1015, "Intel 82540EM Gigabit Ethernet Controller (LOM)")
        case 0x1016, 0x1017, 0x101E: return Chip(identity.device, "Intel 82540EP Gigabit Ethernet Controller")
        case 0x1026: return Chip(0x1026, "Intel 82545GM Gigabit Ethernet Controller")
        default: return nil
        }
    }

    /// Octets of the EEPROM that EERD reaches are 64 words; their sum says whether they are whole. 8254x §5.6.35
    static var eepromWords: UInt32 { 64 }
    static var eepromSum: UInt16 { 0xBABA }

    /// The gap that 802.3 wants on copper. 8254x §13.4.34
    var gap: (transmit: UInt32, first: UInt32, second: UInt32) { (is82544 ? 8 : 10, 8, 6) }
}
