internal import AbcRegisters
internal import DriverKit
internal import E1000ERegisters
internal import E1000Registers
internal import Messages
internal import NICModels
internal import RTL8139Registers
internal import VirtioNetRegisters
internal import VirtioRegisters

/// The registers of a chip as its map has them, for whoever looks at the device without its driver.
struct ChipMap {
    struct Register {
        var name: String
        var region: UInt8, width: UInt8
        var offset: UInt32, count: UInt32, stride: UInt32, reset: UInt32
        /// Reading it changes nothing.
        var isHarmless: Bool
        /// Elements that read as zero are not worth a line.
        var isLong: Bool { count > 16 }
        var fields: [(name: String, field: Field)]
    }

    /// The names of a ring's registers, as far as the chip has them.
    struct Ring {
        var name: String, low: String, high: String, length: String, head: String, tail: String
    }

    var registers: [Register]
    /// Those that have their reset values in a device that does nothing.
    var engines: [String]
    /// The chip's own reset, for functions that have no other: a store to one of its registers.
    var reset: (region: UInt32, offset: UInt32, width: UInt32, value: UInt32)
    var rings: [Ring] = []
    /// Whose descriptors lie in the rings, 16 octets each; nil: others, or none.
    var descriptorFormat: String?
    /// The ring's length is in descriptors, and not in octets.
    var countsDescriptors = false
    static let descriptorOctets = 16

    /// Arrays beyond this are memory of the chip, not registers.
    private static let mostElements: UInt32 = 256

    /// - Parameter isReal: a card, whose structures lie where its capabilities say.
    static func of(vendor: UInt16, device: UInt16, isReal: Bool) -> ChipMap? {
        switch (vendor, device) {
        case (0x8086, 0x10d3): i82574
        case (0x8086, 0x100c), (0x8086, 0x100e), (0x8086, 0x100f): i8254x
        case (0x1234, 0x0abc): abc
        case (0x10ec, 0x8139): rtl8139
        case (0x1af4, 0x1041) where !isReal: virtio
        default: nil
        }
    }

    private static let i8254x = ChipMap(
        registers: list(E1000Register.self), engines: ["RCTL", "TCTL", "IMS", "TDT", "RDT"], reset: (0, 0, 4, 1 << 26),
        rings: intelRings(""), descriptorFormat: "8254x")
    private static let i82574 = ChipMap(
        registers: list(E1000ERegister.self), engines: ["RCTL", "TCTL", "IMS", "TDT[0]", "RDT[0]"], reset: (0, 0, 4, 1 << 26),
        rings: intelRings("[0]") + intelRings("[1]"), descriptorFormat: "8254x")
    private static let abc = ChipMap(
        registers: list(AbcRegister.self), engines: ["CTRL", "MASK"],
        reset: (0, AbcRegister.ctrl.rawValue, 4, AbcRegisters.CTRL().reset.mask),
        rings: [("receive", "RX"), ("transmit", "TX")].map {
            Ring(name: $0, low: "\($1)_BASE_LO", high: "\($1)_BASE_HI", length: "\($1)_SIZE", head: "\($1)_HEAD", tail: "")
        }, descriptorFormat: "abc", countsDescriptors: true)
    private static let rtl8139 = ChipMap(registers: list(RTL8139Register.self), engines: ["CR", "IMR"], reset: (1, 0x37, 1, 0x10))
    private static let virtio = ChipMap(
        registers: list(VirtioRegister.self) + list(VirtioNetRegister.self), engines: ["device_status"],
        reset: (4, VirtioRegister.deviceStatus.rawValue, 1, 0))

    private static func intelRings(_ element: String) -> [Ring] {
        [("receive", "RD"), ("transmit", "TD")].map { name, letters in
            Ring(
                name: name + element, low: "\(letters)BAL\(element)", high: "\(letters)BAH\(element)", length: "\(letters)LEN\(element)",
                head: "\(letters)H\(element)", tail: "\(letters)T\(element)")
        }
    }

