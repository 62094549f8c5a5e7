internal import Messages
internal import Symbols

/// A ring's descriptors, decoded.
///
/// - Source: 8254x §3.2.3 and §3.3.3; 82574 §7.1.4, §7.2.10; ABC §4.
struct DescriptorText {
    struct Descriptor: Encodable {
        var index: Int, owner: String, address: UInt64, octets: Int
        /// The fields that are not zero, and what the flags are called.
        var fields: String
        /// The head and the tail of the ring stand here.
        var isHead: Bool, isTail: Bool
    }

    let descriptors: [Descriptor]
    let isReceive: Bool

    /// nil: the descriptors are not there, or are of no chip that is known here.
    init?(_ ring: QuietReport.Ring) {
        guard let text = ring.descriptors, let octets = Self.octets(text) else { return nil }
        isReceive = ring.name.hasPrefix("receive")
        let memory = Octets(octets), count = octets.count / 16, receive = isReceive
        func each(_ make: (Int, UInt64, UInt64) -> (owner: String, octets: Int, fields: String)) -> [Descriptor] {
            (0..<count).map { index in
                let first = memory.long(index * 16) ?? 0, second = memory.long(index * 16 + 8) ?? 0
                let made = make(index, first, second)
                return Descriptor(
                    index: index, owner: made.owner, address: first, octets: made.octets, fields: made.fields, isHead: index == Int(ring.head),
                    isTail: ring.tail.map { index == Int($0) } ?? false)
            }
        }
        switch ring.format {
        case "8254x":
            let head = Int(ring.head), tail = Int(ring.tail ?? ring.head)
            descriptors = each { index, _, second in
                // Between head and tail, the hardware may use it.
                let isTheirs = head <= tail ? head <= index && index < tail : index >= head || index < tail
                let (length, fields) = receive ? Self.received(second) : Self.sent(second)
                return (isTheirs ? "device" : "driver", length, fields)
            }
        case "abc":
            descriptors = each { _, _, second in
                let flags = second >> 32
                let names = [(31, "OWN"), (30, "ERROR"), (29, "MORE")].filter { flags >> UInt64($0.0) & 1 == 1 }.map(\.1)
                return (flags >> 31 == 1 ? "device" : "driver", Int(second & 0xffff_ffff), names.joined(separator: " "))
            }
        default: return nil
        }
    }

    private static func octets(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        func value(_ digit: UInt8) -> UInt8? {
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x61...0x66: digit - 0x61 + 10
            default: nil
            }
        }
        var all: [UInt8] = []
        for at in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[at]), let low = value(digits[at + 1]) else { return nil }
            all.append(high << 4 | low)
        }
        return all
    }

    private static func names(_ value: UInt64, _ list: [(Int, String)]) -> [String] { list.filter { value >> UInt64($0.0) & 1 == 1 }.map(\.1) }

    private static func received(_ word: UInt64) -> (Int, String) {
        let status = names(word >> 32 & 0xff, [(0, "DD"), (1, "EOP"), (2, "IXSM"), (3, "VP"), (5, "TCPCS"), (6, "IPCS"), (7, "PIF")])
        let errors = names(word >> 40 & 0xff, [(0, "CE"), (1, "SE"), (2, "SEQ"), (4, "CXE"), (5, "TCPE"), (6, "IPE"), (7, "RXE")])
        return (Int(word & 0xffff), (status + errors).joined(separator: " "))
    }

    private static func sent(_ word: UInt64) -> (Int, String) {
        // DEXT set: the length has 20 bits, and DTYP tells a context from data.
        let isExtended = word >> 29 & 1 == 1, isContext = isExtended && word >> 20 & 15 == 0
        let command = names(word >> 24 & 0xff, [(0, "EOP"), (1, "IFCS"), (2, "IC"), (3, "RS"), (5, "DEXT"), (6, "VLE"), (7, "IDE")])
        let status = names(word >> 32 & 15, [(0, "DD"), (1, "EC"), (2, "LC"), (3, "TU")])
        return (Int(word & (isExtended ? 0xf_ffff : 0xffff)), ((isContext ? ["context"] : []) + command + status).joined(separator: " "))
    }

    /// - Parameter all: also those that were never used.
    func lines(all: Bool) -> [String] {
        let shown = descriptors.filter { all || $0.address != 0 || $0.isHead || $0.isTail || !$0.fields.isEmpty }
        return ["  INDEX  OWNER   BUFFER              OCTETS  FLAGS"] + shown.map { one in
            let marks = (one.isHead ? "H" : " ") + (one.isTail ? "T" : " ")
            return "\(marks)\(Column.right(one.index, 5))  \(Column.left(one.owner, 6))  0x\(Number.hexadecimal(one.address, digits: 16))  \(Column.right(one.octets, 6))  \(one.fields)".trimmingTail
        }
    }
}

extension String {
    /// Without spaces behind the last word.
    var trimmingTail: String { utf8.lastIndex { $0 != UInt8(ascii: " ") }.map { String(self[...$0]) } ?? "" }
}
