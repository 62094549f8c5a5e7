import CDriver
import DriverKit
import Testing

@Suite struct FilterWishTests {
    let station = StationOptions(mtu: 68...1500, "68 to 1500", ring: 8...16, "8 to 16", size: 8)

    /// What a driver makes of a request, which is valid during the call only.
    func wish<R>(_ groups: Int, vlans: [UInt16] = [], flags: UInt32 = 0, _ options: StationOptions? = nil, _ body: (Filter, FilterWish) -> R) -> R {
        var request = unsafe drydock_filter()
        unsafe (request.flags, request.mac) = (flags, (2, 0, 0, 0, 0, 1))
        let list: [(UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)] = (0..<groups).map { (1, 0, 0x5E, 0, 0, UInt8($0)) }
        return unsafe list.withUnsafeBufferPointer { addresses in
            unsafe vlans.withUnsafeBufferPointer { tags in
                unsafe (request.multicast, request.multicast_count) = (addresses.baseAddress, UInt32(addresses.count))
                unsafe (request.vlans, request.vlan_count) = (tags.baseAddress, UInt32(tags.count))
                let filter = unsafe Filter(request)
                return body(filter, FilterWish(filter, options ?? station))
            }
        }
    }

    @Test func `up to 64 groups are kept, of more all are let through`() {
        wish(64) { _, wish in #expect(wish.groupCount == 64 && !wish.allMulticast && wish.groups[63].octets[5] == 63) }
        wish(65) { _, wish in #expect(wish.groupCount == 64 && wish.allMulticast) }
    }

    @Test func `options hold against what the stack asks for`() {
        var strict = station
        (strict.noMulticast, strict.promiscuous) = (true, true)
        wish(3, flags: DRYDOCK_FILTER_ALL_MULTICAST, strict) { _, wish in
            #expect(wish.groupCount == 0 && !wish.allMulticast && wish.promiscuous)
        }
    }

    @Test func `a hash table has a bit a group`() {
        wish(3) { filter, _ in #expect(filter.hash64 { UInt32($0.octets[5]) * 21 } == 1 | 1 << 21 | 1 << 42) }
    }

    @Test func `only VLANs that pass otherwise than before are told`() throws {
        func changes(_ now: FilterWish, _ before: FilterWish?) -> [(Int, Bool)] {
            var out: [(Int, Bool)] = []
            try? now.forChangedVLANs(since: before) { out.append(($0, $1)) }
            return out
        }
        let all = wish(0) { $1 }, listed = wish(0, vlans: [5, 4095], flags: DRYDOCK_FILTER_VLAN) { $1 }
        let other = wish(0, vlans: [6, 4095], flags: DRYDOCK_FILTER_VLAN) { $1 }
        #expect(changes(all, nil).count == 4096 && changes(listed, nil).map(\.0) == [0, 5, 4095])
        #expect(changes(other, listed).map(\.0) == [5, 6] && changes(other, listed).map(\.1) == [false, true])
        #expect(changes(other, other).isEmpty && listed.passes(vlan: 0))
    }
}
