import DriverKit
import VirtioNetRegisters
import VirtioRegisters

// The common configuration: status, features, queues. virtio 1.2 §2.1, §3.1.1, §4.1.4.3
extension VirtioNIC {
    func write(_ register: VirtioRegister, _ value: UInt32) {
        switch register {
        case .deviceFeatureSelect: deviceSelect = value
        case .driverFeatureSelect: driverSelect = value
        case .driverFeature: writeFeatures(value)
        case .configVector: configVector = usable(value)
        case .deviceStatus: writeStatus(value)
        case .queueSelect: queueSelect = Int(value)
        default: writeQueue(register, value)
        }
    }

    /// A vector that there is, or none. §4.1.5.1.2
    private func usable(_ vector: UInt32) -> UInt32 { vector < UInt32(messages) ? vector : VirtioCapability.noVector }

    private func writeFeatures(_ value: UInt32) {
        guard !DeviceStatus().featuresOK.isSet(deviceStatus) else {
            return violate(.enableOrder, "driver_feature", UInt64(value), "3.1.1", "written after FEATURES_OK; reset the device to choose anew")
        }
        guard DeviceStatus().driver.isSet(deviceStatus) else {
            return violate(.enableOrder, "driver_feature", UInt64(value), "3.1.1", "written before DRIVER is set in device_status")
        }
        guard driverSelect < 2 else {
            if value != 0 { violate(.notOffered, "driver_feature", UInt64(value), "2.2.1", "bits beyond 63, of which none is offered") }
            return
        }
        let shift = UInt64(32 * driverSelect), foreign = UInt64(value) << shift & ~Self.offered.rawValue
        if foreign != 0 {
            violate(.notOffered, "driver_feature", foreign, "2.2.1", "features \("0x" + String(foreign, radix: 16)) accepted, which are not offered")
        }
        driverFeatures = driverFeatures & ~(0xFFFF_FFFF << shift) | UInt64(value) << shift
    }

    private func writeStatus(_ value: UInt32) {
        let s = DeviceStatus()
        guard value != 0 else {
            resetDevice()
            return updateLine()
        }
        if s.needsReset.isSet(value & ~deviceStatus) {
            violate(.reservedBits, "device_status", UInt64(value), "2.1", "DEVICE_NEEDS_RESET written; it is the device's")
        }
        if deviceStatus & ~value & ~s.needsReset.mask != 0 {
            violate(.enableOrder, "device_status", UInt64(value), "2.1.1", "bits cleared; only a reset (0) clears them")
        }
        var value = value | deviceStatus
        checkOrder(value)
        if s.featuresOK.isSet(value & ~deviceStatus), !featuresAreSound() { value &= ~s.featuresOK.mask }
        if s.driverOK.isSet(value), !s.featuresOK.isSet(value) { value &= ~s.driverOK.mask }
        deviceStatus = value
    }

    /// Each step needs the one before. §3.1.1
    private func checkOrder(_ value: UInt32) {
        let s = DeviceStatus()
        let steps = [(s.acknowledge, s.driver), (s.driver, s.featuresOK), (s.featuresOK, s.driverOK)]
        for (before, after) in steps where after.isSet(value) && !before.isSet(deviceStatus) && !after.isSet(deviceStatus) {
            violate(.enableOrder, "device_status", UInt64(value), "3.1.1", "\(after.name) before \(before.name)")
        }
    }

    private func featuresAreSound() -> Bool {
        let wanted = features
        guard wanted.contains(.version1) else {
            violate(.notOffered, "device_status", driverFeatures, "6.1", "FEATURES_OK without VERSION_1; a legacy driver cannot drive this device")
            return false
        }
        guard wanted.consistent == wanted else {
            violate(
                .notOffered, "device_status", wanted.subtracting(wanted.consistent).rawValue, "5.1.3.1",
                "features accepted without those that they need")
            return false
        }
        return wanted.isSubset(of: Self.offered)
    }

    private func writeQueue(_ register: VirtioRegister, _ value: UInt32) {
        let name = "\(register)"
        guard queueSelect < queues.count else {
            return violate(.unknownRegister, name, UInt64(value), "4.1.4.3", "written for queue \(queueSelect), which does not exist")
        }
        guard !queues[queueSelect].enabled else {
            if register == .queueEnable {
                return violate(.enableOrder, "queue_enable", UInt64(value), "4.1.4.3.2", "queue \(queueSelect) is enabled; only a reset of the device ends that")
            }
            return violate(.headWhileEnabled, name, UInt64(value), "4.1.4.3.2", "queue \(queueSelect) is enabled; set it up before")
        }
        switch register {
        case .queueSize: writeSize(value)
        case .queueVector: queues[queueSelect].vector = usable(value)
        case .queueEnable: enable(value)
        case .queueDesc, .queueDescHigh: Self.put(value, &queues[queueSelect].descriptors, register == .queueDescHigh)
        case .queueDriver, .queueDriverHigh: Self.put(value, &queues[queueSelect].available, register == .queueDriverHigh)
        default: Self.put(value, &queues[queueSelect].used, register == .queueDeviceHigh)
        }
    }

    private static func put(_ value: UInt32, _ address: inout UInt64, _ high: Bool) {
        address = high ? address & 0xFFFF_FFFF | UInt64(value) << 32 : address & ~0xFFFF_FFFF | UInt64(value)
    }

    private func writeSize(_ value: UInt32) {
        guard value > 0, value <= UInt32(VirtioQueue.longest), value & (value - 1) == 0 else {
            return violate(.ringLength, "queue_size", UInt64(value), "2.7", "\(value); a power of two, at most \(VirtioQueue.longest)")
        }
        queues[queueSelect].size = UInt16(value)
    }

    private func enable(_ value: UInt32) {
        guard value == 1 else {
            return violate(.reservedBits, "queue_enable", UInt64(value), "4.1.4.3.2", "\(value) written; only 1 may be")
        }
        if !DeviceStatus().featuresOK.isSet(deviceStatus) {
            violate(.enableOrder, "queue_enable", UInt64(value), "3.1.1", "queue \(queueSelect) enabled before FEATURES_OK")
        }
        let queue = queues[queueSelect]
        for (address, alignment, part) in [(queue.descriptors, UInt64(16), "descriptor table"), (queue.available, 2, "driver area"), (queue.used, 4, "device area")] {
            if address == 0 {
                violate(.enableOrder, "queue_enable", 1, "4.1.5.1.3", "queue \(queueSelect) enabled without the address of its \(part)")
            } else if address % alignment != 0 {
                violate(.ringAlignment, "queue_enable", address, "2.7", "the \(part) of queue \(queueSelect) is not aligned to \(alignment) octets")
            }
        }
        queues[queueSelect].enabled = true
    }
}
