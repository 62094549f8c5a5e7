/// Registers behind a pair of registers, read and written by name: one access to choose, one that counts.
///
/// Nothing is remembered between accesses, so that whoever else chooses (a shell) does no harm.
@frozen public struct IndirectAccess<Map: RegisterMap, Ports: RegisterMap> {
    @usableFromInline let ports: RegisterAccess<Ports>
    @usableFromInline let index: Ports, data: Ports

    /// The map whose numbers go to `index` and whose values are then at `data`.
    public init(_ ports: RegisterAccess<Ports>, index: Ports, data: Ports) { (self.ports, self.index, self.data) = (ports, index, data) }

    @inlinable public func read(_ register: Map) -> UInt32 {
        ports.write(index, register.rawValue)
        return ports.read(data)
    }

    @inlinable public func write(_ register: Map, _ value: UInt32) {
        ports.write(index, register.rawValue)
        ports.write(data, value)
    }

    /// Element `element` of an array of registers.
    @inlinable public func write(_ register: Map, at element: UInt32, _ value: UInt32) {
        ports.write(index, register.rawValue &+ element &* register.stride)
        ports.write(data, value)
    }
}
