import CHostLink
public import CDriver
public import DriverKit
public import HostLink

extension Tap {
    public static func attach(_ services: Services, _ options: inout Options, _ variables: Live<LinkVariables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> Tap {
        let settings = try Settings(&options)
        var called = hostlink_interface()
        let opened = unsafe settings.link.name.withCString { unsafe hostlink_tap_open($0, settings.header ? 1 : 0, &called.name) }
        let tap = HostDescriptor(try services.granted(name, "TAP interface ", of: settings.link.name, opened))
        let host = try HostInterface.find(services, name, HostName(called))
        // No cable until the stack's interface is up: the kernel then sees that nobody reads.
        _ = try services.granted(name, "TUNSETCARRIER", hostlink_tap_carrier(tap.raw, 0))
        let capabilities = Tap.capabilities(settings)
        if settings.header { _ = try services.granted(name, "TUNSETOFFLOAD", hostlink_tap_offload(tap.raw, HOSTLINK_OFFLOAD_CHECKSUM)) }
        variables.value.verbose = settings.link.verbose
        let permanent = otherEnd(of: host.address)
        let core = try LinkCore(name, services, variables, host, mtu: settings.link.mtu, needsCarrier: false, counters: TapTransmitter.counters)
        core.fill(&interface, "TAP interface", mac: settings.link.address ?? permanent, permanent: permanent, capabilities: capabilities,
                  receive: settings.link.receive, transmit: settings.link.transmit)
        if settings.link.verbose > 0 {
            let name = core.host.name
            services.log(.info) { $0.text("tap: the other end of "); name.describe(to: &$0); $0.text(settings.header ? ", with offloads" : ", without offloads") }
        }
        return Tap(core: core, tap: tap, settings: settings, receive: TapReceiver(settings), transmit: TapTransmitter(settings), offloads: interface.enabled)
    }

    /// An address for our end that is always the same for a given interface and never the kernel's own: locally administered
    /// (IEEE 802 §8.2), with the last bit turned.
    static func otherEnd(of address: HardwareAddress) -> HardwareAddress {
        var other = address
        other.octets[0] = (other.octets[0] | 2) & ~1
        other.octets[5] ^= 1
        return other
    }

    public mutating func start() throws(DriverFailure) {
        guard try core.mayStart() else { return }
        guard transmit.isEmpty, !receive.isDraining else { throw .busy }
        receive.discard(tap.raw)
        try services.watch(Tap.frames, tap.raw)
        _ = try services.granted(Tap.name, "TUNSETCARRIER", hostlink_tap_carrier(tap.raw, 1))
        core.started()
    }

    public mutating func stop() throws(DriverFailure) {
        services.setTimer(Tap.retry, microseconds: 0)
        try? services.watch(Tap.frames, nil)
        _ = hostlink_tap_carrier(tap.raw, 0)
        receive.drain()
        core.stopped()
    }

    public consuming func detach() {
        try? stop()
        core.end()
    }

    /// The descriptor goes with the process; until then nobody reads.
    public mutating func quiesce() {
        _ = hostlink_tap_carrier(tap.raw, 0)
        core.vanish()
    }
}
