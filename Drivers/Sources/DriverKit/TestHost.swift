#if !hasFeature(Embedded)
public import CDriver

/// A host for drivers under test: the contract's services in this process, with a device behind them that a test writes.
///
/// It counts what must balance (DMA memory, interrupts), records what was said (log, failures, timers), keeps its own time,
/// and fails on demand. Not for more than one thread.
// SAFETY: `table` points to memory of this object, and `host` inside it to the object, both valid until deinit.
@safe public final class TestHost {
    /// The device's side. Offsets are in octets; all accesses are 4 octets wide.
    public var load: (UInt32) -> UInt32 = { _ in 0 }
    public var store: (UInt32, UInt32) -> Void = { _, _ in }
    /// The same with region, offset and width (and value): for devices of several regions or widths. They come first.
    public var regionLoad: ((UInt32, UInt32, UInt32) -> UInt32)?
    public var regionStore: ((UInt32, UInt32, UInt32, UInt32) -> Void)?
    /// Octets of each region; nil: region 0 has ``regionOctets``, the others none.
    public var regionLength: ((UInt32) -> UInt64)?
    /// Configuration space, and who reads and writes it.
    public var config = [UInt8](repeating: 0, count: 256)
    public var configLoad: ((UInt32, UInt32) -> UInt32)?
    public var configStore: ((UInt32, UInt32, UInt32) -> Void)?
    /// Makes a part of ``arena`` reachable by the device, and takes it away; the default just adds to the offset.
    public var map: (UInt64, UInt64) -> UInt64 = { offset, _ in 0x1_0000_0000 + offset }
    public var unmap: (UInt64) -> Void = { _ in }
    /// Called after time has passed by a driver's delay.
    public var passed: () -> Void = {}
    public var regionOctets: UInt64 = 0x20000

    /// Virtual time; `delay` advances it.
    public var now: UInt64 = 0
    public private(set) var log: [(severity: UInt32, text: String)] = []
    public private(set) var failures: [String] = []
    public private(set) var linkChanges = 0
    /// Timers that are set: number to time.
    public private(set) var timers: [UInt32: UInt64] = [:]
    public private(set) var interruptsEnabled = false
    public var refusesInterrupts = false
    /// Most vectors granted of each kind (`DRYDOCK_INTX`, `DRYDOCK_MSI`, `DRYDOCK_MSIX`); 0: that kind is refused.
    public var grantedVectors: [UInt32] = [1, 0, 0]
    /// What was granted last.
    public private(set) var interruptKind: UInt32 = 0
    /// Descriptors that the driver watches, by vector.
    public private(set) var watched: [UInt32: Int32] = [:]
    /// All memory that the device may see, page by page, never used twice.
    public let arena: UnsafeMutableRawBufferPointer
    /// Parts of it that are alive: device address to offset and length.
    public private(set) var blocks: [UInt64: Range<Int>] = [:]
    /// The allocation (counted from 1) that fails; 0: none.
    public var failAllocation = 0
    public private(set) var allocations = 0

    private let table: UnsafeMutablePointer<drydock_services>
    private var nextOffset = 0

    public init(_ identity: drydock_identity) {
        unsafe arena = .allocate(byteCount: 16 << 20, alignment: 4096)
        unsafe arena.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe table = .allocate(capacity: 1)
        unsafe table.initialize(to: drydock_services())
        unsafe table.pointee.abi = DRYDOCK_ABI
        unsafe table.pointee.size = UInt32(MemoryLayout<drydock_services>.size)
        unsafe table.pointee.identity = identity
        unsafe table.pointee.host = Unmanaged.passUnretained(self).toOpaque()
        put16(0, identity.vendor)
        put16(2, identity.device)
        installBus()
        installRest()
    }

    deinit {
        unsafe arena.deallocate()
        unsafe table.deallocate()
    }

    /// What a driver is handed.
    public var services: UnsafePointer<drydock_services> { unsafe UnsafePointer(table) }

    /// Makes the table one of another version.
    public func pretend(abi: UInt32) { unsafe table.pointee.abi = abi }

    /// Memory at a device address, as the device sees it; nil when no block covers all of it.
    public func memory(_ address: UInt64, _ octets: Int) -> UnsafeMutableRawPointer? {
        for (start, block) in blocks where address >= start && address - start + UInt64(octets) <= UInt64(block.count) {
            return unsafe arena.baseAddress! + block.lowerBound + Int(address - start)
        }
        return nil
    }

