import CDriver
import DriverKit
import VirtioNetRegisters

/// The registers of one device, found through its capabilities, and the handshake. virtio 1.2 §4.1.4, §3.1
struct Device {
    let services: Services
    let common: Registers, isr: Registers, config: Registers
    private let notify: Place, multiplier: UInt32, configOctets: UInt32

    /// Where a structure lies.
    private struct Place {
        var region: UInt32, offset: UInt32, length: UInt32, at: UInt32
    }

    init(_ services: Services) throws(DriverFailure) {
        self.services = services
        guard services.config(0, width: 2) != 0xFFFF else { throw .gone }
        guard let common = Device.find(VirtioCapability.common, services) else {
            throw .unsuitable("a legacy device: it has no capability for the common configuration of virtio 1.0")
        }
        guard let isr = Device.find(VirtioCapability.isr, services), let notify = Device.find(VirtioCapability.notify, services),
              let config = Device.find(VirtioCapability.device, services) else {
            throw .unsuitable("a capability for interrupt status, notification or device configuration is missing")
        }
        self.common = try Device.open(common, services, .deviceFeatureSelect, VirtioNetRegister.commonOctets)
        self.isr = try Device.open(isr, services, .isr, 1)
        configOctets = min(config.length, VirtioNetRegister.configOctets)
        self.config = try Device.open(config, services, .mac, configOctets)
        self.notify = notify
        multiplier = services.config(notify.at + VirtioCapability.multiplierAt, width: 4)
    }

    private static func open(_ place: Place, _ services: Services, _ first: VirtioNetRegister, _ needed: UInt32) throws(DriverFailure) -> Registers {
        guard place.length >= needed else { throw .unsuitable("a register structure is shorter than its capability must say") }
        return try Registers(services, region: place.region, start: place.offset, from: first.rawValue, needed: needed)
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

    /// The register that a queue is notified by. virtio 1.2 §4.1.4.4
    func doorbell(_ queue: UInt32) throws(DriverFailure) -> Registers {
        common.write(.queueSelect, queue)
        let (distance, overflow) = common.read(.queueNotifyOff).multipliedReportingOverflow(by: multiplier)
        guard !overflow, notify.length >= 2, distance <= notify.length - 2 else { throw .unsuitable("a queue's notification lies outside of its structure") }
        return try Registers(services, region: notify.region, start: notify.offset &+ distance, from: VirtioNetRegister.notify.rawValue, needed: 2)
    }

    var status: UInt32 { common.read(.deviceStatus) }
    func add(_ bit: Field) { common.write(.deviceStatus, status | bit.mask) }

    /// Writing zero resets; the device has done so when it reads as zero. virtio 1.2 §4.1.4.3.2
    func reset() throws(DriverFailure) {
        common.write(.deviceStatus, 0)
        try services.settle("device_status 0 after a reset", within: 1_000_000, step: 100) { () throws(DriverFailure) in
            let status = status
            guard status != 0xFF else { throw .gone }
            return status == 0
        }
    }

    /// Reset to FEATURES_OK. virtio 1.2 §3.1.1 steps 1 to 6
    func negotiate(_ wanted: VirtioFeatures) throws(DriverFailure) -> VirtioFeatures {
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
        let features = VirtioFeatures(rawValue: offered).intersection(wanted).subtracting(unreadable).consistent
        guard features.contains(.version1) else { throw .unsuitable("a legacy device: it does not offer VERSION_1") }
        for half in UInt32(0)..<2 {
            common.write(.driverFeatureSelect, half)
            common.write(.driverFeature, UInt32(truncatingIfNeeded: features.rawValue >> UInt64(32 * half)))
        }
        add(DeviceStatus().featuresOK)
        guard DeviceStatus().featuresOK.isSet(status) else { throw .unsuitable("the device takes none of the feature sets that were offered") }
        return features
    }

    /// Features whose part of the configuration structure is not there. virtio 1.2 §5.1.4
    private var unreadable: VirtioFeatures {
        var out: VirtioFeatures = []
        if configOctets < 6 { out.insert(.mac) }
        if configOctets < 8 { out.insert(.status) }
        if configOctets < 10 { out.insert(.multiqueue) }
        if configOctets < 12 { out.insert(.mtu) }
        if configOctets < 17 { out.insert(.speedDuplex) }
        return out
    }

    /// Reads of several fields that belong together: again, when the configuration changed meanwhile. virtio 1.2 §2.5.3
    func consistently<R>(_ read: () -> R) throws(DriverFailure) -> R {
        for _ in 0..<100 {
            let before = common.read(.configGeneration), value = read()
            if common.read(.configGeneration) == before { return value }
        }
        throw .timedOut("a configuration that stands still")
    }

    /// Binds interrupts to a vector; the device says whether it could. virtio 1.2 §4.1.5.1.2
    func bind(_ register: VirtioNetRegister, to vector: UInt32) throws(DriverFailure) {
        common.write(register, vector)
        guard common.read(register) == vector else { throw .noInterrupt }
    }

    /// No interrupt, no DMA, no wait.
    func silence() {
        common.write(.deviceStatus, 0)
        try? services.command(set: 0, clear: PCICommand.busMaster)
    }
}
