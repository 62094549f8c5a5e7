import CHostLink
public import CDriver
public import DriverKit
import HostLink

extension Tap {
    public mutating func interrupt(_ vector: UInt32) -> Events {
        if vector == HostInterface.vector { return linkEvent() }
        return core.interrupted() ? .receive : .foreign
    }

    public mutating func timer(_ number: UInt32) -> Events { core.state == .running ? .transmit : [] }

    private mutating func linkEvent() -> Events {
        let events = core.linkEvent()
        if core.state == .gone { unwatch() }
        return events
    }

    /// The descriptor has lost its interface.
    mutating func lost() {
        core.fail()
        unwatch()
    }

    private func unwatch() {
        try? services.watch(Tap.frames, nil)
        try? services.watch(HostInterface.vector, nil)
    }

    /// The kernel passes on what is for us only: our address, everybody's, and the groups that were joined.
    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        guard core.state != .gone else { throw .gone }
        guard filter.address.isStation else { throw .invalid }
        // The kernel looks at the first eight exactly and at a hash of the others; it does not know promiscuous but as "no filter".
        let groups = filter.multicastCount
        guard !filter.promiscuous, !settings.link.promiscuous, groups <= 128 else { return try apply(OwnedArray(repeating: 0, count: 6), count: 0, all: false) }
        let list = OwnedArray<UInt8>(repeating: 0xFF, count: (groups + 2) * 6)
        for i in 0..<6 { list[i] = filter.address.octets[i] }
        for group in 0..<groups {
            let address = filter.multicast(group)
            for i in 0..<6 { list[(group + 2) * 6 + i] = address.octets[i] }
        }
        try apply(list, count: groups + 2, all: filter.allMulticast)
    }

    private func apply(_ list: borrowing OwnedArray<UInt8>, count: Int, all: Bool) throws(DriverFailure) {
        let status = unsafe list.withPointer { unsafe hostlink_tap_filter(tap.raw, $0, UInt32(count), all ? 1 : 0) }
        _ = try services.granted(Tap.name, "TUNSETTXFILTER", status)
    }

    public mutating func media() throws(DriverFailure) -> drydock_media { core.media() }
    public mutating func setMedia(_ media: drydock_media) throws(DriverFailure) { throw .unsupported }
    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) { try core.setMTU(octets) }

    public mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure) {
        guard core.state != .gone else { throw .gone }
        guard enabled & ~Tap.capabilities(settings) == 0 else { throw .unsupported }
        if settings.header {
            let sums = enabled & Tap.receiveSums != 0 ? HOSTLINK_OFFLOAD_CHECKSUM : 0
            let joined = sums != 0 && enabled & DRYDOCK_CAP_JOIN_RX != 0 ? HOSTLINK_OFFLOAD_JOINED : 0
            _ = try services.granted(Tap.name, "TUNSETOFFLOAD", hostlink_tap_offload(tap.raw, sums | joined))
        }
        offloads = enabled
    }

    public mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure) { core.statistics(into: &out) }

    public static func describe() -> UnsafePointer<drydock_description>? { unsafe LinkVariables.description }
}