    /// Takes zeroed memory out of the arena and maps it.
    public func allocate(octets: Int) -> (address: UInt64, memory: UnsafeMutableRawPointer) {
        let range = nextOffset..<nextOffset + octets
        precondition(unsafe range.upperBound <= arena.count, "the arena is used up")
        nextOffset += (octets + 4095) / 4096 * 4096
        let address = map(UInt64(range.lowerBound), UInt64(octets))
        blocks[address] = range
        return unsafe (address, arena.baseAddress! + range.lowerBound)
    }

    private func put16(_ at: Int, _ value: UInt16) {
        config[at] = UInt8(truncatingIfNeeded: value)
        config[at + 1] = UInt8(truncatingIfNeeded: value >> 8)
    }

    private static func of(_ host: UnsafeMutableRawPointer?) -> TestHost {
        unsafe Unmanaged<TestHost>.fromOpaque(host!).takeUnretainedValue()
    }

    private func installBus() {
        unsafe table.pointee.config_read = { host, offset, width in
            let me = unsafe TestHost.of(host)
            if let load = me.configLoad { return load(offset, width) }
            return (0..<width).reduce(0) { $0 | UInt32(me.config[Int(offset + $1)]) << (8 * $1) }
        }
        unsafe table.pointee.config_write = { host, offset, width, value in
            let me = unsafe TestHost.of(host)
            if let store = me.configStore { return store(offset, width, value) }
            for i in 0..<width { me.config[Int(offset + i)] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
        }
        unsafe table.pointee.region_length = { host, region in
            let me = unsafe TestHost.of(host)
            return me.regionLength?(region) ?? (region == 0 ? me.regionOctets : 0)
        }
        unsafe table.pointee.region_address = { _, _ in nil }
        unsafe table.pointee.load = { host, region, offset, width in
            let me = unsafe TestHost.of(host)
            return me.regionLoad?(region, offset, width) ?? me.load(offset)
        }
        unsafe table.pointee.store = { host, region, offset, width, value in
            let me = unsafe TestHost.of(host)
            if let store = me.regionStore { store(region, offset, width, value) } else { me.store(offset, value) }
        }
        unsafe table.pointee.dma_allocate = { host, length, _, out in
            let me = unsafe TestHost.of(host)
            me.allocations += 1
            guard me.allocations != me.failAllocation else { return -12 }
            let block = unsafe me.allocate(octets: Int(length))
            unsafe out!.pointee = drydock_dma(memory: block.memory.assumingMemoryBound(to: UInt8.self), device_address: block.address,
                                              length: length, handle: 0, reserved: 0)
            return 0
        }
        unsafe table.pointee.dma_free = { host, memory in
            let me = unsafe TestHost.of(host), address = unsafe memory!.pointee.device_address
            precondition(me.blocks.removeValue(forKey: address) != nil, "freed twice")
            me.unmap(address)
        }
    }

    private func installRest() {
        unsafe table.pointee.interrupt_enable = { host, kind, vectors in
            let me = unsafe TestHost.of(host)
            guard !me.refusesInterrupts, kind < 3, me.grantedVectors[Int(kind)] > 0 else { return -95 }
            (me.interruptsEnabled, me.interruptKind) = (true, kind)
            return Int32(min(vectors, me.grantedVectors[Int(kind)]))
        }
        unsafe table.pointee.interrupt_disable = { unsafe TestHost.of($0).interruptsEnabled = false }
        unsafe table.pointee.timer_set = { host, timer, microseconds in
            let me = unsafe TestHost.of(host)
            me.timers[timer] = microseconds == 0 ? nil : me.now + microseconds
        }
        unsafe table.pointee.now_us = { unsafe TestHost.of($0).now }
        unsafe table.pointee.delay_us = { host, microseconds in
            let me = unsafe TestHost.of(host)
            me.now += UInt64(microseconds)
            me.passed()
        }
        unsafe table.pointee.log = { host, severity, text in
            unsafe TestHost.of(host).log.append((severity, String(cString: text!)))
        }
        unsafe table.pointee.link_changed = { unsafe TestHost.of($0).linkChanges += 1 }
        unsafe table.pointee.device_failed = { host, reason in unsafe TestHost.of(host).failures.append(String(cString: reason!)) }
        unsafe table.pointee.device_reset = { _ in -95 }
        unsafe table.pointee.watch = { host, vector, descriptor in
            guard vector < 8 else { return -22 }
            unsafe TestHost.of(host).watched[vector] = descriptor < 0 ? nil : descriptor
            return 0
        }
        unsafe table.pointee.packet_memory = { host, out in
            let me = unsafe TestHost.of(host)
            unsafe out!.pointee = drydock_dma(
                memory: me.arena.baseAddress!.assumingMemoryBound(to: UInt8.self), device_address: me.map(0, UInt64(me.arena.count)),
                length: UInt64(me.arena.count), handle: .max, reserved: 0)
            return 0
        }
    }
}
#endif
