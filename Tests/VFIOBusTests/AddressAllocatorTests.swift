import Testing
@testable import VFIOBus

@Suite struct AddressAllocatorTests {
    private let page = AddressAllocator.page

    @Test func `addresses are fresh, apart, and below 4 GiB`() throws {
        var allocator = AddressAllocator(usable: [])
        var seen: [UInt64] = []
        for _ in 0..<100 {
            let found = allocator.allocate(length: 2 * page, otherThan: 0)
            let address = try #require(found)
            #expect(address % page == 0 && address + 2 * page <= 1 << 32)
            if let last = seen.last { #expect(address >= last + 3 * page, "with a hole between") }
            seen.append(address)
            _ = allocator.free(address)
        }
    }

    @Test func `an address is never the offset that is mapped`() {
        var allocator = AddressAllocator(usable: [])
        let first = AddressAllocator.window.lowerBound
        let address = allocator.allocate(length: page, otherThan: first)
        #expect(address == first + page)
    }

    @Test func `what the IOMMU does not take is not given`() throws {
        let low: ClosedRange<UInt64> = 0x2000_0000...0x2000_7fff, high: ClosedRange<UInt64> = 0x3000_0800...0x3000_2fff
        var allocator = AddressAllocator(usable: [high, low])
        var given: [UInt64] = []
        while let address = allocator.allocate(length: page, otherThan: 0) { given.append(address) }
        #expect(given == [0x2000_0000, 0x2000_2000, 0x2000_4000, 0x2000_6000, 0x3000_1000])
        let none = allocator.allocate(length: page, otherThan: 0)
        #expect(none == nil)
        do { let octets = allocator.free(0x2000_4000); #expect(octets == page) }
        let again = allocator.allocate(length: page, otherThan: 0)
        #expect(again == 0x2000_4000, "addresses of before come back only when there are no others")
        do { let octets = allocator.free(0x2000_4000 + page); #expect(octets == nil) }
    }

    @Test func `after many lives nothing overlaps`() throws {
        var allocator = AddressAllocator(usable: [0x2000_0000...0x2003_ffff]), random = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            if Bool.random(using: &random) || allocator.live.isEmpty {
                _ = allocator.allocate(length: page * UInt64.random(in: 1...6, using: &random), otherThan: 0)
            } else if let one = allocator.live.randomElement(using: &random) {
                _ = allocator.free(one.lowerBound)
            }
            for (a, b) in zip(allocator.live, allocator.live.dropFirst()) { #expect(a.upperBound + page <= b.lowerBound) }
            #expect(allocator.live.allSatisfy { $0.lowerBound >= 0x2000_0000 && $0.upperBound <= 0x2004_0000 })
        }
    }

    @Test(arguments: [0, 1, 4095, 1 << 32, UInt64.max, UInt64.max & ~4095]) func `a length that cannot be is refused`(length: UInt64) {
        var allocator = AddressAllocator(usable: [0...UInt64.max])
        let address = allocator.allocate(length: length, otherThan: 0)
        #expect(address == nil)
    }
}
