@testable import Rings
import Testing

struct PacketCensusTests {
    static let layout = PacketMemoryLayout()

    /// A census of packet memory in which these slots have these owners, and all others are free.
    private func census(_ owners: [(slots: Range<Int>, owner: UInt8)]) -> PacketCensus? {
        var memory = [UInt8](repeating: 0, count: Self.layout.headerOctets)
        for (slots, owner) in owners { for slot in slots { memory[slot * MemoryLayout<SlotHeader>.stride] = owner } }
        return unsafe memory.withUnsafeBytes { unsafe PacketCensus($0, layout: Self.layout) }
    }

    @Test func `slots are counted by owner, and neighbours of one owner are one run`() throws {
        let small = Self.layout.smallSlots, large = Self.layout.largeSlots
        let device = SlotOwner.device.rawValue, socket = SlotOwner.socket.rawValue
        let found = try #require(census([(0..<510, device), (510..<512, socket), (600..<601, device), (small - 2..<small + 3, socket), (700..<702, 0x77), (702..<703, 0x99)]))
        #expect(found.small == ["free": small - 518, "device": 511, "socket": 4, "damaged": 3])
        #expect(found.large == ["free": large - 3, "socket": 3])
        #expect(found.runs.map(\.first) == [0, 510, 600, 700, UInt32(small - 2)])
        #expect(found.runs.map(\.count) == [510, 2, 1, 3, 5])
        #expect(found.runs.map(\.owner) == ["device", "socket", "device", "damaged", "socket"])
        #expect(found.owner(of: 511) == "socket" && found.owner(of: 513) == "free" && found.owner(of: UInt32(small + 2)) == "socket")
    }

    @Test func `runs are bounded, and slots behind the last are not known`() throws {
        let found = try #require(census((0..<PacketCensus.mostRuns + 5).map { (2 * $0..<2 * $0 + 1, SlotOwner.stack.rawValue) }))
        #expect(found.isCut && found.runs.count == PacketCensus.mostRuns)
        #expect(found.small["stack"] == PacketCensus.mostRuns + 5)
        #expect(found.owner(of: 1) == nil && found.owner(of: 2) == "stack")
    }

    @Test func `memory that is shorter than its headers has no census`() {
        let memory = [UInt8](repeating: 0, count: Self.layout.headerOctets - 1)
        #expect(unsafe memory.withUnsafeBytes { unsafe PacketCensus($0, layout: Self.layout) } == nil)
    }
}
