public import CDriver

/// DMA memory with one owner: given back to the host when the owner goes.
// SAFETY: `memory.memory` covers `memory.length` octets from the allocation to the deinit; every access is checked.
@safe @frozen public struct DMABlock: ~Copyable {
    @usableFromInline let memory: drydock_dma
    @usableFromInline let table: UnsafePointer<drydock_services>

    /// Zeroed memory of `octets`; `alignment` is a power of two. `reach` is the last address that the device can send.
    ///
    /// - Throws: `.noMemory(name)`, also when the host hands out a block that is misaligned or too short; `.unsuitable` when it lies
    ///   out of the device's reach.
    public init(_ services: Services, octets: Int, alignment: Int, reach: UInt64 = .max, for name: StaticString) throws(DriverFailure) {
        var out = unsafe drydock_dma()
        let host = unsafe services.table.pointee.host
        let status = unsafe services.table.pointee.dma_allocate(host, UInt64(octets), UInt64(alignment), &out)
        guard status == 0 else { throw .noMemory(name) }
        guard unsafe out.memory != nil, unsafe out.length >= UInt64(octets), unsafe out.device_address % UInt64(alignment) == 0 else {
            unsafe services.table.pointee.dma_free(host, &out)
            throw .noMemory(name)
        }
        guard unsafe out.device_address <= reach, unsafe out.length &- 1 <= reach &- out.device_address else {
            unsafe services.table.pointee.dma_free(host, &out)
            throw .unsuitable("DMA memory lies where the device does not reach")
        }
        unsafe memory = out
        unsafe table = services.table
    }

    deinit { unsafe withUnsafePointer(to: memory) { unsafe table.pointee.dma_free(table.pointee.host, $0) } }

    /// As the device must be told.
    @inlinable public var deviceAddress: UInt64 { unsafe memory.device_address }
    @inlinable public var octets: Int { unsafe Int(memory.length) }

    /// Where 4 octets from `offset` are; traps when they are not inside.
    @inlinable @inline(__always)
    func address(_ offset: Int, _ size: Int) -> UnsafeMutableRawPointer {
        precondition(offset >= 0 && offset <= octets &- size)
        return unsafe UnsafeMutableRawPointer(memory.memory.unsafelyUnwrapped) + offset
    }

    /// Reads what the device may be writing: once, whole, and not from a register of the processor.
    @inlinable @inline(__always)
    public func load16(_ offset: Int) -> UInt16 { unsafe drydock_load16(address(offset, 2)) }
    @inlinable @inline(__always)
    public func store8(_ offset: Int, _ value: UInt8) { unsafe drydock_store8(address(offset, 1), value) }
    @inlinable @inline(__always)
    public func store16(_ offset: Int, _ value: UInt16) { unsafe drydock_store16(address(offset, 2), value) }
    @inlinable @inline(__always)
    public func load32(_ offset: Int) -> UInt32 { unsafe drydock_load32(address(offset, 4)) }
    @inlinable @inline(__always)
    public func store32(_ offset: Int, _ value: UInt32) { unsafe drydock_store32(address(offset, 4), value) }
    @inlinable @inline(__always)
    public func load64(_ offset: Int) -> UInt64 { unsafe drydock_load64(address(offset, 8)) }
    @inlinable @inline(__always)
    public func store64(_ offset: Int, _ value: UInt64) { unsafe drydock_store64(address(offset, 8), value) }
}

/// Orders descriptor stores before the doorbell that hands them over.
@inlinable @inline(__always) public func releaseToDevice() { drydock_dma_release() }
/// Orders the load of a done bit before the loads of what it covers.
@inlinable @inline(__always) public func acquireFromDevice() { drydock_dma_acquire() }
/// Orders stores before later loads: who says "wake me from here on" and then looks once more for what came meanwhile.
@inlinable @inline(__always) public func orderStoresBeforeLoads() { drydock_full_fence() }
