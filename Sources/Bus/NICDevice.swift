public import Host
public import Messages

/// A NIC that this process has claimed: config space, regions, mappings, interrupts, reset.
///
/// One thread's. When the NIC process dies or falls silent for a second, accesses give all ones and `gone` tells why;
/// requests throw. Letting go of this object releases the NIC.
// SAFETY: `channel` is mapped until deinit, `access` is inside an allocation of its own until then and uses nothing else.
@safe public final class NICDevice {
    public let name: String
    /// Octets of base address regions 0 to 5.
    public let regionLengths: [UInt64]
    private let connection: Connection
    private let channel: SharedMemory
    private let bells: [EventCounter.Holder]
    private let interrupts: [EventCounter.Holder]
    private let direct: DirectRegions
    /// The register accesses, at a fixed address for as long as this object lives: what a driver's services call, without
    /// reference counting.
    public let access: UnsafeMutablePointer<AccessClient>

    /// A NIC that another process has claimed and handed over (``NICHandover``).
    ///
    /// - Parameters:
    ///   - connection: the claim's, which came as the first of `descriptors` and was taken from them.
    public convenience init(
        handedOver name: String, connection: consuming FileDescriptor, _ claim: NICClaim, _ descriptors: inout ReceivedDescriptors
    ) throws(Failure) {
        let adopted: Connection
        do { adopted = try Connection(adopting: connection) } catch { throw NICBus.meaning(error, name) }
        try self.init(name, adopted, claim, &descriptors, first: 1)
    }

    /// - Parameter first: where the claim's own begin among the descriptors.
    init(_ name: String, _ connection: Connection, _ claim: NICClaim, _ descriptors: inout ReceivedDescriptors, first: Int = 0) throws(Failure) {
        guard claim.channelVersion == AccessLayout.version else {
            throw Failure(.protocolError, what: "NIC \(name)", why: "it speaks version \(claim.channelVersion) of the access channel, this program \(AccessLayout.version)",
                fix: "remove the NIC and add it again with the same build")
        }
        guard claim.regionLengths.count == 6, (1...NICBus.mostVectors).contains(claim.vectors),
            descriptors.count == first + 3 + claim.vectors + claim.direct.count,
            let memory = descriptors.take(first), let nicBell = descriptors.take(first + 1), let ownBell = descriptors.take(first + 2)
        else { throw NICBus.nonsense(name) }
        do { channel = try SharedMemory(received: memory, length: AccessLayout.length) } catch {
            throw Failure(error, what: "NIC \(name): access channel")
        }
        (self.name, self.connection, regionLengths) = (name, connection, claim.regionLengths)
        bells = [EventCounter.Holder(nicBell), EventCounter.Holder(ownBell)]
        var vectors: [EventCounter.Holder] = []
        for index in 0..<claim.vectors { if let one = descriptors.take(first + 3 + index) { vectors.append(EventCounter.Holder(one)) } }
        interrupts = vectors
        direct = DirectRegions()
        for (index, place) in claim.direct.enumerated() {
            guard let one = descriptors.take(first + 3 + claim.vectors + index) else { continue }
            do { try direct.map(place, one) } catch { throw Failure(error, what: "NIC \(name): region \(place.region)") }
        }
        unsafe access = .allocate(capacity: 1)
        unsafe access.initialize(to: AccessClient(
            base: channel.base, nicBell: Bell(descriptor: bells[0].raw), ownBell: Bell(descriptor: bells[1].raw), life: connection.raw))
    }

    deinit {
        unsafe access.deinitialize(count: 1)
        unsafe access.deallocate()
    }

    /// Stores went into the channel and nothing has waited for them since.
    private var isPosted = false

    /// Why the device no longer answers; nil: it does.
    public var gone: DeviceGone? { unsafe access.pointee.gone }

    /// The claim's connection, for an `EventLoop`: readable or hung up when the NIC process died. Then call `noteHangUp`.
    public var connectionDescriptor: Int32 { connection.raw }

    /// The NIC process is dead: accesses no longer wait for it.
    public func noteHangUp() { unsafe access.pointee.abandon(.died) }

    // MARK: Registers

