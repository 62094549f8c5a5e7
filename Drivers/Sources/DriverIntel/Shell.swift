public import DriverKit
import E1000Registers

// What the shell sees of every chip; the methods are C functions and stand in the drivers' own folders.
extension IntelVariables {
    public static func list() -> VariableList<IntelVariables> {
        var list = VariableList<IntelVariables>(capacity: 14)
        list.add("interrupts_per_second", "most interrupts a second, 0: no limit", writable: true) { $1.here(&$0.interruptsPerSecond) }
        list.add("receive_delay", "RDTR, in 1.024 us", writable: true) { $1.here(&$0.receiveDelay) }
        list.add("receive_absolute", "RADV, in 1.024 us", writable: true) { $1.here(&$0.receiveAbsolute) }
        list.add("transmit_delay", "TIDV, in 1.024 us, 0: off", writable: true) { $1.here(&$0.transmitDelay) }
        list.add("transmit_absolute", "TADV, in 1.024 us", writable: true) { $1.here(&$0.transmitAbsolute) }
        list.add("watchdog_us", "between two looks at the transmitter", writable: true) { $1.here(&$0.watchdogMicroseconds) }
        list.add("verbose", "0 to 2", writable: true) { $1.here(&$0.verbose) }
        list.add("hangs", "resets because the transmitter hung", writable: false) { $1.here(&$0.hangs) }
        list.add("interrupts", "interrupts with a cause", writable: false) { $1.here(&$0.interrupts) }
        list.add("foreign_interrupts", "interrupts without one", writable: false) { $1.here(&$0.foreignInterrupts) }
        list.add("refused_frames", "frames that the device must not be given", writable: false) { $1.here(&$0.refusedFrames) }
        list.add("interrupt_kind", "0: line, 1: MSI, 2: MSI-X", writable: false) { $1.here(&$0.interruptKind) }
        list.add("queue0_buffers", "buffers from the first of two queues", writable: false) { $1.here(&$0.queue0Buffers) }
        list.add("queue1_buffers", "buffers from the second", writable: false) { $1.here(&$0.queue1Buffers) }
        return list
    }
}

extension IntelNIC {
    /// The PHY, unless the device has gone.
    public func phy() throws(DriverFailure) -> PHY<Chip> {
        guard state != .gone else { throw .gone }
        return PHY<Chip>(services, io)
    }

    /// `recover` of the shell.
    public mutating func recoverNow() throws(DriverFailure) {
        guard state == .running else { throw .busy }
        recover("asked from the shell")
    }

    /// Head and tail of both rings, the device's and ours, into the log.
    public func logRings() {
        let rx = receive.positions, tx = transmit.positions
        let rdh = io.read(.rdh), rdt = io.read(.rdt), tdh = io.read(.tdh), tdt = io.read(.tdt)
        services.log(.notice) { line in
            line.text(Chip.name)
            line.text(": receive device ")
            line.range(rdh, rdt)
            line.text(" ours ")
            line.range(rx.head, rx.tail)
            line.text("; transmit device ")
            line.range(tdh, tdt)
            line.text(" ours ")
            line.range(tx.head, tx.tail)
        }
    }
}

extension LogLine {
    fileprivate mutating func range<T: BinaryInteger>(_ low: T, _ high: T) {
        decimal(low)
        text("..")
        decimal(high)
    }
}
