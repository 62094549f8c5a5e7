public import CDriver
public import DriverKit
import HostLink

extension AFXDP {
    public mutating func interrupt(_ vector: UInt32) -> Events {
        if vector == HostInterface.vector { return linkEvent() }
        return core.interrupted() ? [.receive, .transmit] : .foreign
    }

    public mutating func timer(_ number: UInt32) -> Events {
        guard core.state == .running, socket.isOpen else { return [] }
        if socket.value.transmit.waiting > 0 { push() }
        return .transmit
    }

    private mutating func linkEvent() -> Events {
        let events = core.linkEvent()
        if core.state == .gone {
            try? services.watch(AFXDP.frames, nil)
            core.end()
        }
        return events
    }

    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        guard core.state != .gone else { throw .gone }
        try members.apply(filter, promiscuous: settings.link.promiscuous, core.host, services, AFXDP.name)
    }

    public mutating func media() throws(DriverFailure) -> drydock_media { core.media() }
    public mutating func setMedia(_ media: drydock_media) throws(DriverFailure) { throw .unsupported }
    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) { try core.setMTU(octets) }

    public mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure) {
        guard core.state != .gone else { throw .gone }
        guard enabled & ~AFXDP.capabilities == 0 else { throw .unsupported }
    }

    public mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure) {
        countMissed()
        core.counters[DRYDOCK_RX_MISSED] = missedBefore &+ missedNow
        core.statistics(into: &out)
    }

    public static func describe() -> UnsafePointer<drydock_description>? { unsafe LinkVariables.description }
}
