public import DriverKit
public import VirtioRegisters

/// The device gave back what it did not hold.
public struct RingFault: Error {
    public var queue: UInt32, descriptor: UInt32

    public init(queue: UInt32, descriptor: UInt32) { (self.queue, self.descriptor) = (queue, descriptor) }

    /// As it ends a log line.
    public func describe(to line: inout LogLine) {
        line.text("queue ")
        line.decimal(queue)
        line.text(" returned descriptor ")
        line.decimal(descriptor)
        line.text(", which the device did not hold")
    }
}

/// A split virtqueue and the buffers that the device holds through it. virtio 1.2 §2.7
///
/// A chain is made part by part with `add`; the last part offers it, and ``publish()`` shows the device all that was offered. Each
/// descriptor has 16 octets aside for what the driver says before or reads after the data. What the device may write is never believed:
/// links and the lengths of chains are kept a second time, where it cannot reach.
public struct Virtqueue: ~Copyable {
    public let index: UInt32
    public let memory: DMABlock
    let layout: SplitLayout
    private let doorbell: RegisterAccess<VirtioRegister>, eventIndex: Bool
    private var held: HeldBuffers
    /// What is behind a descriptor, in its chain or among the free ones.
    private let links: OwnedArray<UInt16>
    /// At a chain's head: its descriptors. Elsewhere, and when the device has given it back: 0.
    private let chains: OwnedArray<UInt16>
    private var free = 0
    /// The chain that is being made: its last descriptor, and how many there are.
    private var last = 0, length = 0
    /// Free descriptors; chains that the device holds.
    public private(set) var room: Int, inFlight = 0
    /// Indices that only grow: offered, announced to the device, taken back.
    private var available: UInt16 = 0, announced: UInt16 = 0, seen: UInt16 = 0

    /// The queue `index` with at most `wish` descriptors, used as `features` have it.
    public init(_ device: VirtioDevice, index: UInt32, atMost wish: UInt32, _ features: VirtioFeatures) throws(DriverFailure) {
        let doorbell = try device.doorbell(index)
        var size = Int(min(device.common.read(.queueSize), wish))
        guard size >= 2 else { throw .unsuitable("a queue that is needed does not exist") }
        // A power of two. virtio 1.2 §2.7
        while size & (size - 1) != 0 { size &= size - 1 }
        let memory = try DMABlock(device.services, octets: SplitLayout(size: size).octets, alignment: 64, for: "a virtqueue")
        (self.index, eventIndex, self.doorbell, layout) = (index, features.contains(.eventIndex), doorbell, SplitLayout(size: size))
        self.memory = memory
        held = HeldBuffers(count: size)
        links = OwnedArray(repeating: 0, count: size)
        chains = OwnedArray(repeating: 0, count: size)
        for i in 0..<size { links[i] = UInt16(truncatingIfNeeded: (i + 1) % size) }
        room = size
    }

    /// Descriptors.
    public var size: Int { layout.size }
    /// The octets aside of a descriptor: from the start of ``memory``, and as the device must be told.
    public func aside(_ descriptor: Int) -> Int { layout.aside(descriptor) }
    public func asideAddress(_ descriptor: Int) -> UInt64 { memory.deviceAddress &+ UInt64(layout.aside(descriptor)) }

    /// Tells a device that was reset where the queue is. What is still in it is offered anew. virtio 1.2 §4.1.5.1.3
    public mutating func program(_ device: VirtioDevice, vector: UInt32?) throws(DriverFailure) {
        (available, announced, seen) = (0, 0, 0)
        memory.store32(layout.available, 0)
        memory.store32(layout.used, 0)
        memory.store16(layout.usedEvent, 0)
        memory.store16(layout.availableEvent, 0)
        for head in 0..<size where chains[head] > 0 { offer(head) }
        let io = device.common
        io.write(.queueSelect, index)
        io.write(.queueSize, UInt32(size))
        if let vector { try device.bind(.queueVector, to: vector) }
        write(io, .queueDesc, .queueDescHigh, 0)
        write(io, .queueDriver, .queueDriverHigh, layout.available)
        write(io, .queueDevice, .queueDeviceHigh, layout.used)
        io.write(.queueEnable, 1)
    }

    private func write(_ io: RegisterAccess<VirtioRegister>, _ low: VirtioRegister, _ high: VirtioRegister, _ offset: Int) {
        io.write(low, UInt32(truncatingIfNeeded: memory.deviceAddress &+ UInt64(offset)))
        io.write(high, UInt32(truncatingIfNeeded: (memory.deviceAddress &+ UInt64(offset)) >> 32))
    }

    /// The first descriptor of the next chain: what is said aside of it is written before its first part is added.
    public var next: Int { free }

