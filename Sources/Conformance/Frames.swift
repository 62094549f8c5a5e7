internal import Glibc

/// Frames that the checker sends and knows again: EtherType 88b5 (IEEE 802, local experiments), a number, a pattern.
enum Frames {
    static let peer: [UInt8] = [0x02, 0, 0, 0, 0xbe, 0xac]
    static let stranger: [UInt8] = [0x02, 0, 0, 0, 0x57, 0x12]
    static let broadcast = [UInt8](repeating: 0xff, count: 6)

    /// v, 5v + 3, …: all 256 values in turn, 64 times; and where each stands first.
    private static let pattern: [UInt8] = {
        var round: [UInt8] = [], value: UInt8 = 0, octets: [UInt8] = []
        for _ in 0..<256 { round.append(value); value = value &* 5 &+ 3 }
        for _ in 0..<64 { octets += round }
        return octets
    }()
    private static let places: [UInt8] = {
        var places = [UInt8](repeating: 0, count: 256)
        for place in 0..<256 { places[Int(pattern[place])] = UInt8(place) }
        return places
    }()

    /// - Parameter octets: of the whole frame: 18 to 16000.
    static func make(to: [UInt8], from: [UInt8], number: UInt32, octets: Int) -> [UInt8] {
        var frame = to + from + [0x88, 0xb5]
        for shift in [24, 16, 8, 0] { frame.append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
        // In a debug build an octet at a time takes longer than all the rest of a check.
        let start = Int(places[Int(UInt8(truncatingIfNeeded: number &* 31 &+ 7))])
        if octets > frame.count { frame += pattern[start..<start + octets - frame.count] }
        return frame
    }

    static func isOurs(_ frame: [UInt8]) -> Bool { frame.count >= 18 && type(frame) == 0x88b5 || frame.count >= 34 && type(frame) == 0x0800 && frame[6..<12] != peer[...] || isTagged(frame) }
    static func isFromPeer(_ frame: [UInt8]) -> Bool { frame.count >= 12 && frame[6..<12] == peer[...] }
    static func isTagged(_ frame: [UInt8]) -> Bool { frame.count >= 22 && type(frame) == 0x8100 }
    static func type(_ frame: [UInt8]) -> UInt16 { UInt16(frame[12]) << 8 | UInt16(frame[13]) }

    /// `frame` with an 802.1Q tag.
    static func tagged(_ frame: [UInt8], _ tag: UInt16) -> [UInt8] {
        Array(frame[..<12]) + [0x81, 0x00, UInt8(tag >> 8), UInt8(tag & 0xff)] + frame[12...]
    }

    /// Where two frames differ, in words; nil: nowhere. A device may pad short frames.
    static func difference(_ sent: [UInt8], _ got: [UInt8]) -> String? {
        if got.count < sent.count { return "\(sent.count) octets were sent, \(got.count) came" }
        if got.count > max(sent.count, 60) { return "\(sent.count) octets were sent, \(got.count) came" }
        if unsafe memcmp(sent, got, sent.count) != 0, let place = sent.indices.first(where: { sent[$0] != got[$0] }) { return "octet \(place) of \(sent.count) differs" }
        return nil
    }
}
