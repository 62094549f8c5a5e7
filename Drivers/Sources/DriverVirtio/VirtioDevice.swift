public import DriverKit
public import VirtioRegisters

/// The registers of one virtio device over PCI, found through its capabilities, and the handshake: what any kind of device has.
/// virtio 1.2 §4.1.4, §3.1
public struct VirtioDevice {
    public let services: Services
    let common: RegisterAccess<VirtioRegister>, isr: RegisterAccess<VirtioRegister>
    private let notify: Place, multiplier: UInt32, config: Place

    /// Where a structure lies.
    private struct Place {
        var region: UInt32, offset: UInt32, length: UInt32, at: UInt32
    }

    /// - Throws: `.gone`; `.unsuitable` for what is not there or makes no sense.
    public init(_ services: Services) throws(DriverFailure) {
        self.services = services
        guard services.config(0, width: 2) != 0xFFFF else { throw .gone }
        guard let common = VirtioDevice.find(VirtioCapability.common, services) else {
            throw .unsuitable("a legacy device: it has no capability for the common configuration of virtio 1.0")
        }
        guard let isr = VirtioDevice.find(VirtioCapability.isr, services), let notify = VirtioDevice.find(VirtioCapability.notify, services),
              let config = VirtioDevice.find(VirtioCapability.device, services) else {
            throw .unsuitable("a capability for interrupt status, notification or device configuration is missing")
        }
        (self.notify, self.config) = (notify, config)
        multiplier = services.config(notify.at + VirtioCapability.multiplierAt, width: 4)
        self.common = try VirtioDevice.open(common, services, from: VirtioRegister.deviceFeatureSelect, VirtioRegister.commonOctets)
        self.isr = try VirtioDevice.open(isr, services, from: VirtioRegister.isr, 1)
    }

    private static func open<Map: RegisterMap>(_ place: Place, _ services: Services, from first: Map,
                                               _ needed: UInt32) throws(DriverFailure) -> RegisterAccess<Map> {
        guard place.length >= needed else { throw .unsuitable("a register structure is shorter than its capability must say") }
        return try RegisterAccess(services, region: place.region, start: place.offset, from: first.rawValue, needed: needed)
    }

    /// The first capability of a type whose region may be used. virtio 1.2 §4.1.4.1
    private static func find(_ type: UInt32, _ services: Services) -> Place? {
        var at = services.config(0x34, width: 1) & ~3
        // A list that a device made into a loop ends too: 48 capabilities fill configuration space.
        for _ in 0..<48 where at >= 0x40 {
            let place = Place(
                region: services.config(at + VirtioCapability.regionAt, width: 1), offset: services.config(at + VirtioCapability.offsetAt, width: 4),
                length: services.config(at + VirtioCapability.lengthAt, width: 4), at: at)
            if services.config(at, width: 1) == VirtioCapability.identifier,
               services.config(at + VirtioCapability.typeAt, width: 1) == type, place.region <= 5 { return place }
            at = services.config(at + 1, width: 1) & ~3
        }
        return nil
    }

    /// The configuration of the kind of device, which `Map` describes from `first` on: as many of `octets` as there are.
    public func configuration<Map: RegisterMap>(from first: Map, octets: UInt32) throws(DriverFailure) -> (io: RegisterAccess<Map>, octets: UInt32) {
        let there = min(config.length, octets)
        return (try VirtioDevice.open(config, services, from: first, there), there)
    }

    /// The register that a queue is notified by. virtio 1.2 §4.1.4.4
    func doorbell(_ queue: UInt32) throws(DriverFailure) -> RegisterAccess<VirtioRegister> {
        common.write(.queueSelect, queue)
        let (distance, overflow) = common.read(.queueNotifyOff).multipliedReportingOverflow(by: multiplier)
        guard !overflow, notify.length >= 2, distance <= notify.length - 2 else { throw .unsuitable("a queue's notification lies outside of its structure") }
        return try RegisterAccess(services, region: notify.region, start: notify.offset &+ distance, from: VirtioRegister.notify.rawValue, needed: 2)
    }
}

// The handshake.
extension VirtioDevice {
    var status: UInt32 { common.read(.deviceStatus) }
    private func add(_ bit: Field) { common.write(.deviceStatus, status | bit.mask) }

    /// The queues are there: from now on the device works. virtio 1.2 §3.1.1 step 8
    public func go() { add(DeviceStatus().driverOK) }

    /// The device has given up. virtio 1.2 §2.1.2
    public var needsReset: Bool { DeviceStatus().needsReset.isSet(status) }
    /// The device has left the bus.
    public var isGone: Bool { status == 0xFF && services.config(0, width: 2) == 0xFFFF }

    /// Writing zero resets; the device has done so when it reads as zero. virtio 1.2 §4.1.4.3.2
    public func reset() throws(DriverFailure) {
        common.write(.deviceStatus, 0)
        try services.settle("device_status 0 after a reset", within: 1_000_000, step: 100) { () throws(DriverFailure) in
            let status = status
            guard status != 0xFF else { throw .gone }
            return status == 0
        }
    }

    /// Reset to FEATURES_OK. `choose` is given what the device offers and says what of it is wanted. virtio 1.2 §3.1.1 steps 1 to 6
    public func negotiate(_ choose: (VirtioFeatures) -> VirtioFeatures) throws(DriverFailure) -> VirtioFeatures {
        try reset()
        add(DeviceStatus().acknowledge)
        add(DeviceStatus().driver)
        var offered: UInt64 = 0
        for half in UInt32(0)..<2 {
            common.write(.deviceFeatureSelect, half)
            guard common.read(.deviceFeatureSelect) == half else { throw .unsuitable("device_feature_select does not keep what is written") }
            let bits = common.read(.deviceFeature)
            guard bits != .max else { throw .gone }
            offered |= UInt64(bits) << UInt64(32 * half)
        }
        let features = choose(VirtioFeatures(rawValue: offered))
        guard features.contains(.version1) else { throw .unsuitable("a legacy device: it does not offer VERSION_1") }
        for half in UInt32(0)..<2 {
            common.write(.driverFeatureSelect, half)
            common.write(.driverFeature, UInt32(truncatingIfNeeded: features.rawValue >> UInt64(32 * half)))
        }
        add(DeviceStatus().featuresOK)
        guard DeviceStatus().featuresOK.isSet(status) else { throw .unsuitable("the device takes none of the feature sets that were offered") }
        return features
    }

    /// The same with features that were negotiated before.
    public func negotiate(again features: VirtioFeatures) throws(DriverFailure) {
        guard try negotiate({ $0.intersection(features) }) == features else { throw .unsuitable("the device offers other features than before") }
    }

    /// Reads of several fields that belong together: again, when the configuration changed meanwhile. virtio 1.2 §2.5.3
    public func consistently<R>(_ read: () -> R) throws(DriverFailure) -> R {
        for _ in 0..<100 {
            let before = common.read(.configGeneration), value = read()
            if common.read(.configGeneration) == before { return value }
        }
        throw .timedOut("a configuration that stands still")
    }

    /// Binds interrupts to a vector; the device says whether it could. virtio 1.2 §4.1.5.1.2
    func bind(_ register: VirtioRegister, to vector: UInt32) throws(DriverFailure) {
        common.write(register, vector)
        guard common.read(register) == vector else { throw .noInterrupt }
    }

    /// A reset that is not waited for: no interrupt, no DMA.
    public func silence() { common.write(.deviceStatus, 0) }
}
