public import CDriver
public import DriverKit
public import DriverVirtio
import VirtioNetRegisters
import VirtioRegisters

/// The driver of virtio network devices over PCI with the modern interface. virtio 1.2 §5.1
///
/// What any virtio device has (registers, handshake, queues) is in `DriverVirtio`, what any driver has in `NICDriver`. Here is what a
/// network device is: its options and features, what is asked of it (`Device`), its packets (`Frames`).
public struct VirtioNet: VirtioDriver, FrameSender, ~Copyable {
    public static var name: StaticString { "virtio-net" }
    public static var prefix: StaticString { "vt" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString {
        """
        mac=XX:XX:XX:XX:XX:XX  use this address, not the device's
        promiscuous            accept every frame
        nomulticast            accept no multicast frame
        vlanfilter             let the device drop frames of VLANs that are not configured
        verbose[=0..2]         log more
        mtu=68..9000           octets of payload (default 1500, or what the device carries)
        receive=16..4096       receive buffers a queue at most (default 256)
        transmit=16..4096      transmit buffers a queue at most (default 256)
        queues=1..8            pairs of queues, when the device has them (default 1)
        """
    }

    /// 0x1041 has the modern interface only; 0x1000 may have both. virtio 1.2 §4.1.2
    public static func match(_ identity: drydock_identity) -> Int32 {
        identity.vendor == 0x1AF4 && (identity.device == 0x1041 || identity.device == 0x1000) ? 100 : 0
    }

    public var core: DriverCore<OnlyUsualVariables>
    public let device: VirtioDevice, interrupts: VirtioInterrupts
    let config: RegisterAccess<VirtioNetRegister>, features: VirtioFeatures
    /// As many of each as there are queue pairs; one control queue or none.
    var receive: OwnedList<Virtqueue>, transmit: OwnedList<Virtqueue>, control: OwnedList<CommandQueue>

    public static func attach(_ services: Services, _ options: inout Options, _ live: Live<OnlyUsualVariables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> VirtioNet {
        guard match(services.identity) > 0 else { throw .unsuitable("not a virtio network device") }
        let settings = try Settings(&options), device = try VirtioDevice(services)
        return try services.claim(silence: { device.silence() }) { () throws(DriverFailure) in
            try VirtioNet(device, settings, live, &interface)
        }
    }

    private init(_ device: VirtioDevice, _ settings: Settings, _ live: Live<OnlyUsualVariables>,
                 _ interface: inout drydock_interface) throws(DriverFailure) {
        let (config, octets) = try device.configuration(from: VirtioNetRegister.mac, octets: VirtioNetRegister.octets), station = settings.station
        let features = try device.negotiate { $0.intersection(settings.wanted(.readable(octets))).consistent }
        let (address, pairs, mtu) = try device.consistently {
            (features.contains(.mac) ? HardwareAddress(octets: config, .mac) : HardwareAddress(number: 0), features.contains(.multiqueue) ? max(config.read(.pairs), 1) : 1,
             features.contains(.mtu) ? config.read(.mtu) : features.contains(.mergeable) ? 9000 : 1500)
        }
        let permanent = try station.permanent(address), longest = max(min(mtu, 9000), 68), used = Int(min(settings.queues, pairs))
        guard station.address?.number ?? address.number == address.number || features.contains(.controlAddress) else {
            throw .unsuitable("the device lets nobody change its address, as mac= asks for")
        }
        guard station.mtu ?? 0 <= longest else { throw .unsuitable("the device carries no frames of the length that mtu= asks for") }
        let receive = try OwnedList(count: used) { (k) throws(DriverFailure) in
            try Virtqueue(device, index: UInt32(2 * k), atMost: station.receive, features)
        }
        let transmit = try OwnedList(count: used) { (k) throws(DriverFailure) in
            try Virtqueue(device, index: UInt32(2 * k + 1), atMost: 2 * station.transmit, features)
        }
        // Behind all pairs that the device has, used or not. virtio 1.2 §5.1.2
        let control = try OwnedList(count: features.contains(.control) ? 1 : 0) { (_) throws(DriverFailure) in
            CommandQueue(try Virtqueue(device, index: 2 * pairs, atMost: 64, features))
        }
        (interrupts, self.device, self.config, self.features) = (try VirtioInterrupts(device.services, groups: used), device, config, features)
        core = DriverCore(device.services, live, station, permanent: permanent, capabilities: VirtioNet.capabilities(features),
                          mtu: min(1500, longest), longestMTU: longest, transmitBuffers: used * 2 * Int(station.transmit))
        self.receive = receive
        self.transmit = transmit
        self.control = control
        core.describe(&interface, "virtio network device", receive: used * self.receive[0].size, transmit: used * self.transmit[0].size / 2,
                      vectors: interrupts.granted)
    }

    /// What of the contract's abilities a device with `features` has.
    private static func capabilities(_ features: VirtioFeatures) -> UInt32 {
        let sums = DRYDOCK_CAP_TCP4CSUM_TX | DRYDOCK_CAP_UDP4CSUM_TX | DRYDOCK_CAP_TCP6CSUM_TX | DRYDOCK_CAP_UDP6CSUM_TX
        let verdicts = DRYDOCK_CAP_TCP4CSUM_RX | DRYDOCK_CAP_UDP4CSUM_RX | DRYDOCK_CAP_TCP6CSUM_RX | DRYDOCK_CAP_UDP6CSUM_RX
        func ability(_ feature: VirtioFeatures, _ bits: UInt32) -> UInt32 { features.contains(feature) ? bits : 0 }
        return DRYDOCK_CAP_VLAN_MTU | ability(.checksum, sums) | ability(.guestChecksum, verdicts) | ability(.mergeable, DRYDOCK_CAP_JUMBO)
            | ability(.hostTSO4, DRYDOCK_CAP_TSO4) | ability(.hostTSO6, DRYDOCK_CAP_TSO6) | ability(.controlVLAN, DRYDOCK_CAP_VLAN_FILTER)
    }
}

/// What the options ask for, checked.
struct Settings {
    var station = StationOptions(mtu: 68...9000, "68 to 9000 octets", ring: 16...4096, "16 to 4096 buffers", size: 256)
    var filtersVLANs = false, queues: UInt32 = 1

    /// Reads all options; the first that is wrong is named in the log.
    init(_ options: inout Options) throws(DriverFailure) {
        while let option = options.next() {
            if try station.take(option, options) { continue }
            if options.named(option, "vlanfilter") {
                filtersVLANs = try options.flag(option)
            } else if options.named(option, "queues") {
                queues = try options.number(option, in: 1...8, allowed: "1 to 8 pairs of queues")
            } else {
                throw options.refuse(option, "is not known", allowed: "mac= promiscuous nomulticast vlanfilter verbose mtu= receive= transmit= queues=")
            }
        }
    }

    /// Features that are of use, with those whose part of the configuration can be read.
    func wanted(_ readable: VirtioFeatures) -> VirtioFeatures {
        let out: VirtioFeatures = [.checksum, .guestChecksum, .hostTSO4, .hostTSO6, .mergeable, .control, .controlReceive, .controlAddress]
        return out.union(.transport).union(filtersVLANs ? .controlVLAN : []).union(queues > 1 ? readable : readable.subtracting(.multiqueue))
    }
}
