internal import Messages
internal import Recorder
internal import Shell

/// `em0.CTRL`, `em0.RAL[1]`, `em0.CTRL.SLU`: a register of a device, or a field of it, by name.
struct RegisterPath {
    let interface: String
    /// As the NIC's process has it: `RAL[1]`.
    let name: String
    let region: UInt8, offset: UInt32, width: Int
    /// nil: the whole register.
    let field: RegisterTable.Field?
    /// Reading it changes it, or the device.
    let isReadClearing: Bool

    /// - Throws: the nearest names, where there is none like it.
    init(_ text: String, _ devices: [String: RecordedDevice]) throws(ShellError) {
        let parts = text.split(separator: ".").map(String.init)
        guard (2...3).contains(parts.count) else { throw .badOperand("a register is named as em0.CTRL, a field of it as em0.CTRL.SLU") }
        guard let device = devices[parts[0]] else { throw .noDevice(parts[0], devices.keys.sorted()) }
        let bracket = parts[1].firstIndex(of: "["), base = String(parts[1][..<(bracket ?? parts[1].endIndex)])
        let index = bracket.map { parts[1][$0...].dropFirst().dropLast() }.map { UInt32($0) ?? .max } ?? 0
        guard let register = device.registers.registers.first(where: { $0.name == base }), index < register.count else {
            throw .unknownField(parts[1], of: parts[0], nearest: NearestNames.of(base, among: device.registers.registers.map(\.name)))
        }
        var field: RegisterTable.Field?
        if parts.count == 3 {
            field = register.fields.first { $0.name == parts[2] }
            guard field != nil else {
                throw .unknownField(parts[2], of: "\(parts[0]).\(base)", nearest: NearestNames.of(parts[2], among: register.fields.map(\.name)))
            }
        }
        (interface, name, self.field) = (parts[0], register.count == 1 ? base : "\(base)[\(index)]", field)
        (region, offset, width) = (register.region, register.offset + index * register.stride, Int(register.width))
        // DRYDOCK_READ_CLEARS
        isReadClearing = register.access == 3
    }

    /// What is asked of the hardware for it.
    var part: NICLook.Part { .register(region: region, offset: offset) }

    /// `em0.CTRL`
    var register: String { "\(interface).\(name)" }

    func value(in look: NICLook) -> UInt64? {
        look.registers.first { $0.region == region && $0.offset == offset }.map { UInt64($0.value) }
    }

    /// The register's value with the field, or all of it, exchanged.
    func merged(_ new: UInt64, into old: UInt64) throws(ShellError) -> UInt64 {
        guard let field else {
            guard width >= 8 || new < 1 << UInt64(width * 8) else { throw .badOperand("0x\(Number.hexadecimal(new)) does not fit into \(register): it has \(width * 8) bits") }
            return new
        }
        let bits = UInt64(field.high - field.low + 1), mask = bits >= 64 ? UInt64.max : (1 << bits) - 1
        guard new <= mask else { throw .badOperand("\(new) does not fit into \(register).\(field.name): it has \(bits) bit\(bits == 1 ? "" : "s")") }
        return old & ~(mask << UInt64(field.low)) | new << UInt64(field.low)
    }
}

/// Registers as lines.
enum RegisterText {
    /// `CTRL  0x00140248  SLU=1 RST=0`
    static func line(_ register: QuietReport.Register, zeros: Bool) -> String {
        let fields = register.fields.filter { zeros || $0.value != 0 }
        let text = fields.map { "\($0.name)=\($0.value < 10 ? "\($0.value)" : "0x\(Number.hexadecimal($0.value))")" }.joined(separator: " ")
        return "\(Column.left(register.name, 14)) 0x\(Number.hexadecimal(register.value, digits: 8))  \(text)".trimmingSpaces
    }
}
