/// A slot that its card can be pulled out of while a stack has it, and pushed back into.
///
/// Without its card the slot reads as all ones, like a bus on which nobody answers: what hardware does on surprise
/// removal, and what QEMU does not. A card that is pushed back is fresh; the claim of before does not reach it.
public final class NICSlot: NICBackend {
    private enum State { case present, pulled, back }

    /// The hardware, wherever it is.
    public let card: any NICBackend
    private var state = State.present
    private var isClaimed = false
    /// Frames from the cable that came while there was no card for them.
    public private(set) var dropped: UInt64 = 0

    public init(_ card: any NICBackend) { self.card = card }

    /// Whether the card lies beside the slot.
    public var isPulled: Bool { state == .pulled }

    /// Takes the card out, with no word to the driver: DMA and interrupts end, and every read gives ones.
    ///
    /// - Throws: `notSupported` for hardware whose registers a stack may touch by itself.
    public func pull() throws(NICFailure) {
        guard !(0..<6).contains(where: { card.mappableRegion($0) != nil }) else {
            throw .notSupported("its registers are mapped into the stack; pull it with your hands")
        }
        guard state == .present else { return state = .pulled }
        state = .pulled
        card.release()
    }

    /// Puts the card back. Whoever claimed it before must let go first.
    public func push() {
        guard state == .pulled else { return }
        state = isClaimed ? .back : .present
    }

    /// The card, where a claimant reaches it.
    private var reachable: (any NICBackend)? { state == .present ? card : nil }

    private var absence: NICFailure { .cannotStart("the card was pulled out of its slot; push it back, and claim it anew") }

    // MARK: NICBackend

    public var title: String { card.title }

    public var host: (any NICHost)? {
        get { card.host }
        set { card.host = newValue }
    }

    public func claim(memory: DMAMemory) throws(NICFailure) {
        guard !isClaimed else { throw .alreadyClaimed }
        guard state == .present else { throw absence }
        try card.claim(memory: memory)
        isClaimed = true
    }

    public func release() {
        isClaimed = false
        if state == .present { card.release() }
        if state == .back { state = .present }
    }

    public func map(offset: UInt64, length: UInt64) throws(NICFailure) -> UInt64 {
        guard let reachable else { throw absence }
        return try reachable.map(offset: offset, length: length)
    }

    public func unmap(deviceAddress: UInt64) { reachable?.unmap(deviceAddress: deviceAddress) }

    public func setInterrupts(_ kind: InterruptKind, vectors: Int, bells: [Int32]) throws(NICFailure) -> Int {
        guard let reachable else {
            guard kind == .none else { throw absence }
            return 0
        }
        return try reachable.setInterrupts(kind, vectors: vectors, bells: bells)
    }

    public var signalsBells: Bool { reachable?.signalsBells ?? false }
    public func vectorLimit(_ kind: InterruptKind) -> Int { card.vectorLimit(kind) }
    public func unmaskLine() { reachable?.unmaskLine() }

    public func reset() throws(NICFailure) {
        guard let reachable else { throw absence }
        try reachable.reset()
    }

    public func mappableRegion(_ region: UInt32) -> MappableRegion? { reachable?.mappableRegion(region) }

    public func configLoad(offset: UInt32, width: UInt32) -> UInt32 {
        reachable?.configLoad(offset: offset, width: width) ?? Self.ones(width)
    }

    public func configStore(offset: UInt32, width: UInt32, value: UInt32) {
        reachable?.configStore(offset: offset, width: width, value: value)
    }

    public func regionLength(_ region: UInt32) -> UInt64 { reachable?.regionLength(region) ?? 0 }

    public func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 {
        reachable?.load(region: region, offset: offset, width: width) ?? Self.ones(width)
    }

    public func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        reachable?.store(region: region, offset: offset, width: width, value: value)
    }

    public func peek(region: UInt32, offset: UInt32, width: UInt32) -> UInt32? {
        reachable?.peek(region: region, offset: offset, width: width)
    }

    public var isListening: Bool { reachable?.isListening ?? false }

    public func deliver(_ frame: UnsafeRawBufferPointer) {
        guard let reachable else { return dropped &+= 1 }
        unsafe reachable.deliver(frame)
    }

    public func takeLoss() -> String? {
        reachable.map { $0.takeLoss() } ?? "lost: the card is not in its slot"
    }

    public func setCarrier(_ up: Bool) { card.setCarrier(up) }
    public func service(now: UInt64) -> UInt64? { reachable?.service(now: now) }
    public var descriptors: [Int32] { reachable?.descriptors ?? [] }
    public func shutDown() { card.shutDown() }

    private static func ones(_ width: UInt32) -> UInt32 { width == 1 ? 0xff : width == 2 ? 0xffff : .max }
}
