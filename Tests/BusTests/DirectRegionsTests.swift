@testable import Bus
import CDriver
import Host
import Messages
import Testing

@Suite struct DirectRegionsTests {
    private let memory: SharedMemoryBox
    private let regions = DirectRegions()

    final class SharedMemoryBox {
        let memory: SharedMemory
        init() throws { memory = try SharedMemory(named: "region", length: 8192) }
    }

    init() throws { memory = try SharedMemoryBox() }

    @Test func `a mapped region is read and written where it lies, in every width`() throws {
        try regions.map(NICDirectRegion(region: 2, offset: 4096, length: 4096), memory.memory.descriptor)
        guard let place = unsafe regions.place(2, 8, 4) else { Issue.record("no place"); return }
        unsafe DirectRegions.store(place, 4, 0x1122_3344)
        #expect(unsafe drydock_load32(memory.memory.base + 4096 + 8) == 0x1122_3344)
        #expect(unsafe DirectRegions.load(place, 2) == 0x3344)
        #expect(unsafe DirectRegions.load(place, 1) == 0x44)
        #expect(!regions.isEmpty)
    }

    @Test func `what leaves the region, is not aligned, or was never mapped has no place`() throws {
        #expect(unsafe regions.place(0, 0, 4) == nil)
        try regions.map(NICDirectRegion(region: 0, offset: 0, length: 4096), memory.memory.descriptor)
        #expect(unsafe regions.place(0, 4092, 4) != nil)
        #expect(unsafe regions.place(0, 4093, 4) == nil)
        #expect(unsafe regions.place(0, 4096, 1) == nil)
        #expect(unsafe regions.place(0, 2, 4) == nil)
        #expect(unsafe regions.place(0, .max, 4) == nil)
        #expect(unsafe regions.place(1, 0, 4) == nil)
        #expect(unsafe regions.place(77, 0, 4) == nil)
    }

    @Test(arguments: [
        NICDirectRegion(region: 6, offset: 0, length: 4096), NICDirectRegion(region: 0, offset: 0, length: 0),
        NICDirectRegion(region: 0, offset: 1, length: 4096), NICDirectRegion(region: 0, offset: .max, length: 4096),
        NICDirectRegion(region: 0, offset: 0, length: .max),
    ]) func `a region that cannot be is refused`(place: NICDirectRegion) {
        #expect(throws: SystemError.self) { try regions.map(place, memory.memory.descriptor) }
        #expect(regions.isEmpty)
    }
}
