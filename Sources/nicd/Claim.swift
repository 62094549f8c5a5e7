internal import Bus
internal import Host
internal import Messages
internal import NICModels

/// A stack's hold on the NIC: its memory, the access channel, its interrupts and its mappings.
// SAFETY: memory and channel stay mapped until deinit, and the access server uses nothing else.
@safe final class Claim {
    /// Mappings that one claim may have.
    static let mostMappings = 1024

    struct Mapping: Equatable { var offset: UInt64, length: UInt64, address: UInt64 }

    let client: Sender.Client
    let stack: String
    /// The process that claimed.
    let pid: Int32
    let memory: SharedMemory
    private let channel: SharedMemory
    private let nicBell: EventCounter, stackBell: EventCounter
    private var signals: [Signal] = []
    var access: AccessServer
    var lines = InterruptLines()
    var mappings: [Mapping] = []
    var interrupts: UInt64 = 0

    private final class Signal {
        let counter: EventCounter
        init() throws(SystemError) { counter = try EventCounter() }
        var raw: Int32 { counter.raw }
    }

    init(client: Sender.Client, stack: String, pid: Int32, memory descriptor: consuming FileDescriptor, vectors: Int) throws(SystemError) {
        let size = try SharedMemory.size(of: descriptor.raw)
        memory = try SharedMemory(received: descriptor, length: size)
        memory.leaveOutOfCores()
        channel = try SharedMemory(named: "drydock access channel", length: AccessServer.octets)
        nicBell = try EventCounter()
        stackBell = try EventCounter()
        for _ in 0..<vectors { signals.append(try Signal()) }
        access = unsafe AccessServer(base: channel.base, stackBell: Bell(descriptor: stackBell.raw))
        (self.client, self.stack, self.pid) = (client, stack, pid)
    }

    /// In the order of `NICClaim`.
    var descriptors: [Int32] { [channel.descriptor.raw, nicBell.raw, stackBell.raw] + signals.map(\.raw) }
    var vectors: Int { signals.count }
    /// One a vector, for hardware that signals by itself.
    var bells: [Int32] { signals.map(\.raw) }
    /// Rings when an access came while this process slept.
    var bell: Int32 { nicBell.raw }
    func hushBell() { nicBell.take() }

    /// Octets of the claimed memory; none outside of it.
    func octets(at offset: UInt64, _ count: Int) -> [UInt8] {
        guard count >= 0, offset <= UInt64(memory.length), UInt64(count) <= UInt64(memory.length) - offset else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: memory.base + Int(offset), count: count))
    }

    var dma: DMAMemory { unsafe DMAMemory(descriptor: memory.descriptor.raw, base: memory.base, length: UInt64(memory.length)) }

    func signal(_ vector: Int) {
        interrupts &+= 1
        signals[vector].counter.signal()
    }
}
