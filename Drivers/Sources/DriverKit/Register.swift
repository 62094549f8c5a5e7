/// How software may touch a register. The raw values are `enum drydock_access` of the contract.
@frozen public enum Access: UInt8, Sendable {
    case readWrite = 0
    case readOnly = 1
    case writeOnly = 2
    /// Reading returns the value and sets it to zero.
    case readClears = 3
    /// Writing a one clears the bit; zeros leave it.
    case writeOneClears = 4
    /// A write says that there is work. Whether it is needed is the device's to say, so how many there are is chance.
    case doorbell = 5

    /// Whether reading says something.
    @inlinable public var isReadable: Bool { self != .writeOnly && self != .doorbell }
}

/// A bit range of a register. Written once, inside its ``FieldSet``.
@frozen public struct Field: Sendable {
    /// As the datasheet spells it.
    public let name: StaticString
    /// The lowest and the highest bit, both included.
    public let low: UInt8, high: UInt8

    /// A field of the bits `low` to `high`, or of one bit.
    @inlinable @inline(__always)
    public init(_ name: StaticString, _ low: UInt8, _ high: UInt8) { (self.name, self.low, self.high) = (name, low, high) }
    @inlinable @inline(__always)
    public init(_ name: StaticString, _ bit: UInt8) { self.init(name, bit, bit) }

    /// Ones where the field is.
    @inlinable @inline(__always)
    public var mask: UInt32 { (UInt32.max &>> (31 &- UInt32(high &- low))) &<< UInt32(low) }

    /// `value` moved into the field; bits that do not fit are dropped.
    @inlinable @inline(__always)
    public func of(_ value: UInt32) -> UInt32 { (value &<< UInt32(low)) & mask }

    /// The field's value in `register`.
    @inlinable @inline(__always)
    public func get(_ register: UInt32) -> UInt32 { (register & mask) &>> UInt32(low) }

    /// Whether any bit of the field is set in `register`.
    @inlinable @inline(__always)
    public func isSet(_ register: UInt32) -> Bool { register & mask != 0 }

    /// `register` with this field replaced.
    @inlinable @inline(__always)
    public func replacing(_ register: UInt32, with value: UInt32) -> UInt32 { register & ~mask | of(value) }
}

/// The fields of one register: a struct that stores nothing but ``Field``s, each with its initial value.
///
/// The struct's memory *is* the list of its fields, so that a field cannot be usable without being listed. Using one,
/// `RCTL().en.mask`, folds to a constant: the initialiser is inlined and the other fields are dropped.
public protocol FieldSet: BitwiseCopyable, Sendable { init() }

extension FieldSet {
    /// Calls `body` with all fields in the order of declaration.
    ///
    /// - Precondition: the type stores nothing but fields (its size is a multiple of theirs).
    public static func withList<R>(_ body: (Span<Field>) -> R) -> R {
        precondition(MemoryLayout<Self>.size == 0 || MemoryLayout<Self>.stride % MemoryLayout<Field>.stride == 0)
        let count = MemoryLayout<Self>.size == 0 ? 0 : MemoryLayout<Self>.stride / MemoryLayout<Field>.stride
        // SAFETY: a struct of stored `Field`s and nothing else is laid out as an array of them, and the size was checked.
        return unsafe withUnsafeBytes(of: Self()) { octets in
            let fields = unsafe UnsafeBufferPointer(start: octets.baseAddress?.assumingMemoryBound(to: Field.self), count: count)
            return unsafe body(fields.span)
        }
    }
}

/// A register of one whole value: no named fields, every bit defined.
@frozen public struct Whole: FieldSet { @inlinable @inline(__always) public init() {} }

/// Register names of one device; the raw value is the offset in the region, in octets.
///
/// A map writes every register down once: its offset in the enum, everything else in ``list(into:)``.
public protocol RegisterMap: RawRepresentable, CaseIterable, Hashable, Sendable where RawValue == UInt32 {
    /// The datasheet, as it is put before a section: `8254x §`.
    static var datasheet: StaticString { get }
    /// The base address region that holds the registers.
    static var region: UInt8 { get }
    /// Octets from one element to the next, when the register is an array.
    var stride: UInt32 { get }
    /// Octets of one access: 1, 2 or 4. The default is 4.
    var width: UInt32 { get }
    /// Where the registers are reached when they have no places of their own; the default is nil: the raw value is the place.
    static var indirection: Indirection? { get }
    /// Describes every register to `sink`, once each.
    static func list<S: RegisterSink & ~Copyable>(into sink: inout S) where S.Map == Self
}

extension RegisterMap {
    @inlinable @inline(__always) public var width: UInt32 { 4 }
    public static var indirection: Indirection? { nil }
}

/// A pair of registers in front of a whole map: the number of a register is stored at `index`, and the register is then at `data`.
/// Both are octets from the region's start.
@frozen public struct Indirection: Sendable {
    public let index: UInt16, data: UInt16
    public init(index: UInt16, data: UInt16) { (self.index, self.data) = (index, data) }
}

/// One register's description.
@frozen public struct RegisterEntry<Map: RegisterMap>: Sendable {
    public let register: Map
    /// As the datasheet spells it.
    public let name: StaticString
    public let access: Access
    /// The value after a reset; undefined bits are given as zero.
    public let reset: UInt32
    /// With the datasheet's name, `8254x §13.4.1`.
    public let section: StaticString
    /// How many, when it is an array; else 1.
    public let count: UInt32

    @inlinable @inline(__always)
    public init(_ register: Map, _ name: StaticString, _ access: Access, _ reset: UInt32, _ section: StaticString,
                count: UInt32) {
        self.register = register
        (self.name, self.access, self.reset, self.section) = (name, access, reset, section)
        self.count = count
    }

    /// Octets from the region's start.
    @inlinable public var offset: UInt32 { register.rawValue }
    /// Octets from one element to the next.
    @inlinable public var stride: UInt32 { register.stride }
}

/// Takes the registers of a map one by one: the maker of the C table, the shell's list, a test.
public protocol RegisterSink: ~Copyable {
    associatedtype Map: RegisterMap
    /// One register and its fields; `fields` is valid during the call.
    mutating func add(_ entry: RegisterEntry<Map>, fields: Span<Field>)
}

extension RegisterSink where Self: ~Copyable {
    /// Describes one register.
    @inlinable @inline(__always)
    public mutating func register<F: FieldSet>(
        _ register: Map, _ name: StaticString, _ access: Access, _ reset: UInt32, _ section: StaticString,
        count: UInt32 = 1, _ fields: F.Type
    ) {
        let entry = RegisterEntry(register, name, access, reset, section, count: count)
        F.withList { list in add(entry, fields: list) }
    }
}