    /// Adds a part to the chain; without `more` it is the last, and the chain is offered. There must be ``room``.
    @inline(__always)
    public mutating func add(_ address: UInt64, octets: Int, deviceWrites: Bool, more: Bool) {
        let at = length == 0 ? free : Int(links[last])
        let flags = (deviceWrites ? SplitLayout.deviceWrites : 0) | (more ? SplitLayout.next : 0)
        memory.store64(layout.descriptor(at), address)
        memory.store32(layout.descriptor(at) &+ 8, UInt32(truncatingIfNeeded: octets))
        memory.store32(layout.descriptor(at) &+ 12, flags | UInt32(links[at]) << 16)
        (last, length) = (at, length &+ 1)
        if !more { close() }
    }

    /// The same for a buffer, which the device holds from then on: all of it to write, or `length` octets to read.
    @inline(__always)
    public mutating func add(_ buffer: consuming OwnedBuffer, deviceWrites: Bool, more: Bool) {
        let at = length == 0 ? free : Int(links[last])
        let address = buffer.deviceAddress, octets = deviceWrites ? buffer.capacity : buffer.length
        held.put(buffer, at: at)
        add(address, octets: octets, deviceWrites: deviceWrites, more: more)
    }

    private mutating func close() {
        let head = free
        free = Int(links[last])
        room &-= length
        inFlight &+= 1
        chains[head] = UInt16(truncatingIfNeeded: length)
        length = 0
        offer(head)
    }

    private mutating func offer(_ head: Int) {
        memory.store16(layout.availableEntry(Int(available) & (size &- 1)), UInt16(truncatingIfNeeded: head))
        available &+= 1
    }

    /// Shows the device what was offered, and notifies it when it wants to know. virtio 1.2 §2.7.13
    public mutating func publish() {
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
}

// The way back.
extension Virtqueue {
    /// Chains that came back and were not taken yet.
    public var finished: Int { Int(memory.load16(layout.used &+ 2) &- seen) }

    /// Asks for an interrupt once more than `later` chains have come back. True: they have already, and none will come.
    public func rearm(later: Int = 0) -> Bool {
        if eventIndex { memory.store16(layout.usedEvent, seen &+ UInt16(truncatingIfNeeded: later)) } else { memory.store16(layout.available, 0) }
        // Looked at again after that: what came back before the device saw the wish makes no interrupt. virtio 1.2 §2.7.7
        orderStoresBeforeLoads()
        return finished > later
    }

    /// No interrupt until `rearm`. With the event index none comes anyway. virtio 1.2 §2.7.7
    public func suppress() { if !eventIndex { memory.store16(layout.available, SplitLayout.suppress) } }

    /// The oldest chain that came back, still held, and the octets that the device has written; `finished` is not zero.
    public func oldest() throws(RingFault) -> (head: Int, octets: Int) {
        acquireFromDevice()
        let entry = layout.usedEntry(Int(seen) & (size &- 1))
        let head = memory.load32(entry), octets = memory.load32(entry &+ 4)
        guard head < size, chains[Int(head)] > 0, finished <= inFlight else { throw RingFault(queue: index, descriptor: head) }
        return (Int(head), Int(octets))
    }

    /// The head that the device names `steps` behind the oldest, whether it can be or not: to look at what will not be taken.
    public func claimed(_ steps: Int) -> Int { Int(memory.load32(layout.usedEntry((Int(seen) &+ steps) & (size &- 1)))) }

    /// Descriptors of the chain at `head`; the buffer that is held at a descriptor, to look at.
    public func descriptors(_ head: Int) -> Int { Int(chains[head]) }
    public func look(_ descriptor: Int) -> Buffer { held.look(descriptor) }

    /// Moves the buffers of a chain out, one after another, and forgets it. `returned`: it is the oldest that came back.
    @inline(__always)
    public mutating func take(_ head: Int, returned: Bool = true, _ body: (Buffer) -> Void) {
        var at = head, end = head
        for _ in 0..<Int(chains[head]) {
            if let buffer = held.take(at) { body(buffer.surrender()) }
            (end, at) = (at, Int(links[at]))
        }
        links[end] = UInt16(truncatingIfNeeded: free)
        free = head
        room &+= Int(chains[head])
        inFlight &-= 1
        chains[head] = 0
        if returned { seen &+= 1 }
    }

    /// Offers the oldest chain that came back once more, as it is.
    public mutating func recycle(_ head: Int) {
        seen &+= 1
        offer(head)
    }

    /// Any chain that the device held when it was reset.
    public func abandoned() -> Int? {
        for head in 0..<size where chains[head] > 0 { return head }
        return nil
    }
}
