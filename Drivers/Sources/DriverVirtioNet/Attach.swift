public import CDriver
public import DriverKit
import VirtioNetRegisters

/// Which vector says what. virtio 1.2 §4.1.5.1.2
struct Vectors: Sendable {
    /// MSI-X; otherwise the line, and the interrupt status register.
    var messages: Bool
    var granted: UInt32

    /// The configuration has the first, each pair of queues one of the others; what there is not is shared.
    func pair(_ pair: Int) -> UInt32? { messages ? (granted == 1 ? 0 : 1 + UInt32(pair) % (granted - 1)) : nil }
}

// Bring-up in the order of virtio 1.2 §3.1.1, and its undoing.
extension VirtioNet {
    public static func attach(_ services: Services, _ options: inout Options, _ live: Live<VirtioNetVariables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> VirtioNet {
        guard match(services.identity) > 0 else { throw .unsuitable("not a virtio network device") }
        let settings = try Settings(&options), device = try Device(services)
        try services.command(set: PCICommand.memory | PCICommand.busMaster, clear: PCICommand.interruptDisable)
        do throws(DriverFailure) {
            let driver = try bringUp(device, settings, live)
            driver.fill(&interface)
            return driver
        } catch {
            device.silence()
            services.disableInterrupts()
            throw error
        }
    }

    /// Everything that this driver can use.
    static func wanted(_ settings: Settings) -> VirtioFeatures {
        var out: VirtioFeatures = [
            .checksum, .guestChecksum, .mtu, .mac, .hostTSO4, .hostTSO6, .mergeable, .status, .control, .controlReceive, .controlAddress,
            .eventIndex, .version1, .accessPlatform, .orderPlatform, .speedDuplex,
        ]
        if settings.queues > 1 { out.insert(.multiqueue) }
        if settings.filtersVLANs { out.insert(.controlVLAN) }
        return out
    }

    private static func bringUp(_ device: Device, _ settings: Settings, _ live: Live<VirtioNetVariables>) throws(DriverFailure) -> VirtioNet {
        let features = try device.negotiate(VirtioNet.wanted(settings)), merges = features.contains(.mergeable)
        let config = try device.consistently {
            (address: features.contains(.mac) ? device.address : 0,
             pairs: features.contains(.multiqueue) ? max(device.config.read(.pairs), 1) : 1,
             mtu: features.contains(.mtu) ? device.config.read(.mtu) : merges ? VirtioNet.longestMTU : 1500)
        }
        guard features.contains(.mac) || settings.address != nil else { throw .unsuitable("the device has no address; give it one with mac=") }
        guard settings.address == nil || settings.address?.number == config.address || features.contains(.controlAddress) else {
            throw .unsuitable("the device lets nobody change its address, as mac= asks for")
        }
        var settings = settings
        settings.longestMTU = max(min(config.mtu, VirtioNet.longestMTU), 68)
        settings.permanent = config.address
        guard settings.mtu ?? 0 <= settings.longestMTU else { throw .unsuitable("the device carries no frames of the length that mtu= asks for") }
        settings.mtu = min(settings.mtu ?? 1500, settings.longestMTU)
        let pairs = min(settings.queues, config.pairs), events = features.contains(.eventIndex), (receive, transmit) = (settings.receive, settings.transmit)
        return VirtioNet(
            device, settings, live, features,
            receive: try OwnedList(count: Int(pairs)) { (k) throws(DriverFailure) in
                try Virtqueue(device, index: UInt32(2 * k), atMost: 2 * receive, eventIndex: events)
            },
            transmit: try OwnedList(count: Int(pairs)) { (k) throws(DriverFailure) in
                try Virtqueue(device, index: UInt32(2 * k + 1), atMost: 2 * transmit, eventIndex: events)
            },
            // Behind all pairs that the device has, used or not. virtio 1.2 §5.1.2
            control: try OwnedList(count: features.contains(.control) ? 1 : 0) { (_) throws(DriverFailure) in
                ControlQueue(try Virtqueue(device, index: 2 * config.pairs, atMost: 64, eventIndex: events))
            },
            try VirtioNet.interrupts(device.services, pairs: pairs))
    }

    private init(_ device: Device, _ settings: Settings, _ live: Live<VirtioNetVariables>, _ features: VirtioFeatures,
                 receive: consuming OwnedList<Virtqueue>, transmit: consuming OwnedList<Virtqueue>, control: consuming OwnedList<ControlQueue>,
                 _ vectors: Vectors) {
        (services, self.device, self.live, self.settings) = (device.services, device, live, settings)
        (self.features, self.vectors) = (features, vectors)
        done = ReturnQueue(capacity: VirtioNet.slots(transmit) + transmit[0].layout.size)
        self.receive = receive
        self.transmit = transmit
        self.control = control
        offloads = VirtioNet.capabilities(features)
        filters = FilterWish(address: settings.address?.number ?? settings.permanent, promiscuous: settings.promiscuous)
        live.value.verbose = settings.verbose
    }

    /// Descriptors of some queues.
    static func slots(_ queues: borrowing OwnedList<Virtqueue>) -> Int { queues.count * queues[0].layout.size }

    /// As many vectors as are of use, or what there is.
    private static func interrupts(_ services: Services, pairs: UInt32) throws(DriverFailure) -> Vectors {
        if let granted = try? services.enableInterrupts(UInt32(DRYDOCK_MSIX.rawValue), vectors: 1 + pairs) {
            return Vectors(messages: true, granted: granted)
        }
        return Vectors(messages: false, granted: try services.enableInterrupts(UInt32(DRYDOCK_INTX.rawValue), vectors: 1))
    }

    private func fill(_ out: inout drydock_interface) {
        out.mac = HardwareAddress(filters.address).tuple
        out.permanent_mac = HardwareAddress(settings.permanent).tuple
        (out.capabilities, out.enabled) = (offloads, offloads)
        (out.mtu, out.maximum_mtu) = (settings.mtu ?? 1500, settings.longestMTU)
        out.receive_slots = UInt32(VirtioNet.slots(receive) / 2)
        out.transmit_slots = UInt32(VirtioNet.slots(transmit) / 2)
        out.vectors = UInt16(truncatingIfNeeded: vectors.granted)
        out.describe("virtio network device")
    }

    public mutating func start() throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard state != .running else { return }
        guard done.isEmpty, state == .attached || receiveIsEmpty else { throw .busy }
        do throws(DriverFailure) { try bringUp() } catch {
            device.silence()
            throw error
        }
    }

