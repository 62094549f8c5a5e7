import Testing
@testable import NICModels

struct MappingHistoryTests {
    private static func mapping(_ address: UInt64, _ length: UInt64, made: UInt64 = 1) -> MappingHistory.Mapping {
        MappingHistory.Mapping(address: address, length: length, made: made)
    }

    @Test func `an address that was mapped is told with when and what it was`() {
        var history = MappingHistory()
        history.end(Self.mapping(0x1000, 4096), now: 5_000_000)
        #expect(history.account(of: 0x1040, nearest: nil, now: 8_000_000) == "unmapped 3 ms ago, was 4096 octets at 0x1000, 64 octets into it")
        #expect(history.account(of: 0x1fff, nearest: nil, now: 5_400_000).hasPrefix("unmapped 400 µs ago"))
        #expect(history.account(of: 0x1000, nearest: nil, now: 65_000_000_000).hasPrefix("unmapped 64 s ago"))
        #expect(history.account(of: 0x2000, nearest: nil, now: 8_000_000) == "never mapped; nothing is mapped")
        // Mapped and unmapped again: the youngest counts.
        history.end(Self.mapping(0x1000, 64), now: 7_000_000)
        #expect(history.account(of: 0x1000, nearest: nil, now: 8_000_000).contains("1 ms ago, was 64 octets"))
    }

    @Test func `an address that never was is told with its neighbour`() {
        let history = MappingHistory(), neighbour = Self.mapping(0x4000, 0x1000)
        #expect(history.account(of: 0x3ff0, nearest: neighbour, now: 1) == "never mapped; the nearest mapping, 4096 octets at 0x4000, begins 16 octets after")
        #expect(history.account(of: 0x5000, nearest: neighbour, now: 1).hasSuffix("ended 0 octets before"))
        #expect(history.account(of: 0x5010, nearest: neighbour, now: 1).hasSuffix("ended 16 octets before"))
        #expect(history.account(of: 0x4ff0, nearest: neighbour, now: 1) == "begins in 4096 octets at 0x4000, and leaves it")
        #expect(history.account(of: .max, nearest: Self.mapping(.max - 3, 4), now: 1).hasPrefix("begins in"))
        #expect(history.account(of: 0, nearest: Self.mapping(.max - 3, 4), now: 1).hasSuffix("octets after"))
    }

    @Test func `memory is bounded and what was forgotten is not denied`() {
        var history = MappingHistory()
        for index in 0..<UInt64(10 * MappingHistory.most) { history.end(Self.mapping(index << 12, 4096), now: index + 1) }
        #expect(history.account(of: 0, nearest: nil, now: 1).hasPrefix("not mapped, nor among the last 256 mappings that ended"))
        let oldest = UInt64(9 * MappingHistory.most) << 12
        #expect(history.account(of: oldest, nearest: nil, now: 1 << 20).hasPrefix("unmapped"))
        #expect(!history.account(of: oldest - 1, nearest: nil, now: 1 << 20).hasPrefix("unmapped"))
        history.clear()
        #expect(history.account(of: oldest, nearest: nil, now: 1) == "never mapped; nothing is mapped")
    }

    @Test func `a model's memory tells what became of an address`() throws {
        var memory = DeviceMemory()
        let block = UnsafeMutableRawPointer.allocate(byteCount: 0x4000, alignment: 16)
        defer { unsafe block.deallocate() }
        memory.claim(unsafe DMAMemory(descriptor: -1, base: block, length: 0x4000))
        memory.now = 1_000_000
        let first = try memory.map(offset: 0, length: 256), second = try memory.map(offset: 0x1000, length: 128)
        memory.now = 2_000_000
        memory.unmap(first)
        memory.now = 9_000_000
        #expect(memory.account(of: first + 8) == "unmapped 7 ms ago, was 256 octets at 0x\(String(first, radix: 16)), 8 octets into it")
        #expect(memory.account(of: second + 128).contains("the nearest mapping, 128 octets at 0x\(String(second, radix: 16)), ended 0 octets before"))
        #expect(memory.account(of: 0x1000).hasPrefix("never mapped; the nearest mapping, 128"))
    }
}
