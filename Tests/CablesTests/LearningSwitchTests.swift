@testable import Cables
import Testing

@Suite struct LearningSwitchTests {
    private func ethernet(to destination: UInt64, from source: UInt64) -> [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: destination >> UInt64(40 - 8 * $0)) }
            + (0..<6).map { UInt8(truncatingIfNeeded: source >> UInt64(40 - 8 * $0)) } + [8, 0] + [UInt8](repeating: 0, count: 46)
    }

    private func decide(_ table: inout LearningSwitch, to: UInt64, from: UInt64, port: Int, second: UInt64 = 0) -> LearningSwitch.Decision {
        var decision: LearningSwitch.Decision?
        ethernet(to: to, from: from).show { decision = table.decide($0, from: port, now: second * 1_000_000_000) }
        return decision!
    }

    private let a: UInt64 = 0x0200_0000_000a, b: UInt64 = 0x0200_0000_000b

    @Test func `an unknown address is flooded, a known one is not`() {
        var table = LearningSwitch()
        #expect(decide(&table, to: b, from: a, port: 1) == .flood)
        #expect(decide(&table, to: a, from: b, port: 2) == .port(1))
        #expect(decide(&table, to: b, from: a, port: 1) == .port(2))
        #expect(decide(&table, to: b, from: a, port: 2) == .refuse(.samePort), "a moved to port 2, where b is")
    }

    @Test func `broadcasts and groups are flooded and never learned`() {
        var table = LearningSwitch()
        #expect(decide(&table, to: 0xffff_ffff_ffff, from: a, port: 1) == .flood)
        #expect(decide(&table, to: 0x3333_0000_0001, from: a, port: 1) == .flood)
        _ = decide(&table, to: a, from: 0x0100_5e00_0001, port: 3)
        #expect(table.count == 1)
    }

    @Test func `link-local group addresses stay on their link`() {
        var table = LearningSwitch()
        for last in 0...15 as ClosedRange<UInt64> { #expect(decide(&table, to: 0x0180_c200_0000 | last, from: a, port: 0) == .refuse(.reserved)) }
        #expect(decide(&table, to: 0x0180_c200_0010, from: a, port: 0) == .flood)
    }

    @Test func `an address not heard for 300 s is forgotten, one heard meanwhile is not`() {
        var table = LearningSwitch()
        _ = decide(&table, to: b, from: a, port: 1)
        #expect(decide(&table, to: a, from: b, port: 2, second: 299) == .port(1))
        #expect(decide(&table, to: a, from: b, port: 2, second: 300) == .flood)
        table.age(now: 599_000_000_000)
        #expect(table.count == 1)
        table.age(now: 600_000_000_000)
        #expect(table.count == 0)
    }

    @Test func `the table is bounded, and a full one floods`() {
        var table = LearningSwitch()
        for k in 0..<5000 as Range<UInt64> { _ = decide(&table, to: b, from: 0x0200_0001_0000 + k, port: 1) }
        #expect(table.count == LearningSwitch.mostAddresses)
        #expect(table.unlearned == 5000 - UInt64(LearningSwitch.mostAddresses))
        #expect(decide(&table, to: 0x0200_0001_0000 + 4999, from: b, port: 2) == .flood)
    }

    @Test func `a pulled cable takes its addresses along`() {
        var table = LearningSwitch()
        _ = decide(&table, to: b, from: a, port: 1)
        table.forget(port: 1)
        #expect(decide(&table, to: a, from: b, port: 2) == .flood)
    }

    @Test(arguments: 0..<14) func `a runt is refused`(length: Int) {
        var table = LearningSwitch()
        [UInt8](repeating: 2, count: length).show { #expect(table.decide($0, from: 0, now: 0) == .refuse(.runt)) }
    }
}
