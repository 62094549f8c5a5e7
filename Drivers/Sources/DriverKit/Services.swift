public import CDriver

/// How grave a log line is; `enum drydock_severity` of the contract.
@frozen public enum Severity: UInt32, Sendable {
    case critical = 1, error, warning, notice, info, debug
}

/// What the host does for a driver: the contract's table of services, as Swift calls.
///
/// Copies are cheap (one pointer) and refer to the same table, which the host keeps until detach has returned.
// SAFETY: the pointer and every function in the table are valid until detach returns (contract), and a driver ends there.
@safe @frozen public struct Services {
    @usableFromInline let table: UnsafePointer<drydock_services>

    /// - Precondition: every function of the table is set.
    public init(_ table: UnsafePointer<drydock_services>) { unsafe self.table = table }

    public var identity: drydock_identity { unsafe table.pointee.identity }

    /// Reads configuration space; `width` is 1, 2 or 4 octets. All ones when the device is absent.
    public func config(_ offset: UInt32, width: UInt32) -> UInt32 {
        unsafe table.pointee.config_read(table.pointee.host, offset, width)
    }
    public func setConfig(_ offset: UInt32, width: UInt32, _ value: UInt32) {
        unsafe table.pointee.config_write(table.pointee.host, offset, width, value)
    }

    /// Octets of a base address region; 0: it does not exist.
    public func regionLength(_ region: UInt32) -> UInt64 { unsafe table.pointee.region_length(table.pointee.host, region) }

    /// Asks for interrupts and returns the number of vectors granted.
    public func enableInterrupts(_ kind: UInt32, vectors: UInt32) throws(DriverFailure) -> UInt32 {
        let granted = unsafe table.pointee.interrupt_enable(table.pointee.host, kind, vectors)
        guard granted >= 1 else { throw .noInterrupt }
        return UInt32(granted)
    }
    public func disableInterrupts() { unsafe table.pointee.interrupt_disable(table.pointee.host) }

    /// While `descriptor` is readable, `interrupt` is called with `vector`; nil ends that. For drivers without a device.
    public func watch(_ vector: UInt32, _ descriptor: Int32?) throws(DriverFailure) {
        guard unsafe table.pointee.watch(table.pointee.host, vector, descriptor ?? -1) >= 0 else { throw .noInterrupt }
    }

    /// All of packet memory as one region. The memory stays the host's.
    public func packetMemory() throws(DriverFailure) -> drydock_dma {
        var out = unsafe drydock_dma()
        guard unsafe table.pointee.packet_memory(table.pointee.host, &out) >= 0 else { throw .noMemory("packet memory as one region") }
        return unsafe out
    }

    /// Sets (or, with 0, cancels) the one-shot timer `number`, 0 to 7.
    public func setTimer(_ number: UInt32, microseconds: UInt64) {
        unsafe table.pointee.timer_set(table.pointee.host, number, microseconds)
    }
    /// Monotonic microseconds.
    public var now: UInt64 { unsafe table.pointee.now_us(table.pointee.host) }
    public func delay(microseconds: UInt32) { unsafe table.pointee.delay_us(table.pointee.host, microseconds) }

    /// Writes one log line. `build` is not kept; nothing is allocated.
    @inline(never)
    public func log(_ severity: Severity, _ build: (inout LogLine) -> Void) {
        var line = LogLine()
        build(&line)
        // SAFETY: the text is read during the call only.
        unsafe line.withCString { unsafe table.pointee.log(table.pointee.host, severity.rawValue, $0) }
    }

    /// Tells the stack that the link changed; it asks for the media.
    public func linkChanged() { unsafe table.pointee.link_changed(table.pointee.host) }

    /// Declares the device unusable.
    @inline(never)
    public func fail(_ build: (inout LogLine) -> Void) {
        var line = LogLine()
        build(&line)
        // SAFETY: the text is read during the call only.
        unsafe line.withCString { unsafe table.pointee.device_failed(table.pointee.host, $0) }
    }

    /// Waits until `done`, asking every `step` microseconds and at most for `microseconds` in all.
    ///
    /// The bound counts the delays and not the clock, so that a clock that stands still cannot make it endless.
    /// - Throws: `.timedOut(name)`, and whatever `done` throws.
    @inlinable
    public func settle(_ name: StaticString, within microseconds: UInt32, step: UInt32 = 10,
                       _ done: () throws(DriverFailure) -> Bool) throws(DriverFailure) {
        var waited: UInt32 = 0
        while true {
            if try done() { return }
            guard waited < microseconds else { throw .timedOut(name) }
            delay(microseconds: step)
            waited = waited &+ max(step, 1)
        }
    }
}

/// PCI configuration space: the command register. PCI 3.0 §6.2.2
public enum PCICommand {
    @inlinable public static var offset: UInt32 { 0x04 }
    @inlinable public static var memory: UInt32 { 0x0002 }
    @inlinable public static var busMaster: UInt32 { 0x0004 }
    @inlinable public static var interruptDisable: UInt32 { 0x0400 }
}

extension Services {
    /// Sets and clears bits of the PCI command register.
    ///
    /// - Throws: `.gone` when configuration space reads as all ones.
    public func command(set: UInt32, clear: UInt32 = 0) throws(DriverFailure) {
        let old = config(PCICommand.offset, width: 2)
        guard old != 0xFFFF else { throw .gone }
        setConfig(PCICommand.offset, width: 2, (old & ~clear) | set)
    }
}

extension Services {
    /// Where the first PCI capability `identifier` lies in configuration space, or nil. PCI 3.0 §6.7
    ///
    /// The list is walked 48 steps at most, so that one that bites its tail ends.
    public func capability(_ identifier: UInt32) -> UInt32? {
        guard config(0x06, width: 2) & 0x10 != 0 else { return nil }
        var at = config(0x34, width: 1) & 0xFC
        for _ in 0..<48 where at >= 0x40 {
            let header = config(at, width: 2)
            if header & 0xFF == identifier { return at }
            at = header >> 8 & 0xFC
        }
        return nil
    }
}
