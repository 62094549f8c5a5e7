import CDriver
import Host
import Logging
import Messages
@testable import Recorder
import Rings
import Testing

@testable import netd

/// A device that is four registers.
private final class SmallDevice: DeviceBus {
    let name = "small", kind = "sim"
    var registers: [UInt32: UInt32] = [:]
    var isRefusing = false
    var mapped: [UInt64] = []
    var driverIdentity: drydock_identity { drydock_identity() }
    func configLoad(offset: UInt32, width: UInt32) -> UInt32 { 0x8086 }
    func configStore(offset: UInt32, width: UInt32, value: UInt32) {}
    func regionLength(_ region: UInt32) -> UInt64 { 4096 }
    func address(region: UInt32) -> UnsafeMutableRawPointer? { unsafe UnsafeMutableRawPointer(bitPattern: 0x1000) }
    func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 { registers[offset] ?? .max }
    func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) { registers[offset] = value }
    func map(offset: UInt64, length: UInt64) throws -> UInt64 {
        if isRefusing { throw DriverFailure.nameTaken("memory") }
        mapped.append(offset)
        return offset &+ 0x1_0000_0000
    }
    func unmap(deviceAddress: UInt64) {}
    func enableInterrupts(kind: UInt32, vectors: UInt32) -> Int32 { kind == 0 ? 1 : -95 }
    func disableInterrupts() {}
    var interruptDescriptors: [Int32] { [] }
    func takeInterrupt(vector: Int) -> Bool { false }
    func unmask(vector: Int) {}
    func resetDevice() -> Int32 { -95 }
    var lifeDescriptor: Int32 { -1 }
    func noteHangUp() {}
    var goneReason: String? { nil }
    func release() {}
}

/// A context over it, with or without a recorder.
// SAFETY: the recorder's memory lives as long as this object, and the table's pointers are called only while it does.
@safe private final class TraceRig {
    private let memory: UnsafeMutableRawPointer
    private let length = RecorderLayout.length(ring: 64 << 10)
    let device = SmallDevice()
    let writer: RecorderWriter
    let context: DeviceContext
    let trace: DeviceTrace

    init(_ level: DeviceTrace.Level) throws {
        unsafe memory = .allocate(byteCount: length, alignment: 4096)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: length)
        unsafe RecorderLayout.format(memory, ring: 64 << 10)
        unsafe writer = try #require(RecorderWriter(memory: memory, length: length))
        trace = DeviceTrace(writer: writer, slot: 3, level: level)
        let packets = PacketMemory()
        let log = DriverLog(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, driver: "test")
        context = try DeviceContext(bus: device, memory: packets, arena: SharedArena(layout: packets.layout), log: log, trace: trace)
    }

    deinit { unsafe memory.deallocate() }

    var services: drydock_services { unsafe context.services.pointee }
    var host: UnsafeMutableRawPointer? { unsafe services.host }

    var events: [RecordedEvent.Body] {
        guard var reader = unsafe RecorderReader(UnsafeRawBufferPointer(start: memory, count: length)) else { return [] }
        var all: [RecordedEvent] = []
        while let more = reader.next() { all += more }
        #expect(all.allSatisfy { $0.slot == 3 })
        return all.map(\.body)
    }
}

