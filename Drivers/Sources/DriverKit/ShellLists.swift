public import CDriver

/// The variables of one driver as the contract's table. Offsets and widths are taken from the variables themselves.
// SAFETY: the list is allocated for `capacity` entries, which `add` checks; it is kept as long as the image.
@safe public struct VariableList<Variables: DriverVariables>: ~Copyable {
    public let table: UnsafeMutablePointer<drydock_variable>
    public private(set) var count = 0
    private let capacity: Int
    private var sample = Variables()

    public init(capacity: Int) {
        unsafe table = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    /// Where a variable lies and what it is; `here` is called with the variable itself.
    @safe public struct Mark {
        var address: UInt = 0
        var width: UInt8 = 0
        var isSigned = false
        public mutating func here<T: FixedWidthInteger>(_ variable: inout T) {
            // SAFETY: only the address is taken; a stored property is passed where it lies.
            address = unsafe withUnsafeMutablePointer(to: &variable) { UInt(bitPattern: $0) }
            (width, isSigned) = (UInt8(MemoryLayout<T>.size), T.isSigned)
        }
    }

    /// Lists the variable that `body` marks: `list.add("hangs", "...", writable: false) { $1.here(&$0.hangs) }`.
    public mutating func add(_ name: StaticString, _ help: StaticString, writable: Bool, _ body: (inout Variables, inout Mark) -> Void) {
        precondition(count < capacity)
        var mark = Mark()
        let offset = unsafe withUnsafeMutablePointer(to: &sample) { base in
            unsafe body(&base.pointee, &mark)
            return mark.address &- UInt(bitPattern: base)
        }
        precondition(offset <= UInt(MemoryLayout<Variables>.size) - UInt(mark.width))
        unsafe (table + count).initialize(to: drydock_variable(
            name: CDescription.string(name), help: CDescription.string(help), offset: UInt32(offset), width: mark.width,
            kind: CChar(UInt8(ascii: mark.isSigned ? "i" : "u")), writable: writable ? 1 : 0, reserved: 0))
        count += 1
    }
}

/// The methods that a shell may call, as the contract's table.
// SAFETY: as for `VariableList`.
@safe public struct MethodList: ~Copyable {
    /// What the shell calls: the instance, the arguments, how many; negative errno, or the result.
    public typealias Call = @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<Int64>?, UInt32) -> Int64

    public let table: UnsafeMutablePointer<drydock_method>
    public private(set) var count = 0
    private let capacity: Int

    public init(capacity: Int) {
        unsafe table = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    public mutating func add(_ name: StaticString, _ help: StaticString, _ call: @escaping Call) {
        precondition(count < capacity)
        unsafe (table + count).initialize(to: drydock_method(name: CDescription.string(name), help: CDescription.string(help), call: call))
        count += 1
    }
}

/// The registers of a device of several maps, as one of the contract's tables.
// SAFETY: each step allocates for exactly what it holds; the last table is kept as long as the image, and so are all fields.
@safe public struct RegisterList: ~Copyable {
    var table: UnsafeMutablePointer<drydock_register>
    var count = 0

    public init() { unsafe table = .allocate(capacity: 1) }

    /// Appends all registers of a map.
    public mutating func add<Map: RegisterMap>(_ map: Map.Type) {
        let (list, added) = unsafe CDescription.registers(of: map), total = count + Int(added)
        let longer = UnsafeMutablePointer<drydock_register>.allocate(capacity: total)
        unsafe longer.moveInitialize(from: table, count: count)
        unsafe (longer + count).initialize(from: list, count: total - count)
        unsafe table.deallocate()
        unsafe list.deallocate()
        unsafe table = longer
        count = total
    }
}

extension CDescription {
    /// The whole description, allocated once and kept as long as the image.
    public static func make<Map: RegisterMap, V: DriverVariables>(
        _ map: Map.Type, _ variables: borrowing VariableList<V>, _ methods: borrowing MethodList
    ) -> UnsafePointer<drydock_description> {
        var list = RegisterList()
        list.add(map)
        return unsafe make(list, variables, methods)
    }

    /// The same for a device of several register maps.
    public static func make<V: DriverVariables>(
        _ registers: borrowing RegisterList, _ variables: borrowing VariableList<V>, _ methods: borrowing MethodList
    ) -> UnsafePointer<drydock_description> {
        let out = UnsafeMutablePointer<drydock_description>.allocate(capacity: 1)
        unsafe out.initialize(to: drydock_description(
            registers: registers.table, variables: UnsafePointer(variables.table), methods: UnsafePointer(methods.table),
            register_count: UInt32(registers.count), variable_count: UInt32(variables.count), method_count: UInt32(methods.count), reserved: 0))
        return unsafe UnsafePointer(out)
    }
}

extension CDescription {
    /// The description of a driver without registers.
    public static func make<V: DriverVariables>(_ variables: borrowing VariableList<V>) -> UnsafePointer<drydock_description> {
        let out = UnsafeMutablePointer<drydock_description>.allocate(capacity: 1)
        unsafe out.initialize(to: drydock_description(
            registers: nil, variables: UnsafePointer(variables.table), methods: nil,
            register_count: 0, variable_count: UInt32(variables.count), method_count: 0, reserved: 0))
        return unsafe UnsafePointer(out)
    }
}

extension Thunks where D: ~Copyable {
    /// The common part of a shell method: its arguments (absent ones are 0), its failure as a negative errno.
    public static func method(_ instance: UnsafeMutableRawPointer?, _ arguments: UnsafePointer<Int64>?, _ count: UInt32, needs: UInt32,
                              _ body: (inout D, Int64, Int64) throws(DriverFailure) -> Int64) -> Int64 {
        guard unsafe instance != nil, count >= needs, unsafe arguments != nil || needs == 0 else { return Int64(DriverFailure.invalid.status) }
        let a = needs > 0 ? unsafe arguments![0] : 0, b = needs > 1 ? unsafe arguments![1] : 0
        return unsafe with(instance) { driver in
            do throws(DriverFailure) { return try body(&driver, a, b) } catch { return Int64(error.status) }
        }
    }
}
