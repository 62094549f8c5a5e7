import DriverKit
import VirtioNetRegisters

/// The device gave back what it did not hold.
struct RingFault: Error { var queue: UInt32, descriptor: UInt32 }

/// A split virtqueue and the buffers that the device holds through it. virtio 1.2 §2.7
///
/// A chain is a header and the buffers behind it. What the device may write is never believed: links and the lengths of
/// chains are kept a second time, where it cannot reach.
struct Virtqueue: ~Copyable {
    let index: UInt32
    let layout: SplitLayout
    let memory: DMABlock
    private let doorbell: Registers, eventIndex: Bool
    private var held: HeldBuffers
    /// What is behind a descriptor, in its chain or among the free ones.
    private let links: OwnedArray<UInt16>
    /// At a chain's head: its descriptors. Elsewhere, and when the device has given it back: 0.
    private let chains: OwnedArray<UInt16>
    private var free = 0
    /// Free descriptors; chains that the device holds.
    private(set) var room: Int, inFlight = 0
    /// Indices that only grow: offered, announced to the device, taken back.
    private var available: UInt16 = 0, announced: UInt16 = 0
    private(set) var seen: UInt16 = 0
    /// Chains of a frame with too many parts, still to be taken back.
    var skipped = 0

    init(_ device: Device, index: UInt32, atMost wish: UInt32, eventIndex: Bool) throws(DriverFailure) {
        let doorbell = try device.doorbell(index)
        var size = Int(min(device.common.read(.queueSize), wish))
        guard size >= 2 else { throw .unsuitable("a queue that is needed does not exist") }
        // A power of two. virtio 1.2 §2.7
        while size & (size - 1) != 0 { size &= size - 1 }
        let memory = try DMABlock(device.services, octets: SplitLayout(size: size).octets, alignment: 64, for: "a virtqueue")
        (self.index, self.eventIndex, self.doorbell, layout) = (index, eventIndex, doorbell, SplitLayout(size: size))
        self.memory = memory
        held = HeldBuffers(count: size)
        links = OwnedArray(repeating: 0, count: size)
        chains = OwnedArray(repeating: 0, count: size)
        for i in 0..<size { links[i] = UInt16(truncatingIfNeeded: (i + 1) % size) }
        room = size
    }

    /// Tells a device that was reset where the queue is. What is still in it is offered anew. virtio 1.2 §4.1.5.1.3
    mutating func program(_ device: Device, vector: UInt32?) throws(DriverFailure) {
        (available, announced, seen) = (0, 0, 0)
        memory.store32(layout.available, 0)
        memory.store32(layout.used, 0)
        memory.store16(layout.usedEvent, 0)
        memory.store16(layout.availableEvent, 0)
        for head in 0..<layout.size where chains[head] > 0 { offer(head) }
        let io = device.common
        io.write(.queueSelect, index)
        io.write(.queueSize, UInt32(layout.size))
        if let vector { try device.bind(.queueVector, to: vector) }
        write(io, .queueDesc, .queueDescHigh, 0)
        write(io, .queueDriver, .queueDriverHigh, layout.available)
        write(io, .queueDevice, .queueDeviceHigh, layout.used)
        io.write(.queueEnable, 1)
    }

    private func write(_ io: Registers, _ low: VirtioNetRegister, _ high: VirtioNetRegister, _ offset: Int) {
        io.write(low, UInt32(truncatingIfNeeded: memory.deviceAddress &+ UInt64(offset)))
        io.write(high, UInt32(truncatingIfNeeded: (memory.deviceAddress &+ UInt64(offset)) >> 32))
    }

    /// Hands over `parts` buffers behind a header. Those that the device writes keep room for the octets of a header.
    @inline(__always)
    mutating func post(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ header: PacketHeader, deviceWrites: Bool) {
        let head = free, flag = deviceWrites ? SplitLayout.deviceWrites : 0, words = header.words
        memory.store64(layout.header(head), words.0)
        memory.store32(layout.header(head) &+ 8, words.1)
        describe(head, memory.deviceAddress &+ UInt64(layout.header(head)), PacketHeader.octets, flag | SplitLayout.next)
        var at = head
        for part in 0..<parts {
            at = Int(links[at])
            let buffer = OwnedBuffer(taking: list[start &+ part])
            let octets = deviceWrites ? buffer.capacity &- PacketHeader.octets : buffer.length
            describe(at, buffer.deviceAddress, octets, part == parts &- 1 ? flag : flag | SplitLayout.next)
            held.put(buffer, at: at)
        }
        close(head, at, parts &+ 1)
    }

