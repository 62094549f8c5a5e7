/// The registers of a device by name, as its driver describes them, in a form that outlives the driver.
public struct RegisterTable: Sendable, Equatable {
    public struct Field: Sendable, Equatable {
        public var name: String, low: UInt8, high: UInt8
        public init(name: String, low: UInt8, high: UInt8) { (self.name, self.low, self.high) = (name, low, high) }

        /// Its bits of a register's value.
        public func value(in register: UInt64) -> UInt64 {
            guard low <= high, high < 64 else { return 0 }
            let width = UInt64(high - low) + 1
            return register >> UInt64(low) & (width >= 64 ? .max : (1 << width) - 1)
        }
    }

    public struct Register: Sendable, Equatable {
        public var name: String
        /// Octets from the start of its region.
        public var offset: UInt32
        /// Of an array; 1: a single one.
        public var count: UInt32 = 1, stride: UInt32 = 0
        public var reset: UInt32 = 0
        public var region: UInt8 = 0, width: UInt8 = 4, access: UInt8 = 0
        public var fields: [Field] = []
        public init(name: String, offset: UInt32) { (self.name, self.offset) = (name, offset) }
    }

    public var registers: [Register]
    public init(_ registers: [Register] = []) { self.registers = registers }
    public var isEmpty: Bool { registers.isEmpty }

    /// The register at an offset, and which of an array.
    public func find(region: UInt8, offset: UInt32) -> (register: Register, index: UInt32?)? {
        for register in registers where register.region == region {
            if register.offset == offset { return (register, register.count > 1 ? 0 : nil) }
            guard register.count > 1, register.stride > 0, offset > register.offset else { continue }
            let distance = offset - register.offset
            if distance % register.stride == 0, distance / register.stride < register.count { return (register, distance / register.stride) }
        }
        return nil
    }

    /// `TDT`, `RAL[3]`; `0x3818` where no register is known, `1:0x3818` outside region 0.
    public func name(region: UInt8, offset: UInt32) -> String {
        if let (register, index) = find(region: region, offset: offset) { return register.name + (index.map { "[\($0)]" } ?? "") }
        return (region == 0 ? "" : "\(region):") + "0x" + String(offset, radix: 16)
    }
}

// The form in the recorder's memory: little-endian, a text as its length and its octets.
extension RegisterTable {
    var octets: [UInt8] {
        guard !registers.isEmpty else { return [] }
        var out: [UInt8] = []
        func number(_ value: UInt32) { unsafe withUnsafeBytes(of: value.littleEndian) { unsafe out += Array($0) } }
        func text(_ text: String) {
            let octets = Array(text.utf8.prefix(63))
            out.append(UInt8(octets.count))
            out += octets
        }
        number(UInt32(registers.count))
        for register in registers {
            number(register.offset)
            number(register.reset)
            number(register.count)
            number(register.stride)
            let fields = register.fields.prefix(64)
            out += [register.region, register.width, register.access, UInt8(fields.count)]
            text(register.name)
            for field in fields {
                out += [field.low, field.high]
                text(field.name)
            }
        }
        return out
    }

    /// Reads what was kept; empty when it is none: the memory may have been overwritten by anything.
    init(octets: [UInt8]) {
        var rest = octets[...]
        registers = []
        guard let count = rest.number(), count <= 4096 else { return }
        for _ in 0..<count {
            guard let register = rest.register() else {
                registers = []
                return
            }
            registers.append(register)
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func number() -> UInt32? {
        guard count >= 4 else { return nil }
        let value = prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        removeFirst(4)
        return value
    }

    fileprivate mutating func text() -> String? {
        guard let length = popFirst(), count >= Int(length) else { return nil }
        let octets = prefix(Int(length))
        removeFirst(Int(length))
        return octets.allSatisfy { (0x20..<0x7f).contains($0) } ? String(decoding: octets, as: UTF8.self) : nil
    }

    fileprivate mutating func register() -> RegisterTable.Register? {
        guard let offset = number(), let reset = number(), let count = number(), let stride = number(), let region = popFirst(),
            let width = popFirst(), let access = popFirst(), let fields = popFirst(), let name = text()
        else { return nil }
        var register = RegisterTable.Register(name: name, offset: offset)
        (register.reset, register.count, register.stride) = (reset, count, stride)
        (register.region, register.width, register.access) = (region, width, access)
        for _ in 0..<fields {
            guard let low = popFirst(), let high = popFirst(), let name = text() else { return nil }
            register.fields.append(RegisterTable.Field(name: name, low: low, high: high))
        }
        return register
    }
}