    /// Config space; all ones when the device is gone.
    public func configLoad(offset: UInt32, width: UInt32) -> UInt32 {
        unsafe access.pointee.load(space: Access.configuration, offset: offset, width: width)
    }
    /// Where registers are touched directly, it returns after the device has seen it: the next access does not pass it.
    public func configStore(offset: UInt32, width: UInt32, value: UInt32) {
        unsafe access.pointee.store(space: Access.configuration, offset: offset, width: width, value: value)
        if !direct.isEmpty { _ = configLoad(offset: 0, width: 4) }
    }
    public func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 {
        if let place = unsafe direct.place(region, offset, width), prepareDirect() { return unsafe DirectRegions.load(place, width) }
        return unsafe access.pointee.load(space: region, offset: offset, width: width)
    }
    /// Posted: returns before the NIC has seen it; a later load waits until it has.
    public func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        if let place = unsafe direct.place(region, offset, width), prepareDirect() {
            return unsafe DirectRegions.store(place, width, value)
        }
        unsafe access.pointee.store(space: region, offset: offset, width: width, value: value)
        isPosted = true
    }
    /// A region's registers in this process; nil: they are reached by `load` and `store` only.
    public func address(region: UInt32) -> UnsafeMutableRawPointer? { unsafe direct.place(region, 0, 1) }

    /// Posted stores to other regions reach the device first, as on PCI. - Returns: false when the device is gone.
    private func prepareDirect() -> Bool {
        if isPosted {
            isPosted = false
            _ = configLoad(offset: 0, width: 4)
        }
        return gone == nil
    }

    // MARK: DMA

    /// Makes part of packet memory reachable by the device. - Returns: the device address of its first octet.
    public func map(offset: UInt64, length: UInt64) throws(Failure) -> UInt64 {
        guard case .mapped(let address) = try request(.map(offset: offset, length: length)) else { throw NICBus.nonsense(name) }
        return address
    }

    /// Takes a mapping away, after all stores before have reached the device.
    public func unmap(deviceAddress: UInt64) throws(Failure) { try done(.unmap(deviceAddress: deviceAddress)) }

    // MARK: Interrupts

    /// Interrupt descriptors that there are; how many of them are used, `setInterrupts` says.
    public var vectors: Int { interrupts.count }
    /// For an `EventLoop`: readable when the vector has signalled.
    public func interruptDescriptor(vector: Int) -> Int32 { interrupts[vector].raw }
    /// Makes the descriptor quiet. - Returns: signals since the last time, 0: none.
    @discardableResult public func takeInterrupt(vector: Int) -> UInt64 { Bell(descriptor: interrupts[vector].raw).hush() }
    /// How the device interrupts, from now on; with `.line`, vector 0 is unmasked at once.
    ///
    /// - Returns: vectors in use, at most `vectors`; 0 with `.none`.
    /// - Throws: `notSupported` when the device does not interrupt so; then it does not interrupt at all.
    @discardableResult public func setInterrupts(_ mode: InterruptMode, vectors: Int = 1) throws(Failure) -> Int {
        let answer = try request(.interrupts(kind: mode.rawValue, vectors: min(vectors, interrupts.count)))
        guard case .interrupts(let granted) = answer, (0...interrupts.count).contains(granted) else { throw NICBus.nonsense(name) }
        return granted
    }
    /// INTx: after a signal, and after the driver has seen to it; signals again at once when the line is still asserted.
    public func unmask(vector: Int = 0) { unsafe access.pointee.unmask(vector: vector) }

    // MARK: The device as a whole

    /// Resets the function: its registers are as after power-on; configuration space, mappings and the way it interrupts
    /// stay.
    ///
    /// - Throws: `notSupported` where the hardware has no such reset.
    public func reset() throws(Failure) { try done(.reset) }

    /// Gives the device back: bus mastering off, reset, mappings gone. Nothing may be called after it.
    public func release() throws(Failure) {
        defer { noteHangUp() }
        try done(.release)
    }

    private func done(_ message: NICRequest) throws(Failure) {
        guard try request(message) == .done else { throw NICBus.nonsense(name) }
    }

    private func request(_ message: NICRequest) throws(Failure) -> NICReply {
        guard gone == nil else { throw Failure(.noDevice, what: "NIC \(name)", why: "its process died or stopped answering", fix: "see: nic list") }
        do { return try connection.send(message, expecting: NICReply.self, timeout: NICBus.claimPatience).reply } catch {
            switch error {
            case .serverDied: unsafe access.pointee.abandon(.died)
            case .timedOut: unsafe access.pointee.abandon(.silent)
            default: break
            }
            throw NICBus.meaning(error, name)
        }
    }
}

extension EventCounter {
    /// An owner that fits an array.
    final class Holder {
        private let descriptor: FileDescriptor
        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
        var raw: Int32 { descriptor.raw }
    }
}