    /// Handshake, queues, DRIVER_OK, filters, buffers. virtio 1.2 §3.1.1
    mutating func bringUp() throws(DriverFailure) {
        try services.command(set: PCICommand.busMaster)
        guard try device.negotiate(features) == features else { throw .unsuitable("the device offers other features than before") }
        if vectors.messages { try device.bind(.configVector, to: 0) }
        for pair in 0..<receive.count {
            try receive[pair].program(device, vector: vectors.pair(pair))
            try transmit[pair].program(device, vector: vectors.pair(pair))
        }
        if control.count > 0 { try control[0].queue.program(device, vector: nil) }
        device.add(DeviceStatus().driverOK)
        state = .running
        if receive.count > 1 {
            control[0].begin(.pairs)
            control[0].put(UInt16(receive.count))
            try control[0].send(services)
        }
        try applyFilters(before: nil)
        for pair in 0..<receive.count { receive[pair].publish() }
        linkUp = linkIsUp
        watch = Watch()
        services.setTimer(Watch.timer, microseconds: UInt64(live.value.watchdogMicroseconds))
    }

    public mutating func stop() throws(DriverFailure) {
        guard state == .running else { return }
        services.setTimer(Watch.timer, microseconds: 0)
        state = .stopped
        defer { abandonTransmit() }
        try device.reset()
    }

    public consuming func detach() {
        if state == .running { try? stop() }
        device.silence()
        services.disableInterrupts()
    }

    public mutating func quiesce() {
        device.silence()
        state = .gone
    }
}

extension Device {
    /// Octet by octet. virtio 1.2 §4.1.3.1
    var address: UInt64 {
        var out: UInt64 = 0
        for octet in UInt32(0)..<6 { out |= UInt64(config.read(.mac, at: octet)) << UInt64(8 * octet) }
        return out
    }
}

extension HardwareAddress {
    init(_ number: UInt64) { self.init(low: UInt32(truncatingIfNeeded: number), high: UInt32(truncatingIfNeeded: number >> 32)) }
}
