public import CDriver
public import DriverKit
public import HostLink

extension AFXDP {
    public static func attach(_ services: Services, _ options: inout Options, _ variables: Live<LinkVariables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> AFXDP {
        let settings = try Settings(&options)
        let host = try HostInterface.find(services, name, settings.link.name)
        let memory = unsafe try services.packetMemory()
        let slots = unsafe SlotTable(start: memory.device_address, octets: memory.length)
        // Opened and closed again: what the host refuses is said at the mount. The interface is the kernel's until the start.
        try report(services, settings, unsafe Socket.open(services, settings, host, memory))
        let permanent = host.address
        let members = try Memberships.make(services, name, own: settings.link.address ?? permanent)
        variables.value.verbose = settings.link.verbose
        let core = try LinkCore(name, services, variables, host, mtu: settings.link.mtu, mtuRange, needsCarrier: true, counters: counters)
        core.fill(&interface, "AF_XDP on", mac: settings.link.address ?? permanent, permanent: permanent, capabilities: capabilities,
                  receive: settings.link.receive, transmit: settings.link.transmit)
        return AFXDP(core: core, settings: settings, slots: slots, members: members)
    }

    init(core: consuming LinkCore, settings: Settings, slots: consuming SlotTable, members: consuming Memberships) {
        self.core = core
        self.settings = settings
        self.slots = slots
        self.members = members
        refused = ReturnQueue(capacity: Int(settings.link.transmit))
    }

    private static func report(_ services: Services, _ settings: Settings, _ socket: borrowing Socket) throws(DriverFailure) {
        let (generic, zeroCopy) = (socket.isGeneric, socket.isZeroCopy)
        services.log(.notice) { line in
            line.text("afxdp: ")
            settings.link.name.describe(to: &line)
            line.text(" queue ")
            line.decimal(settings.queue)
            line.text(generic ? ", generic XDP" : ", native XDP")
            line.text(zeroCopy ? ", zero copy" : ", with copies")
        }
    }

    public mutating func start() throws(DriverFailure) {
        guard try core.mayStart() else { return }
        guard slots.receiving + slots.sending == 0, refused.isEmpty else { throw .busy }
        let memory = unsafe try services.packetMemory()
        let opened = unsafe try Socket.open(services, settings, core.host, memory)
        try services.watch(AFXDP.frames, opened.descriptor.raw)
        socket.open(opened)
        isPaused = false
        core.started()
    }

    /// Closing the socket is what takes the buffers from the kernel: no other way does.
    public mutating func stop() throws(DriverFailure) {
        services.setTimer(AFXDP.retry, microseconds: 0)
        try? services.watch(AFXDP.frames, nil)
        countMissed()
        (missedBefore, missedNow) = (missedBefore &+ missedNow, 0)
        socket.close()
        core.stopped()
    }

    public consuming func detach() {
        try? stop()
        core.end()
    }

    /// The program goes, and with it what the kernel writes into packet memory. The socket goes with the process.
    public mutating func quiesce() {
        if socket.isOpen { socket.value.letGo() }
        core.vanish()
    }

    mutating func countMissed() { if socket.isOpen { missedNow = socket.value.missed } }
}
