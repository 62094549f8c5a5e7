import CHostLink
public import CDriver
public import DriverKit
import HostLink

extension AFPacket {
    public mutating func interrupt(_ vector: UInt32) -> Events {
        if vector == HostInterface.vector { return linkEvent() }
        guard core.interrupted() else { return .foreign }
        // The interface going down is an error of the socket, once.
        if hostlink_pending(receive.descriptor) < 0 { return linkEvent().union(.receive) }
        return .receive
    }

    public mutating func timer(_ number: UInt32) -> Events {
        guard core.state == .running else { return [] }
        push()
        return .transmit
    }

    private mutating func linkEvent() -> Events {
        let events = core.linkEvent()
        if core.state == .gone {
            try? services.watch(AFPacket.frames, nil)
            core.end()
        }
        return events
    }

    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        guard core.state != .gone else { throw .gone }
        try members.apply(filter, promiscuous: settings.link.promiscuous, core.host, services, AFPacket.name)
    }

    public mutating func media() throws(DriverFailure) -> drydock_media { core.media() }
    public mutating func setMedia(_ media: drydock_media) throws(DriverFailure) { throw .unsupported }
    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) { try core.setMTU(octets) }

    public mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure) {
        guard core.state != .gone else { throw .gone }
        guard enabled & ~AFPacket.capabilities == 0 else { throw .unsupported }
        offloads = enabled
    }

    public mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure) {
        core.counters.add(DRYDOCK_RX_MISSED, UInt64(hostlink_packet_drops(receive.descriptor)))
        core.statistics(into: &out)
    }

    public static func describe() -> UnsafePointer<drydock_description>? { unsafe LinkVariables.description }
}