struct DeviceTraceTests {
    @Test func `every access through the services is recorded with its value`() throws {
        let rig = try TraceRig(.frames)
        unsafe rig.services.store(rig.host, 0, 0x10, 4, 77)
        #expect(unsafe rig.services.load(rig.host, 0, 0x10, 4) == 77)
        #expect(unsafe rig.services.load(rig.host, 2, 0x20, 2) == .max)
        #expect(unsafe rig.services.config_read(rig.host, 0, 2) == 0x8086)
        unsafe rig.services.config_write(rig.host, 4, 2, 7)
        #expect(rig.device.registers == [0x10: 77])
        #expect(rig.events.dropFirst().elementsEqual([
            .access(.init(isStore: true, region: 0, offset: 0x10, width: 4, value: 77)),
            .access(.init(isStore: false, region: 0, offset: 0x10, width: 4, value: 77)),
            .access(.init(isStore: false, region: 2, offset: 0x20, width: 2, value: 0xffff_ffff)),
            .access(.init(isStore: false, region: nil, offset: 0, width: 2, value: 0x8086)),
            .access(.init(isStore: true, region: nil, offset: 4, width: 2, value: 7)),
        ]))
        // An access that nobody sees cannot be told of.
        #expect(unsafe rig.services.region_address(rig.host, 0) == nil)
    }

    @Test func `DMA memory, interrupts, waits, resets and words are recorded`() throws {
        let rig = try TraceRig(.events)
        var memory = unsafe drydock_dma()
        #expect(unsafe rig.services.dma_allocate(rig.host, 4096, 4096, &memory) == 0)
        unsafe rig.services.dma_free(rig.host, &memory)
        rig.device.isRefusing = true
        #expect(unsafe rig.services.dma_allocate(rig.host, 8192, 16, &memory) < 0)
        #expect(unsafe rig.services.interrupt_enable(rig.host, 2, 5) == -95)
        unsafe rig.services.delay_us(rig.host, 1)
        #expect(unsafe rig.services.device_reset(rig.host) == -95)
        unsafe rig.services.log(rig.host, 3, "careful")
        unsafe rig.services.device_failed(rig.host, "it burns")
        let events = rig.events
        guard case .memory(.map, _, _, _) = events[0], case .memory(.allocate, let address, 4096, 1) = events[1] else {
            Issue.record("\(events)")
            return
        }
        #expect(events[2] == .memory(.free, address: address, length: 4096, handle: 1))
        #expect(events[3] == .memory(.allocate, address: .max, length: 8192, handle: 0))
        #expect(events.dropFirst(4).elementsEqual([
            .interruptMode(kind: 2, asked: 5, granted: -95), .delay(microseconds: 1), .reset(result: -95),
            .text(.log, severity: 3, "careful"), .text(.failed, severity: 0, "it burns"),
        ]))
    }

    @Test func `off, nothing is recorded and registers may be mapped`() throws {
        let rig = try TraceRig(.off)
        unsafe rig.services.store(rig.host, 0, 0x10, 4, 77)
        unsafe rig.services.log(rig.host, 3, "careful")
        let mark = unsafe CalloutMark(word: UnsafeMutablePointer<UInt32>.allocate(capacity: 1), slot: 3, trace: rig.trace)
        mark.leave(mark.enter(.start), .start, result: 0)
        #expect(rig.device.registers == [0x10: 77])
        #expect(rig.events.isEmpty)
        #expect(unsafe rig.services.region_address(rig.host, 0) != nil)
    }

    @Test func `a callout that moved nothing and touched nothing leaves no event`() throws {
        let rig = try TraceRig(.events)
        let mark = unsafe CalloutMark(word: UnsafeMutablePointer<UInt32>.allocate(capacity: 1), slot: 3, trace: rig.trace)
        // The first may take its time, as anything may on a busy machine.
        for _ in 0..<20 { _ = mark.leave(mark.enter(.returnReceive), .returnReceive, moved: 0, first: 0) }
        let idle = rig.events.count
        #expect(idle < 15)
        _ = mark.leave(mark.enter(.returnReceive), .returnReceive, moved: 4, first: 9)
        let entry = mark.enter(.provideTransmit)
        unsafe rig.services.store(rig.host, 0, 0x10, 4, 1)
        _ = mark.leave(entry, .provideTransmit, moved: 0, first: 0)
        let moved = rig.events.dropFirst(idle).compactMap { event -> Int? in
            if case .handOver(_, let count, _, _, _) = event { count } else { nil }
        }
        #expect(moved == [4, 0])
    }
}
