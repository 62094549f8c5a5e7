public import CDriver

/// Makes the contract's description tables. They are built once, at the first `describe`, and stay as long as the image.
public enum CDescription {
    /// A register map as the C table.
    // SAFETY: both arrays are allocated for exactly what the counting pass found, and filled in the same order.
    public static func registers<Map: RegisterMap>(of _: Map.Type) -> (table: UnsafePointer<drydock_register>, count: UInt32) {
        var counter = RegisterCounter<Map>()
        Map.list(into: &counter)
        var writer = unsafe RegisterWriter<Map>(registers: .allocate(capacity: counter.registers), fields: .allocate(capacity: max(counter.fields, 1)))
        Map.list(into: &writer)
        return unsafe (UnsafePointer(writer.registers), UInt32(counter.registers))
    }

    /// A literal as a C string. Literals are zero-terminated.
    public static func string(_ text: StaticString) -> UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}

struct RegisterCounter<Map: RegisterMap>: RegisterSink {
    var registers = 0, fields = 0
    mutating func add(_ entry: RegisterEntry<Map>, fields list: Span<Field>) {
        registers += 1
        fields += list.count
    }
}

@safe struct RegisterWriter<Map: RegisterMap>: RegisterSink {
    let registers: UnsafeMutablePointer<drydock_register>, fields: UnsafeMutablePointer<drydock_field>
    var register = 0, field = 0

    init(registers: UnsafeMutablePointer<drydock_register>, fields: UnsafeMutablePointer<drydock_field>) {
        unsafe (self.registers, self.fields) = (registers, fields)
    }

    mutating func add(_ entry: RegisterEntry<Map>, fields list: Span<Field>) {
        let first = unsafe fields + field
        for i in list.indices {
            let name = unsafe CDescription.string(list[i].name)
            unsafe (first + i).initialize(to: drydock_field(name: name, low: list[i].low, high: list[i].high, reserved: 0))
        }
        unsafe (registers + register).initialize(to: drydock_register(
            name: CDescription.string(entry.name), section: CDescription.string(entry.section), offset: entry.offset,
            reset: entry.reset, count: entry.count, stride: entry.stride, region: Map.region, width: UInt8(entry.register.width),
            access: entry.access.rawValue, field_count: UInt8(list.count),
            reserved: Map.indirection.map { UInt32($0.index) | UInt32($0.data) << 16 } ?? 0, fields: UnsafePointer(first)))
        register += 1
        field += list.count
    }
}