    /// Hands over `octets` of the header area for reading and the one behind them for the answer.
    mutating func postCommand(octets: Int) {
        let head = free, last = Int(links[head]), data = memory.deviceAddress &+ UInt64(layout.header(0))
        describe(head, data, octets, SplitLayout.next)
        describe(last, data &+ UInt64((octets &+ 3) & ~3), 1, SplitLayout.deviceWrites)
        close(head, last, 2)
    }

    private func describe(_ at: Int, _ address: UInt64, _ octets: Int, _ flags: UInt32) {
        memory.store64(layout.descriptor(at), address)
        memory.store32(layout.descriptor(at) &+ 8, UInt32(truncatingIfNeeded: octets))
        memory.store32(layout.descriptor(at) &+ 12, flags | UInt32(links[at]) << 16)
    }

    private mutating func close(_ head: Int, _ last: Int, _ descriptors: Int) {
        free = Int(links[last])
        room &-= descriptors
        inFlight &+= 1
        chains[head] = UInt16(truncatingIfNeeded: descriptors)
        offer(head)
    }

    private mutating func offer(_ head: Int) {
        memory.store16(layout.availableEntry(Int(available) & (layout.size &- 1)), UInt16(truncatingIfNeeded: head))
        available &+= 1
    }

    /// Shows the device what was posted, and notifies it when it wants to know. virtio 1.2 §2.7.13
    mutating func publish() {
        guard available != announced else { return }
        releaseToDevice()
        memory.store16(layout.available &+ 2, available)
        // The wish is read after the index is written: a device that goes to sleep does it the other way round.
        orderStoresBeforeLoads()
        let wanted = eventIndex ? SplitLayout.passes(memory.load16(layout.availableEvent), from: announced, to: available)
            : memory.load16(layout.used) & SplitLayout.suppress == 0
        announced = available
        if wanted { doorbell.write(.notify, index) }
    }

    /// Chains that came back and were not taken yet.
    var finished: Int { Int(memory.load16(layout.used &+ 2) &- seen) }

    /// Asks for an interrupt once more than `later` chains have come back. True: they have already, and none will come.
    func rearm(later: Int = 0) -> Bool {
        if eventIndex { memory.store16(layout.usedEvent, seen &+ UInt16(truncatingIfNeeded: later)) } else { memory.store16(layout.available, 0) }
        orderStoresBeforeLoads()
        return finished > later
    }

    /// No interrupt until `rearm`. With the event index none comes anyway. virtio 1.2 §2.7.7
    func suppress() { if !eventIndex { memory.store16(layout.available, SplitLayout.suppress) } }

    /// The oldest chain that came back, still held; `finished` is not zero.
    func oldest() throws(RingFault) -> (head: Int, octets: Int) {
        acquireFromDevice()
        let entry = layout.usedEntry(Int(seen) & (layout.size &- 1))
        let head = memory.load32(entry), octets = memory.load32(entry &+ 4)
        guard head < layout.size, chains[Int(head)] > 0, finished <= inFlight else { throw RingFault(queue: index, descriptor: head) }
        return (Int(head), Int(octets))
    }

    func parts(_ head: Int) -> Int { Int(chains[head]) &- 1 }

    /// What was said before a packet.
    func header(_ head: Int) -> PacketHeader {
        PacketHeader(memory.load64(layout.header(head)), memory.load32(layout.header(head) &+ 8))
    }

    /// Moves the buffers of a chain out, one after another, and forgets it.
    @inline(__always)
    mutating func take(_ head: Int, returned: Bool = true, _ body: (Buffer) -> Void) {
        var at = head
        for _ in 0..<parts(head) {
            at = Int(links[at])
            if let buffer = held.take(at) { body(buffer.surrender()) }
        }
        links[at] = UInt16(truncatingIfNeeded: free)
        free = head
        room &+= Int(chains[head])
        inFlight &-= 1
        chains[head] = 0
        if returned { seen &+= 1 }
    }

    /// Any chain that the device held when it was reset.
    func abandoned() -> Int? {
        for head in 0..<layout.size where chains[head] > 0 { return head }
        return nil
    }
}
