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

    /// - Throws: `.unsuitable` when the region is smaller than `needed` octets.
    public init(_ services: Services, needed: UInt32) throws(DriverFailure) {
        let region = UInt32(Map.region)
        guard services.regionLength(region) >= UInt64(needed) else { throw .unsuitable("the register region is missing or too small") }
        unsafe table = services.table
        length = needed
        unsafe base = UnsafeMutableRawPointer(mutating: services.table.pointee.region_address(services.table.pointee.host, region))
    }

    /// Reads a register.
    @inlinable @inline(__always)
    public func read(_ register: Map) -> UInt32 { load(register.rawValue) }

    /// Reads element `index` of an array of registers.
    @inlinable @inline(__always)
    public func read(_ register: Map, at index: UInt32) -> UInt32 { load(register.rawValue &+ index &* register.stride) }

    /// Writes a register.
    @inlinable @inline(__always)
    public func write(_ register: Map, _ value: UInt32) { store(register.rawValue, value) }

    /// Writes element `index` of an array of registers.
    @inlinable @inline(__always)
    public func write(_ register: Map, at index: UInt32, _ value: UInt32) {
        store(register.rawValue &+ index &* register.stride, value)
    }

    @inlinable @inline(__always)
    func load(_ offset: UInt32) -> UInt32 {
        precondition(offset &+ 4 <= length)
        if let base = unsafe base { return unsafe drydock_load32(base + Int(offset)) }
        return unsafe table.pointee.load(table.pointee.host, UInt32(Map.region), offset, 4)
    }

    @inlinable @inline(__always)
    func store(_ offset: UInt32, _ value: UInt32) {
        precondition(offset &+ 4 <= length)
        if let base = unsafe base { return unsafe drydock_store32(base + Int(offset), value) }
        unsafe table.pointee.store(table.pointee.host, UInt32(Map.region), offset, 4, value)
    }
}
