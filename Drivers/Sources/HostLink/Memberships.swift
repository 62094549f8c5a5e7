import CHostLink
public import DriverKit

/// What the stack wants the host's interface to let in: held by a socket of its own, and forgotten by the kernel with it.
public struct Memberships: ~Copyable {
    /// Groups that are joined one by one; more of them are all of them.
    static var most: Int { 64 }

    private let socket: HostDescriptor
    private let address = OwnedArray<UInt8>(repeating: 0, count: 6)
    private var groups = InlineArray<64, UInt64>(repeating: 0)
    private var count = 0
    private var unicast: UInt64 = 0
    private var promiscuous = false, allMulticast = false

    public static func make(_ services: Services, _ driver: StaticString) throws(DriverFailure) -> Memberships {
        Memberships(socket: HostDescriptor(try services.granted(driver, "a packet socket", hostlink_packet_open())))
    }

    private init(socket: consuming HostDescriptor) { self.socket = socket }

    /// Joins and leaves. What the host itself lets in comes as well.
    public mutating func apply(_ filter: Filter, promiscuous always: Bool, _ host: borrowing HostInterface, _ services: Services,
                               _ driver: StaticString) throws(DriverFailure) {
        guard filter.address.isStation else { throw .invalid }
        let tooMany = filter.multicastCount > Memberships.most, index = host.index
        func set(_ kind: UInt32, _ number: UInt64, _ add: Bool) throws(DriverFailure) {
            for i in 0..<6 { address[i] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(i))) }
            let status = unsafe address.withPointer { [raw = socket.raw] in unsafe hostlink_packet_member(raw, index, kind, $0, add ? 1 : 0) }
            _ = try services.granted(driver, "a packet membership", status)
        }
        if (filter.promiscuous || always) != promiscuous {
            try set(HOSTLINK_PROMISCUOUS, 0, !promiscuous)
            promiscuous.toggle()
        }
        if (filter.allMulticast || tooMany) != allMulticast {
            try set(HOSTLINK_ALL_MULTICAST, 0, !allMulticast)
            allMulticast.toggle()
        }
        let own = filter.address.number == host.address.number ? 0 : filter.address.number
        if own != unicast {
            if unicast != 0 { try set(HOSTLINK_UNICAST, unicast, false) }
            unicast = 0
            if own != 0 { try set(HOSTLINK_UNICAST, own, true) }
            unicast = own
        }
        while count > 0 {
            try set(HOSTLINK_MULTICAST, groups[count - 1], false)
            count -= 1
        }
        for i in 0..<(tooMany ? 0 : filter.multicastCount) {
            try set(HOSTLINK_MULTICAST, filter.multicast(i).number, true)
            groups[count] = filter.multicast(i).number
            count += 1
        }
    }
}

extension HardwareAddress {
    /// As one number, octet 0 in the lowest bits.
    public var number: UInt64 { UInt64(low) | UInt64(high) << 32 }
}
