import CHostLink
public import CDriver
public import DriverKit
public import HostLink

extension AFPacket {
    public static func attach(_ services: Services, _ options: inout Options, _ variables: Live<LinkVariables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> AFPacket {
        let settings = try Settings(&options)
        let host = try HostInterface.find(services, name, settings.link.name)
        let receive = try BlockRing.make(services, settings, host.index)
        let transmit = try SlotRing.make(services, settings, host.index)
        let permanent = host.address
        let members = try Memberships.make(services, name, own: settings.link.address ?? permanent)
        variables.value.verbose = settings.link.verbose
        let mtu = settings.link.mtu ?? min(max(host.now.mtu, mtuRange.lowerBound), mtuRange.upperBound)
        let core = try LinkCore(name, services, variables, host, mtu: mtu, mtuRange, needsCarrier: true, counters: counters)
        core.fill(&interface, "packet socket on", mac: settings.link.address ?? permanent, permanent: permanent, capabilities: capabilities,
                  receive: settings.link.receive, transmit: settings.link.transmit)
        return AFPacket(core: core, settings: settings, receive: receive, transmit: transmit, members: members)
    }

    init(core: consuming LinkCore, settings: Settings, receive: consuming BlockRing, transmit: consuming SlotRing, members: consuming Memberships) {
        self.core = core
        self.settings = settings
        self.receive = receive
        self.transmit = transmit
        self.members = members
    }

    public mutating func start() throws(DriverFailure) {
        guard try core.mayStart() else { return }
        guard transmit.isHome, !receive.isDraining else { throw .busy }
        // Frames from before the start are nobody's.
        receive.discard()
        try services.watch(AFPacket.frames, receive.descriptor)
        core.started()
    }

    public mutating func stop() throws(DriverFailure) {
        services.setTimer(AFPacket.retry, microseconds: 0)
        try? services.watch(AFPacket.frames, nil)
        receive.drain()
        transmit.abandon(&core.counters)
        core.stopped()
    }

    /// The sockets are closed, and with them the memberships and the rings gone.
    public consuming func detach() {
        try? stop()
        core.end()
    }

    /// The kernel drops what is not read; the sockets go with the process.
    public mutating func quiesce() { core.vanish() }
}
