import CDriver
import Glibc
import Host
import Recorder
package import Rings

/// What stands behind the services of one attached driver instance: its device, its DMA memory, its timers.
///
/// The driver holds a pointer to it as `host`; it lives until after `detach`.
// SAFETY: `services.host` is this object unretained; Attachment keeps it alive for as long as the driver can call.
@safe package final class DeviceContext {
    let bus: any DeviceBus
    let memory: PacketMemory
    let log: DriverLog
    /// Fixed for the device's life: the table of services is made for it.
    let trace: DeviceTrace
    /// What is noted of callouts that take too long; nil: nobody asks.
    let slow: SlowCallouts?
    /// The table that the driver holds: at one address until this object goes.
    let services = UnsafeMutablePointer<drydock_services>.allocate(capacity: 1)
    /// Device address of packet memory's first slot.
    private(set) var slotsAddress: UInt64 = 0
    /// When each one-shot timer ends, monotonic nanoseconds; 0: not set.
    var timers = [UInt64](repeating: 0, count: 8)
    /// Set by `link_changed`, cleared by whoever has told the stack.
    var linkChanged = false
    /// Set by `device_failed`.
    var failure: String?
    /// What the driver said last, for when it cannot be asked.
    var answered: (media: drydock_media?, statistics: drydock_statistics?)
    /// The most severe thing the driver logged while it attached: the reason given when it fails.
    var said: (severity: UInt32, text: String)?
    private var pieces: [UInt32: (piece: DMAArena.Piece, deviceAddress: UInt64)] = [:]
    private var nextHandle: UInt32 = 1
    private let arena: SharedArena

    package init(bus: any DeviceBus, memory: PacketMemory, arena: SharedArena, log: DriverLog, trace: DeviceTrace = .off,
                 slow: SlowCallouts? = nil) throws(DriverFailure) {
        (self.bus, self.memory, self.arena, self.log, self.trace, self.slow) = (bus, memory, arena, log, trace, slow)
        let layout = memory.layout
        do {
            slotsAddress = try bus.map(offset: UInt64(layout.smallStart), length: UInt64(layout.length - layout.smallStart))
        } catch {
            throw .busFailed(nic: bus.name, why: "its view of packet memory could not be mapped: \(error)")
        }
        trace.memory(.map, address: slotsAddress, length: UInt64(layout.length - layout.smallStart))
        unsafe services.initialize(to: ServicesTable.make(for: self))
    }

    deinit { unsafe services.deallocate() }

    /// Tags the table of services with the driver's version of the contract, so that it finds what it was built for.
    func speak(contract: UInt32) {
        unsafe services.pointee.abi = contract
        unsafe services.pointee.size = UInt32(Contract.servicesOctets(contract))
    }

    /// Device address of a slot's first octet.
    func deviceAddress(slot: UInt32) -> UInt64 {
        deviceAddress(at: memory.memoryOffset(slot: slot))
    }

    /// The same of an octet in a slot, by its place in packet memory.
    func deviceAddress(at offset: Int) -> UInt64 { slotsAddress &+ UInt64(truncatingIfNeeded: offset &- memory.smallStart) }

    /// Every slot of packet memory as one region.
    var allSlots: drydock_dma {
        let layout = memory.layout
        return unsafe drydock_dma(
            memory: (memory.base + layout.smallStart).assumingMemoryBound(to: UInt8.self), device_address: slotsAddress,
            length: UInt64(layout.length - layout.smallStart), handle: .max, reserved: 0)
    }

    /// A region's registers as memory, for a driver to touch by itself; nil while its accesses are watched.
    func address(region: UInt32) -> UnsafeMutableRawPointer? { trace.isOn ? nil : unsafe bus.address(region: region) }

    func allocate(length: UInt64, alignment: UInt64) -> drydock_dma? {
        let made = unsafe allocateUnrecorded(length: length, alignment: alignment)
        unsafe trace.memory(.allocate, address: made?.device_address ?? .max, length: length, handle: made?.handle ?? 0)
        return unsafe made
    }

    private func allocateUnrecorded(length: UInt64, alignment: UInt64) -> drydock_dma? {
        guard length <= UInt64(Int32.max), alignment <= 1 << 20,
              let piece = arena.value.allocate(length: Int(length), alignment: Int(max(alignment, 1))) else { return nil }
        guard let address = try? bus.map(offset: UInt64(piece.offset), length: UInt64(piece.length)) else {
            _ = arena.value.free(offset: piece.offset)
            return nil
        }
        let start = unsafe memory.base + piece.offset
        unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: piece.length)
        let handle = nextHandle
        nextHandle &+= 1
        pieces[handle] = (piece, address)
        return unsafe drydock_dma(
            memory: start.assumingMemoryBound(to: UInt8.self), device_address: address, length: length, handle: handle, reserved: 0)
    }

    func free(handle: UInt32) {
        guard let (piece, address) = pieces.removeValue(forKey: handle) else {
            log.write(UInt32(DRYDOCK_LOG_ERROR.rawValue), "dma_free of memory that is not allocated (handle \(handle))")
            return
        }
        trace.memory(.free, address: address, length: UInt64(piece.length), handle: handle)
        bus.unmap(deviceAddress: address)
        _ = arena.value.free(offset: piece.offset)
    }

    /// Takes back what the driver left behind; says so, for it is a leak.
    func close() {
        if !pieces.isEmpty {
            log.write(UInt32(DRYDOCK_LOG_WARNING.rawValue), "\(pieces.count) DMA allocations were not freed at detach")
        }
        for handle in pieces.keys.sorted() { free(handle: handle) }
        bus.release()
    }

    func note(severity: UInt32, _ text: String) {
        trace.text(.log, text, severity: UInt8(truncatingIfNeeded: severity))
        if severity <= (said?.severity ?? UInt32(DRYDOCK_LOG_WARNING.rawValue)) { said = (severity, text) }
        log.write(severity, text, second: MonotonicClock.now() / 1_000_000_000)
    }
}

/// The arena that all devices of one instance share.
package final class SharedArena {
    var value: DMAArena
    package init(layout: PacketMemoryLayout) { value = DMAArena(layout: layout) }
    init(_ piece: DMAArena.Piece) { value = DMAArena(piece) }
}
