import CDriver
import Host
import Logging
import Rings
import Stack
import Wire
import netd

/// A stack and a driver without a device in one process, and a service inside it: what remains when no socket of a program
/// stands between.
// SAFETY: `attachment` and `stack` are initialised from init until the process ends; nothing else holds them.
@safe final class TCPHost {
    private let memory: PacketMemory
    private let note: CrashNote
    private let attachment: UnsafeMutablePointer<Attachment>
    let stack: UnsafeMutablePointer<Stack>
    private let index: InterfaceIndex
    private let watched: Watched
    private var deadline: Instant?
    private var isBusy = false
    private var ready = ReadyEvents(capacity: 16)
    private var alertness = Alertness()

    /// What the driver asked to be woken for, by vector.
    private final class Watched {
        let loop: EventLoop
        init() throws { loop = try EventLoop() }
    }

    /// - Parameters:
    ///   - driver: the image.
    ///   - options: its mount options.
    ///   - address: ours, in a network of 24 bits.
    init(driver: String, options: String, address: IPv4Address) throws {
        memory = PacketMemory(layout: PacketMemoryLayout())
        note = try CrashNote.create()
        let watched = try Watched()
        self.watched = watched
        let image = try DriverImage(path: driver, generation: 1, folder: "/tmp")
        let log = DriverLog(Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }, driver: image.name)
        let bus = HostBus(add: { try watched.loop.add($1, token: UInt64($0)) }, remove: { try? watched.loop.remove($0) })
        let context = try DeviceContext(bus: bus, memory: memory, arena: SharedArena(layout: memory.layout), log: log)
        unsafe attachment = .allocate(capacity: 1)
        unsafe try attachment.initialize(to: Attachment(
            image: image, context: context, memory: memory, options: options, mark: CalloutMark(word: note.calloutWord, slot: 0)))
        var configuration = StackConfiguration(seed: 1)
        configuration.conflicts.isProbing = false
        configuration.isIPv6On = false
        unsafe stack = .allocate(capacity: 1)
        unsafe stack.initialize(to: Stack(configuration, memory: memory))
        guard let name = InterfaceName("tap0"), let prefix = IPv4Prefix(address, length: 24) else { throw BenchFailure("address") }
        index = unsafe try stack.pointee.addInterface(attachment.pointee.interfaceDescription(name))
        unsafe attachment.pointee.joinReceived()
        guard unsafe attachment.pointee.start() == 0 else { throw BenchFailure("the driver did not start") }
        unsafe try stack.pointee.setUp(index, true, now: now)
        unsafe try stack.pointee.setLink(index, true, now: now)
        unsafe try stack.pointee.addAddress(index, IPPrefix(prefix), now: now)
    }

    var now: Instant { Instant(nanoseconds: MonotonicClock.now()) }

    /// One round: waits until something is due, moves frames, lets `serve` look at each event, and lets the stack speak.
    func round(_ serve: (Event, Instant) -> Void) throws {
        let vectors = try wait()
        let now = self.now
        for vector in 0..<8 as Range<UInt32> where vectors & 1 << vector != 0 { _ = unsafe attachment.pointee.interrupt(vector: vector) }
        let budget = 256
        if vectors & 1 != 0 || isBusy {
            isBusy = unsafe attachment.pointee.receive(into: &stack.pointee, on: index, now: now, budget: budget) >= budget
        }
        unsafe attachment.pointee.runTimers(now: now.nanoseconds)
        drain(serve, now)
        deadline = unsafe stack.pointee.advance(to: now)
        drain(serve, now)
        _ = unsafe attachment.pointee.reclaim()
        unsafe attachment.pointee.transmit(from: &stack.pointee, on: index)
    }

    private func drain(_ serve: (Event, Instant) -> Void, _ now: Instant) {
        while let event = unsafe stack.pointee.nextEvent() { serve(event, now) }
    }

    /// A bit for each vector that interrupts.
    private func wait() throws -> UInt32 {
        // As netd has it.
        if unsafe attachment.pointee.takeTraffic() <= Alertness.exchange {
            try watched.loop.wait(&ready, nanoseconds: timeout(), &alertness)
        } else {
            try watched.loop.wait(&ready, nanoseconds: timeout())
        }
        var vectors: UInt32 = 0
        for position in 0..<ready.count { vectors |= 1 << UInt32(truncatingIfNeeded: ready[position].token) }
        return vectors
    }

    /// Nanoseconds until something is due.
    private func timeout() -> UInt64 {
        if isBusy { return 0 }
        if unsafe stack.pointee.hasStreamToServe { return 0 }
        let now = MonotonicClock.now()
        let next = min(deadline?.nanoseconds ?? .max, unsafe attachment.pointee.nextTimer ?? .max)
        return next == .max ? 3600_000_000_000 : next > now ? next - now : 0
    }
}
