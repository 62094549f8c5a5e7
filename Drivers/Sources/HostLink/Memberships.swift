import CHostLink
public import DriverKit

/// What the stack wants the host's interface to let in: held by a socket of its own, and forgotten by the kernel with it.
public struct Memberships: ~Copyable {
    private let socket: HostDescriptor
    private let address = OwnedArray<UInt8>(repeating: 0, count: 6)
    /// The stack's address, where the interface's is another.
    private var unicast: UInt64 = 0
    /// What has been asked for: an interface lets in that and more.
    public private(set) var filter: AddressFilter

    /// - Parameter own: the stack's address until a filter names another.
    public static func make(_ services: Services, _ driver: StaticString, own: HardwareAddress) throws(DriverFailure) -> Memberships {
        Memberships(socket: HostDescriptor(try services.granted(driver, "a packet socket", hostlink_packet_open())), filter: AddressFilter(own: own))
    }

    private init(socket: consuming HostDescriptor, filter: AddressFilter) {
        self.socket = socket
        self.filter = filter
    }

    /// Joins and leaves. What the host itself lets in comes as well.
    public mutating func apply(_ wanted: Filter, promiscuous always: Bool, _ host: borrowing HostInterface, _ services: Services,
                               _ driver: StaticString) throws(DriverFailure) {
        guard wanted.address.isStation else { throw .invalid }
        let tooMany = wanted.multicastCount > AddressFilter.most, index = host.index
        func set(_ kind: UInt32, _ number: UInt64, _ add: Bool) throws(DriverFailure) {
            for i in 0..<6 { address[i] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(i))) }
            let status = unsafe address.withPointer { [raw = socket.raw] in unsafe hostlink_packet_member(raw, index, kind, $0, add ? 1 : 0) }
            _ = try services.granted(driver, "a packet membership", status)
        }
        if (wanted.promiscuous || always) != filter.isPromiscuous {
            try set(HOSTLINK_PROMISCUOUS, 0, !filter.isPromiscuous)
            filter.isPromiscuous.toggle()
        }
        if (wanted.allMulticast || tooMany) != filter.hasAllGroups {
            try set(HOSTLINK_ALL_MULTICAST, 0, !filter.hasAllGroups)
            filter.hasAllGroups.toggle()
        }
        filter.own = wanted.address.number
        let extra = filter.own == host.address.number ? 0 : filter.own
        if extra != unicast {
            if unicast != 0 { try set(HOSTLINK_UNICAST, unicast, false) }
            unicast = 0
            if extra != 0 { try set(HOSTLINK_UNICAST, extra, true) }
            unicast = extra
        }
        while let group = filter.leave() { try set(HOSTLINK_MULTICAST, group, false) }
        for i in 0..<(tooMany ? 0 : wanted.multicastCount) {
            let group = wanted.multicast(i).number
            try set(HOSTLINK_MULTICAST, group, true)
            filter.join(group)
        }
    }
}