    private static func list<Map: RegisterMap>(_: Map.Type) -> [Register] {
        RegisterTable<Map>().rows.compactMap { row in
            let entry = row.entry
            guard entry.access.isReadable, entry.count <= mostElements else { return nil }
            // Reading SWSM takes the semaphore. 82574 §3.3.4
            let isHarmless = entry.access != .readClears && "\(entry.name)" != "SWSM"
            return Register(
                name: "\(entry.name)", region: Map.region, width: UInt8(entry.register.width), offset: entry.offset, count: entry.count,
                stride: entry.stride, reset: entry.reset, isHarmless: isHarmless, fields: row.fields.map { ("\($0.name)", $0) })
        }
    }

    // MARK: Reading

    /// What a register held. It is given its name when nobody waits: that takes ten times as long.
    struct Reading {
        fileprivate var register: Int, element: UInt32, value: UInt32
    }

    /// Every register that can be read without changing anything, as far as it belongs to `part`.
    func readings(_ device: any NICBackend, _ part: NICLook.Part = .all) -> [Reading] {
        var out: [Reading] = []
        for index in places(of: part) {
            let register = registers[index]
            for element in 0..<register.count {
                if case .register(_, let offset) = part, offset != register.offset + element * register.stride { continue }
                guard let value = read(register, element, device), value != 0 || !register.isLong else { continue }
                out.append(Reading(register: index, element: element, value: value))
            }
        }
        return out
    }

    func named(_ readings: [Reading]) -> [QuietReport.Register] {
        readings.map { one in
            let register = registers[one.register]
            return QuietReport.Register(
                name: register.count == 1 ? register.name : "\(register.name)[\(one.element)]", region: register.region,
                offset: register.offset + one.element * register.stride, value: one.value,
                fields: register.fields.map { QuietReport.Field($0.name, $0.field.get(one.value)) })
        }
    }

    /// The same with their names.
    func read(_ device: any NICBackend, _ part: NICLook.Part = .all) -> [QuietReport.Register] { named(readings(device, part)) }

    private func places(of part: NICLook.Part) -> [Int] {
        switch part {
        case .all, .registers: return Array(registers.indices)
        case .nothing, .configuration: return []
        case .rings(let prefix):
            // Those that tell where the rings are, without their numbers.
            let parts = rings.filter { $0.name.hasPrefix(prefix) }.flatMap { [$0.low, $0.high, $0.length, $0.head, $0.tail] }
            let names = Set(parts.map { String($0.prefix { $0 != "[" }) })
            return registers.indices.filter { names.contains(registers[$0].name) }
        case .register(let region, let offset):
            return registers.indices.filter {
                let one = registers[$0]
                return region == one.region && offset >= one.offset && offset - one.offset < max(one.count * one.stride, UInt32(one.width))
            }
        }
    }

    private func read(_ register: Register, _ element: UInt32, _ device: any NICBackend) -> UInt32? {
        let offset = register.offset + element * register.stride, region = UInt32(register.region), width = UInt32(register.width)
        if let value = device.peek(region: region, offset: offset, width: width) { return value }
        // A model that does not show it has none.
        guard register.isHarmless, !(device is any NICModel), UInt64(offset + width) <= device.regionLength(region) else { return nil }
        return device.load(region: region, offset: offset, width: width)
    }

    /// The engines that a reset has not put back.
    func notReset(_ device: any NICBackend) -> [String] {
        engines.compactMap { name in
            guard let register = registers.first(where: { $0.name == name || $0.name + "[0]" == name }),
                let value = read(register, 0, device), value != register.reset
            else { return nil }
            return "\(name) = 0x\(String(value, radix: 16))"
        }
    }

    /// The rings of `part`, by what was read of their registers.
    func rings(_ read: [QuietReport.Register], _ part: NICLook.Part) -> [QuietReport.Ring] {
        let prefix: String
        switch part {
        case .all: prefix = ""
        case .rings(let wanted): prefix = wanted
        case .registers, .register, .configuration, .nothing: return []
        }
        let values = Dictionary(read.map { ($0.name, $0.value) }) { first, _ in first }
        return rings.filter { $0.name.hasPrefix(prefix) }.compactMap { ring in
            guard let low = values[ring.low], let high = values[ring.high], let length = values[ring.length], let head = values[ring.head]
            else { return nil }
            return QuietReport.Ring(name: ring.name, base: UInt64(high) << 32 | UInt64(low), length: length, head: head, tail: values[ring.tail])
        }
    }
}
