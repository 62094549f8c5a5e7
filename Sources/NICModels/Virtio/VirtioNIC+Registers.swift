import DriverKit
import VirtioNetRegisters
import VirtioRegisters
import Wire

// The regions as software sees them: which structure, which register, how wide. virtio 1.2 §4.1.3.1, §4.1.4
extension VirtioNIC {
    /// A register that all virtio devices have, or one of the network device's configuration.
    enum Register { case common(VirtioRegister), net(VirtioNetRegister) }

    /// What is written down of a register.
    private struct Rule {
        var register: Register, name: StaticString, access: Access, offset: UInt32, stride: UInt32, width: UInt32

        init<Map: RegisterMap>(_ register: Register, _ entry: RegisterEntry<Map>) {
            (self.register, name, access) = (register, entry.name, entry.access)
            (offset, stride, width) = (entry.offset, entry.stride, entry.register.width)
        }
    }

    /// The registers by offset; the same for all devices.
    private static let rules: [UInt32: Rule] = {
        var out: [UInt32: Rule] = [:]
        func add<Map: RegisterMap>(_ entry: RegisterEntry<Map>, _ register: Register) {
            for element in 0..<entry.count { out[entry.offset + element * entry.stride] = Rule(register, entry) }
        }
        for row in RegisterTable<VirtioRegister>().rows { add(row.entry, .common(row.entry.register)) }
        for row in RegisterTable<VirtioNetRegister>().rows { add(row.entry, .net(row.entry.register)) }
        return out
    }()

    public func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 {
        guard region == VirtioConfigSpace.region, decoded(offset, 0) else { return .max }
        guard let rule = rule(offset, width, 0) else { return 0 }
        if !rule.access.isReadable {
            violate(.writeOnlyRead, "\(rule.name)", 0, "4.1.4.4", "read, but it can only be written; it reads as zero")
            return 0
        }
        switch rule.register {
        case .common(let register): return read(register)
        case .net(let register): return read(register, (offset - rule.offset) / rule.stride)
        }
    }

    public func peek(region: UInt32, offset: UInt32, width: UInt32) -> UInt32? {
        guard region == VirtioConfigSpace.region, let rule = Self.rules[offset], width == rule.width, rule.access.isReadable else { return nil }
        switch rule.register {
        case .common(.isr): return causes
        case .common(let register): return read(register)
        case .net(let register): return read(register, (offset - rule.offset) / rule.stride)
        }
    }

    public func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        guard region == VirtioConfigSpace.region, decoded(offset, value) else { return }
        if offset >= VirtioRegister.notify.rawValue { return notification(offset, width, value) }
        guard let rule = rule(offset, width, value) else { return }
        guard rule.access == .readWrite, case .common(let register) = rule.register else {
            violate(.readOnly, "\(rule.name)", UInt64(value), "4.1.4.3", "written, but it is read-only")
            return
        }
        write(register, value)
    }

    private func decoded(_ offset: UInt32, _ value: UInt32) -> Bool {
        if config.memoryDecoded { return true }
        violate(
            .memoryDecodeOff, hex(offset), UInt64(value), "4.1.4",
            "region 4 accessed while the command register does not decode memory; set its memory bit first")
        return false
    }

    func hex(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }

    /// The register that begins at `offset`, or an element of it, when the access is as wide as it is.
    private func rule(_ offset: UInt32, _ width: UInt32, _ value: UInt32) -> Rule? {
        guard let rule = Self.rules[offset] else {
            let inside = Self.rules.keys.contains { $0 <= offset && offset < $0 + Self.rules[$0]!.width }
            violate(
                inside ? .misaligned : .unknownRegister, hex(offset), UInt64(value), "4.1.3.1",
                inside ? "accessed in the middle of a register" : "accessed where there is no register; it reads as zero")
            return nil
        }
        guard width == rule.width else {
            violate(
                .accessWidth, "\(rule.name)", UInt64(width), "4.1.3.1",
                "accessed \(width) octets wide; it has \(rule.width), and is accessed as one")
            return nil
        }
        return rule
    }

    private func read(_ register: VirtioRegister) -> UInt32 {
        let queue = queueSelect < queues.count ? queues[queueSelect] : nil
        switch register {
        case .deviceFeatureSelect: return deviceSelect
        case .deviceFeature: return deviceSelect < 2 ? UInt32(truncatingIfNeeded: Self.offered.rawValue >> UInt64(32 * deviceSelect)) : 0
        case .driverFeatureSelect: return driverSelect
        case .driverFeature: return driverSelect < 2 ? UInt32(truncatingIfNeeded: driverFeatures >> UInt64(32 * driverSelect)) : 0
        case .configVector: return configVector
        case .queues: return UInt32(queues.count)
        case .deviceStatus: return deviceStatus
        case .configGeneration: return generation
        case .queueSelect: return UInt32(queueSelect)
        case .queueSize: return UInt32(queue?.size ?? 0)
        case .queueVector: return queue?.vector ?? VirtioCapability.noVector
        case .queueEnable: return queue?.enabled == true ? 1 : 0
        case .queueNotifyOff: return UInt32(queue?.index ?? 0)
        case .queueDesc, .queueDescHigh: return half(queue?.descriptors, register == .queueDescHigh)
        case .queueDriver, .queueDriverHigh: return half(queue?.available, register == .queueDriverHigh)
        case .queueDevice, .queueDeviceHigh: return half(queue?.used, register == .queueDeviceHigh)
        case .isr:
            defer {
                causes = 0
                updateLine()
            }
            return causes
        case .notify: return 0
        }
    }

    private func read(_ register: VirtioNetRegister, _ element: UInt32) -> UInt32 {
        switch register {
        case .mac: return UInt32(permanentMAC.octets[Int(element)])
        case .status: return carrier ? NetStatus().linkUp.mask : 0
        case .pairs: return UInt32(Self.pairs)
        case .mtu: return Self.mtu
        case .speed: return 1000
        case .duplex: return 1
        }
    }

    private func half(_ address: UInt64?, _ high: Bool) -> UInt32 { UInt32(truncatingIfNeeded: (address ?? 0) >> (high ? 32 : 0)) }

    /// A write in the notification structure. §4.1.5.2
    private func notification(_ offset: UInt32, _ width: UInt32, _ value: UInt32) {
        let index = Int((offset - VirtioRegister.notify.rawValue) / VirtioConfigSpace.multiplier)
        guard width == 2 else {
            return violate(.accessWidth, "notify", UInt64(width), "4.1.5.2", "written \(width) octets wide; a queue's index is 16 bits")
        }
        guard index < queues.count, offset % VirtioConfigSpace.multiplier == 0 else {
            return violate(.unknownRegister, hex(offset), UInt64(value), "4.1.4.4", "no queue is notified here")
        }
        guard value == UInt32(index) else {
            return violate(.availableIndex, "notify", UInt64(value), "4.1.5.2", "queue \(value) announced where queue \(index) is notified")
        }
        guard DeviceStatus().driverOK.isSet(deviceStatus) else {
            return violate(.enableOrder, "notify", UInt64(value), "3.1.1", "a notification before DRIVER_OK; set it first")
        }
        guard queues[index].enabled else {
            return violate(.enableOrder, "notify", UInt64(value), "4.1.4.3.2", "queue \(index) notified, which is not enabled")
        }
        queues[index].notified = true
    }
}
