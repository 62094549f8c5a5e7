public import CDriver

/// The registers of one device, read and written by name.
///
/// Whether an access is a plain volatile load or a call to the host is decided once, at attach, by what the host says of
/// the region. Offsets are constants after inlining.
// SAFETY: `base`, when there is one, covers `length` octets until detach (contract); every access is checked against
// `length`, which `init` has compared with what the map needs, so that the check folds away for single registers.
@safe @frozen public struct RegisterAccess<Map: RegisterMap> {
    @usableFromInline let base: UnsafeMutableRawPointer?
    @usableFromInline let table: UnsafePointer<drydock_services>
    @usableFromInline let length: UInt32
    /// Where the map's offset `from` lies.
    @usableFromInline let region: UInt32, start: UInt32, from: UInt32

    /// The map at the start of its own region.
    ///
    /// - Throws: `.unsuitable` when the region is smaller than `needed` octets.
    public init(_ services: Services, needed: UInt32) throws(DriverFailure) {
        try self.init(services, region: UInt32(Map.region), start: 0, needed: needed)
    }

    /// The map, or `needed` octets of it beginning with its offset `from`, at a place that the device itself names (a PCI
    /// capability).
    ///
    /// - Throws: `.unsuitable` when the region does not hold `needed` octets from `start`.
    public init(_ services: Services, region: UInt32, start: UInt32, from: UInt32 = 0, needed: UInt32) throws(DriverFailure) {
        guard services.regionLength(region) >= UInt64(start) + UInt64(needed) else {
            throw .unsuitable("the register region is missing or too small")
        }
        unsafe table = services.table
        (length, self.region, self.start, self.from) = (needed, region, start, from)
        let address = unsafe services.table.pointee.region_address(services.table.pointee.host, region)
        unsafe base = UnsafeMutableRawPointer(mutating: address).map { unsafe $0 + Int(start) }
    }

    /// Reads a register, in one access of its width.
    @inlinable @inline(__always)
    public func read(_ register: Map) -> UInt32 { load(register.rawValue, register.width) }

    /// Reads element `index` of an array of registers.
    @inlinable @inline(__always)
    public func read(_ register: Map, at index: UInt32) -> UInt32 { load(register.rawValue &+ index &* register.stride, register.width) }

    /// Writes a register, in one access of its width; bits that do not fit are dropped.
    @inlinable @inline(__always)
    public func write(_ register: Map, _ value: UInt32) { store(register.rawValue, register.width, value) }

    /// Writes element `index` of an array of registers.
    @inlinable @inline(__always)
    public func write(_ register: Map, at index: UInt32, _ value: UInt32) {
        store(register.rawValue &+ index &* register.stride, register.width, value)
    }

    @inlinable @inline(__always)
    func load(_ register: UInt32, _ width: UInt32) -> UInt32 {
        let offset = register &- from
        precondition(offset < length && width <= length &- offset)
        guard let base = unsafe base else {
            return unsafe table.pointee.load(table.pointee.host, region, start &+ offset, width)
        }
        switch width {
        case 1: return unsafe UInt32(drydock_load8(base + Int(offset)))
        case 2: return unsafe UInt32(drydock_load16(base + Int(offset)))
        default: return unsafe drydock_load32(base + Int(offset))
        }
    }

    @inlinable @inline(__always)
    func store(_ register: UInt32, _ width: UInt32, _ value: UInt32) {
        let offset = register &- from
        precondition(offset < length && width <= length &- offset)
        guard let base = unsafe base else {
            return unsafe table.pointee.store(table.pointee.host, region, start &+ offset, width, value)
        }
        switch width {
        case 1: unsafe drydock_store8(base + Int(offset), UInt8(truncatingIfNeeded: value))
        case 2: unsafe drydock_store16(base + Int(offset), UInt16(truncatingIfNeeded: value))
        default: unsafe drydock_store32(base + Int(offset), value)
        }
    }
}
