import CDriver
import Messages
package import Recorder
import Rings

/// What of one device goes to the flight recorder: the one seam that its register accesses, DMA memory, callouts,
/// interrupts and frames pass. Off, it is one branch; a callout is timed nevertheless.
// SAFETY: pointers to frames are made from a slot that packet memory has checked, or are our own.
@safe package struct DeviceTrace {
    /// How much is recorded: `-o trace=`.
    package enum Level: String, CaseIterable, Sendable { case off, events, frames }

    /// When a callout was entered, and how far the recorder had come: what `leave` is given.
    struct Entry {
        var time: UInt64 = 0
        var position: UInt64 = 0
    }

    package static let off = DeviceTrace(writer: nil, slot: 0, level: .off)

    let writer: RecorderWriter?
    let slot: UInt8
    let hasFrames: Bool
    private let hasInterrupts: Bool
    /// By the processor's counter: as the recorder's clock does, on the same machine.
    private let isCounting = drydock_ticks_are_steady() == 1

    /// - Parameters:
    ///   - writer: nil: nothing is recorded.
    ///   - hasInterrupts: what arrives as interrupts is the device's, and not the bell of another process that has a recorder for them.
    package init(writer: RecorderWriter?, slot: Int, level: Level, hasInterrupts: Bool = true) {
        self.writer = level == .off ? nil : writer
        self.slot = UInt8(truncatingIfNeeded: slot)
        hasFrames = writer != nil && level == .frames
        self.hasInterrupts = hasInterrupts
    }

    @inline(__always) var isOn: Bool { writer != nil }

    // MARK: callouts

    /// The recorder's clock, which goes on without one.
    @inline(__always) var now: UInt64 { isCounting ? drydock_ticks() : drydock_monotonic() }

    /// For whoever has to know how long a span of that clock is.
    var spans: SpanClock { SpanClock(isCounting: isCounting) }

    @inline(__always) var entry: Entry { Entry(time: now, position: writer?.position ?? 0) }

    @inline(__always) func ended(_ entry: Entry, _ callout: Callout, argument: UInt32, result: Int32, time: UInt64) {
        guard let writer else { return }
        writer.write(
            .callout, slot: slot, detail: UInt8(truncatingIfNeeded: callout.rawValue), count: argument,
            first: UInt64(bitPattern: Int64(result)), second: time &- entry.time, time: time)
    }

    /// Ticks of the clock, some 10 µs, from which an empty callout is worth an event.
    private static let long: UInt64 = 32_768

    /// A callout that moves buffers. One that moved nothing, touched nothing and took no time leaves no event: the
    /// stack asks often.
    @inline(__always)
    func moved(_ entry: Entry, _ callout: Callout, count: Int, offered: Int, first: UInt32, time: UInt64) {
        guard let writer else { return }
        if count | offered != 0 || writer.position != entry.position || time &- entry.time > Self.long {
            writer.write(
                .handOver, slot: slot, detail: UInt8(truncatingIfNeeded: callout.rawValue), count: UInt32(truncatingIfNeeded: count),
                first: UInt64(first) | UInt64(truncatingIfNeeded: offered) &<< 32, second: time &- entry.time, time: time)
        }
    }

    func interrupted(vector: Int) {
        guard hasInterrupts, let writer else { return }
        writer.write(.interrupt, slot: slot, count: UInt32(truncatingIfNeeded: vector), time: writer.now)
    }

    // MARK: frames

    /// A frame that the driver returned, in a slot that packet memory has taken back.
    @inline(__always)
    func received(_ buffer: drydock_buffer, length: UInt16, _ memory: borrowing PacketMemory, _ time: UInt64) {
        guard hasFrames, let writer else { return }
        let loss: RecordedLoss = unsafe buffer.flags & UInt16(DRYDOCK_BUFFER_ERROR) == 0 ? .none : .driverError
        unsafe writer.frame(
            .received, loss, slot: slot, buffer: buffer.slot, length: length, flags: buffer.flags, vlan: buffer.vlan,
            octets: memory.base + memory.memoryOffset(slot: buffer.slot), time: time)
    }

    /// A frame that the driver took.
    @inline(__always)
    func sent(_ buffer: drydock_buffer, _ time: UInt64) {
        guard let writer, let octets = unsafe buffer.data, unsafe Int(buffer.capacity) >= RecorderLayout.snap else { return }
        unsafe writer.frame(
            .sent, slot: slot, buffer: buffer.slot, length: buffer.length, flags: buffer.flags, vlan: buffer.vlan, octets: octets, time: time)
    }

    /// A frame of which nothing but what the driver says of it is known.
    @inline(never)
    func lost(_ buffer: drydock_buffer, _ loss: RecordedLoss, _ time: UInt64) {
        guard hasFrames, let writer else { return }
        let direction: RecordedDirection = loss == .unsent ? .sent : .received
        unsafe writer.write(
            .frame, slot: slot, detail: direction.rawValue | loss.rawValue &<< 1, count: UInt32(buffer.length) | UInt32(buffer.flags) &<< 16,
            first: UInt64(buffer.slot) | UInt64(buffer.vlan) &<< 32, time: time)
    }

    // MARK: the device

    @inline(__always) func access(_ kind: RecordedKind, region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        guard let writer else { return }
        writer.write(
            kind, slot: slot, detail: UInt8(truncatingIfNeeded: region &<< 4 | width & 15), count: offset, first: UInt64(value), time: writer.now)
    }

    func memory(_ kind: RecordedKind, address: UInt64, length: UInt64, handle: UInt32 = 0) {
        guard let writer else { return }
        writer.write(kind, slot: slot, count: handle, first: address, second: length, time: writer.now)
    }

    func delay(microseconds: UInt32) {
        guard let writer else { return }
        writer.write(.delay, slot: slot, count: microseconds, time: writer.now)
    }

    func interruptMode(kind: UInt32, asked: UInt32, granted: Int32) {
        guard let writer else { return }
        writer.write(
            .interruptMode, slot: slot, detail: UInt8(truncatingIfNeeded: kind), count: asked, first: UInt64(bitPattern: Int64(granted)),
            time: writer.now)
    }

    func reset(result: Int32) {
        guard let writer else { return }
        writer.write(.reset, slot: slot, first: UInt64(bitPattern: Int64(result)), time: writer.now)
    }

    func link(_ media: drydock_media?) {
        guard let writer else { return }
        writer.write(.link, slot: slot, count: media?.megabits ?? 0, first: UInt64(media?.flags ?? 0), time: writer.now)
    }

    func text(_ kind: RecordedKind, _ text: String, severity: UInt8 = 0) {
        writer?.text(kind, text, slot: slot, detail: severity)
    }

    // MARK: its life

    /// Gives the device its place, and its registers their names.
    func attached(interface: String, driver: String, nic: String, bus: String, registers: RegisterTable) {
        writer?.attach(slot: Int(slot), interface: interface, driver: driver, nic: nic, bus: bus, registers: registers)
    }

    func detached() { writer?.detach(slot: Int(slot)) }
}
