import CDriver
import DriverKit
@testable import HostLink
import Testing

@Suite struct AddressFilterTests {
    private func number(_ octets: InlineArray<6, UInt8>) -> UInt64 { HardwareAddress(octets).number }
    private let own = HardwareAddress([2, 0, 0, 0, 0, 1])

    @Test func `its own address and everybody's come in, others stay out`() {
        let filter = AddressFilter(own: own)
        #expect(filter.accepts(own.number) && filter.accepts(number([255, 255, 255, 255, 255, 255])))
        #expect(!filter.accepts(number([2, 0, 0, 0, 0, 2])) && !filter.accepts(number([1, 0, 0x5E, 0, 0, 1])))
    }

    @Test func `groups come in while they are joined`() {
        var filter = AddressFilter(own: own)
        let groups = (0..<UInt8(AddressFilter.most)).map { number([1, 0, 0x5E, 0, 1, $0]) }
        for group in groups { filter.join(group) }
        #expect(groups.allSatisfy(filter.accepts) && !filter.accepts(number([1, 0, 0x5E, 0, 2, 0])))
        #expect(filter.leave() == groups.last && !filter.accepts(groups[groups.count - 1]) && filter.accepts(groups[0]))
        while filter.leave() != nil {}
        #expect(!filter.accepts(groups[0]))
    }

    @Test func `promiscuous is all frames, all groups is groups only`() {
        var filter = AddressFilter(own: own)
        filter.hasAllGroups = true
        #expect(filter.accepts(number([1, 0, 0x5E, 0, 0, 9])) && !filter.accepts(number([4, 0, 0, 0, 0, 9])))
        filter.isPromiscuous = true
        #expect(filter.accepts(number([4, 0, 0, 0, 0, 9])))
    }

    @Test func `whom a frame is for is told by its first octet`() {
        #expect(Audience(own.number) == .station && Audience(number([0x33, 0x33, 0, 0, 0, 1])) == .multicast)
        #expect(Audience(AddressFilter.everybody) == .broadcast)
    }

    @Test func `a tag is put in behind the addresses`() {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 64)
        defer { unsafe memory.deallocate() }
        var c = unsafe Buffer().contract
        unsafe (c.data, c.capacity) = (memory, 64)
        var buffer = unsafe Buffer(c)
        let frame = (0..<40).map { UInt8($0) }
        let octets = unsafe frame.withUnsafeBytes { unsafe buffer.fill(from: $0.baseAddress!, octets: 40, tag: 0x2042) }
        #expect(octets == 44 && buffer.length == 44)
        #expect(unsafe Array(UnsafeBufferPointer(start: memory, count: 44)) == frame[..<12] + [0x81, 0, 0x20, 0x42] + frame[12...])
        let tooLong = unsafe frame.withUnsafeBytes { unsafe buffer.fill(from: $0.baseAddress!, octets: 61, tag: 1) }
        #expect(tooLong == 0)
    }
}
