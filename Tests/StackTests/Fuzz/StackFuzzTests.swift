@testable import Stack
import Testing

/// What the fuzzer found once, its seeds, and a few thousand changes of them: `Fuzz/run stack` goes on from here.
@Suite struct StackFuzzTests {
    /// Inputs that broke something once, in hexadecimal.
    static let found: [(name: String, octets: String)] = [
        ("patience that became shorter while a connection was opening was looked at late", """
            1200001200000001ffff0300000a00000200000000ffff030000001000010001ffff00000011001800010001ff0101080aff64000b000000640a000b
            b80833001000650bb9ffff0000000d00b41200101200000001fffffe00000a0013880010002105b5ffff000001001000011389ffff2300009114ff03
            00011389ffff0000003b3b3b3b3b000964013b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b00138800100b001400011389ff013b3b3b3b3b3b
            3b3b3b3b3b3b3b3b3b3b3b00f6000009640113
            """),
        ("a handshake whose last segment was refused stayed for ever", "000200000000d2ffdd0000001000010001ffff000000110d00001100010001ffff000000001000001100010001ffff000000001000020002ff093d01000200000000ffff"),
    ]

    @Test func `every seed leaves the stack whole`() {
        for seed in StackSeeds.all {
            let wrong = StackExercise.run(seed.octets)
            #expect(wrong == nil, "\(seed.name)")
        }
    }

    @Test func `what was found once is found no more`() {
        for input in Self.found {
            let digits = Array(input.octets.utf8).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
            let octets = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
            #expect(StackExercise.run(octets) == nil, "\(input.name)")
        }
    }

    @Test(arguments: 0..<8) func `changed seeds, spliced and noisy, leave it whole too`(lane: Int) {
        var chance = RandomSource(seed: 4000 + UInt64(lane))
        for round in 0..<60 {
            let octets = Self.changed(&chance)
            if let wrong = StackExercise.run(octets) {
                let hex = octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                Issue.record("lane \(lane), round \(round): \(wrong); the input, for `found`: \(hex)")
                return
            }
        }
    }

    /// Two seeds behind each other, octets changed, parts repeated or left out.
    static func changed(_ chance: inout RandomSource) -> [UInt8] {
        func pick() -> [UInt8] { StackSeeds.all[Int(chance.below(UInt64(StackSeeds.all.count)))].octets }
        var octets = pick() + pick()
        if chance.below(2) == 0 { octets += pick() }
        for _ in 0..<chance.below(12) {
            let place = Int(chance.below(UInt64(octets.count)))
            switch chance.below(4) {
            case 0: octets[place] = UInt8(truncatingIfNeeded: chance.next())
            case 1: octets[place] ^= 1 << UInt8(chance.below(8))
            case 2: octets.insert(contentsOf: octets[place..<min(place + Int(chance.below(30)), octets.count)], at: place)
            default: octets.removeSubrange(place..<min(place + 1 + Int(chance.below(4)), octets.count))
            }
            if octets.isEmpty { octets = [0] }
        }
        return octets
    }
}
