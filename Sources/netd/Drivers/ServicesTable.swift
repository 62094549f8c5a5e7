import CDriver
import CLinux
import Glibc
import Host
import Recorder

/// The C table of services: each entry finds its `DeviceContext` again and does what its Swift twin says.
// SAFETY: `host` is always the context that made the table (drydock_driver.h says so), alive until after `detach`.
enum ServicesTable {
    static func make(for context: DeviceContext) -> drydock_services {
        var table = unsafe drydock_services()
        unsafe table.abi = DRYDOCK_ABI
        unsafe table.size = UInt32(MemoryLayout<drydock_services>.size)
        unsafe table.host = Unmanaged.passUnretained(context).toOpaque()
        unsafe table.identity = context.bus.driverIdentity
        unsafe fillRegisters(&table, isRecorded: context.trace.isOn)
        unsafe fillMemory(&table)
        unsafe fillTime(&table)
        unsafe fillReports(&table)
        return unsafe table
    }

    private static func fillRegisters(_ table: inout drydock_services, isRecorded: Bool) {
        unsafe table.config_read = { host, offset, width in unsafe context(host).bus.configLoad(offset: offset, width: width) }
        unsafe table.config_write = { host, offset, width, value in
            unsafe context(host).bus.configStore(offset: offset, width: width, value: value)
        }
        unsafe table.region_length = { host, region in unsafe context(host).bus.regionLength(region) }
        unsafe table.region_address = { host, region in
            unsafe context(host).address(region: region)?.assumingMemoryBound(to: UInt8.self)
        }
        if isRecorded {
            unsafe fillRecorded(&table)
            return
        }
        unsafe table.load = { host, region, offset, width in
            // Doorbells come this way: without a retain.
            unsafe Unmanaged<DeviceContext>.fromOpaque(host.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                $0.bus.load(region: region, offset: offset, width: width)
            }
        }
        unsafe table.store = { host, region, offset, width, value in
            unsafe Unmanaged<DeviceContext>.fromOpaque(host.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                $0.bus.store(region: region, offset: offset, width: width, value: value)
            }
        }
    }

    private static func fillMemory(_ table: inout drydock_services) {
        unsafe table.dma_allocate = { host, length, alignment, out in
            guard let out = unsafe out else { return -EINVAL }
            guard let memory = unsafe context(host).allocate(length: length, alignment: alignment) else { return -ENOMEM }
            unsafe out.pointee = memory
            return 0
        }
        unsafe table.dma_free = { host, memory in
            guard let memory = unsafe memory else { return }
            unsafe context(host).free(handle: memory.pointee.handle)
        }
        unsafe table.interrupt_enable = { host, kind, vectors in
            let granted = unsafe context(host).bus.enableInterrupts(kind: kind, vectors: vectors)
            unsafe context(host).trace.interruptMode(kind: kind, asked: vectors, granted: granted)
            return granted
        }
        unsafe table.interrupt_disable = { host in unsafe context(host).bus.disableInterrupts() }
        unsafe table.watch = { host, vector, descriptor in unsafe context(host).bus.watch(vector: vector, descriptor: descriptor) }
        unsafe table.packet_memory = { host, out in
            guard let out = unsafe out else { return -EINVAL }
            unsafe out.pointee = context(host).allSlots
            return 0
        }
        unsafe table.device_reset = { host in
            let result = unsafe context(host).bus.resetDevice()
            unsafe context(host).trace.reset(result: result)
            return result
        }
    }

    private static func fillTime(_ table: inout drydock_services) {
        unsafe table.timer_set = { host, timer, microseconds in
            guard timer < 8 else { return }
            let end = microseconds == 0 ? 0 : MonotonicClock.now() &+ min(microseconds, 3_600_000_000) &* 1000
            unsafe context(host).timers[Int(timer)] = end
        }
        unsafe table.now_us = { _ in MonotonicClock.now() / 1000 }
        unsafe table.delay_us = { host, microseconds in
            unsafe context(host).trace.delay(microseconds: microseconds)
            // A driver's wait is bounded by its author; one call is bounded here, to a second.
            let bounded = min(microseconds, 1_000_000)
            guard bounded > longestAwake else { return stayAwake(bounded) }
            var wait = timespec(tv_sec: Int(bounded / 1_000_000), tv_nsec: Int(bounded % 1_000_000) * 1000), left = timespec()
            while unsafe nanosleep(&wait, &left) != 0, errno == EINTR { wait = left }
        }
    }

    private static func fillReports(_ table: inout drydock_services) {
        unsafe table.log = { host, severity, text in
            guard let text = unsafe text else { return }
            unsafe context(host).note(severity: severity, String(cString: text))
        }
        unsafe table.link_changed = { host in unsafe context(host).linkChanged = true }
        unsafe table.device_failed = { host, reason in
            let reason = unsafe reason.map { unsafe String(cString: $0) } ?? "no reason given"
            unsafe context(host).trace.text(.failed, reason)
            unsafe context(host).failure = reason
        }
    }
}

// SAFETY: as above; a free function, because a C function pointer captures nothing.
@inline(__always)
private func context(_ host: UnsafeMutableRawPointer?) -> DeviceContext {
    unsafe Unmanaged<DeviceContext>.fromOpaque(host.unsafelyUnwrapped).takeUnretainedValue()
}

/// Microseconds that a driver's delay is spent awake at most. Sleep is rounded up to some sixty, several times what a register or a
/// management bus asks for.
private let longestAwake: UInt32 = 50

private func stayAwake(_ microseconds: UInt32) {
    let end = MonotonicClock.now() &+ UInt64(microseconds) &* 1000
    while MonotonicClock.now() < end { drydock_relax() }
}
