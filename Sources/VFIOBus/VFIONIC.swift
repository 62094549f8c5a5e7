internal import CLinux
internal import Host
public import NICModels

/// A real PCI NIC, held through VFIO: the IOMMU keeps it inside the memory that its driver has mapped.
///
/// This process holds group, container and device, so that somebody is alive to quiet the card when a stack dies.
/// Registers may be mapped by the stack itself; interrupts go from the kernel straight to the claim's descriptors.
/// The cable is not ours: no frame passes here.
public final class VFIONIC: NICBackend {
    private enum Register {
        static let command: UInt32 = 4
        static let busMaster: UInt32 = 1 << 2
    }

    public let address: PCIAddress
    public let title: String
    public var host: (any NICHost)?
    /// What happened to the card.
    public private(set) var counters = VFIOCounters()

    /// Nil: pulled out, or given back.
    private var card: Card?
    private var memory: DMAMemory?
    private var addresses: AddressAllocator
    private var kind = InterruptKind.none
    private let removal: EventCounter
    private let description: (group: String, canReset: Bool)

    /// Opens the card and holds it; its bus mastering is off.
    ///
    /// - Parameters:
    ///   - sysfs: where the kernel shows devices; another folder for tests.
    ///   - dev: where device files are.
    public init(_ address: PCIAddress, sysfs: String = "/sys", dev: String = "/dev") throws(CardRefusal) {
        let card = try Card(address, sysfs: sysfs, dev: dev)
        do { removal = try EventCounter() } catch { throw .failed(address, step: "eventfd", why: "\(error.number)") }
        self.address = address
        addresses = AddressAllocator(usable: card.usableAddresses)
        description = (card.slot.group, card.canReset)
        let identity = card.configLoad(0, 4) ?? .max
        title = "PCI function \(Self.hex(identity & 0xffff)):\(Self.hex(identity >> 16)) at \(address)"
        self.card = card
        card.watchRemoval(removal.raw)
        _ = quiet(card)
    }

    private static func hex(_ value: UInt32) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, 4 - text.count)) + text
    }

    /// `PCI 0000:00:02.0, IOMMU group 1, driver vfio-pci, resets by itself`.
    public var place: String {
        "PCI \(address), IOMMU group \(description.group), driver vfio-pci, \(description.canReset ? "function reset" : "no function reset")"
    }

    public var descriptors: [Int32] { card == nil ? [] : [removal.raw] }

    // MARK: The claim

    public func claim(memory: DMAMemory) throws(NICFailure) {
        guard self.memory == nil else { throw .alreadyClaimed }
        guard card != nil else { throw .cannotStart("the card is gone") }
        self.memory = memory
        counters.claims += 1
    }

    /// Interrupts, bus mastering, reset, mappings, in this order: nothing is taken away under a running DMA.
    public func release() {
        guard memory != nil else { return }
        memory = nil
        guard let card else { return }
        stopInterrupts(card)
        if !quiet(card) { counters.notQuiet += 1 }
        for range in addresses.live {
            card.unmap(length: range.upperBound - range.lowerBound, at: range.lowerBound)
            _ = addresses.free(range.lowerBound)
        }
    }

    /// Bus master off, reset where there is one, off again. - Returns: whether it reads back as off.
    private func quiet(_ card: Card) -> Bool {
        setMaster(card, false)
        if card.canReset {
            do {
                try card.reset()
                counters.resets += 1
            } catch { counters.resetsFailed += 1 }
            setMaster(card, false)
        }
        return (card.configLoad(Register.command, 2) ?? 0) & Register.busMaster == 0
    }

    private func setMaster(_ card: Card, _ on: Bool) {
        guard let command = card.configLoad(Register.command, 2) else { return }
        card.configStore(Register.command, 2, on ? command | Register.busMaster : command & ~Register.busMaster)
    }

    /// Whole pages: what shares a page with a mapping is in reach too.
    public func map(offset: UInt64, length: UInt64) throws(NICFailure) -> UInt64 {
        guard let memory, let card else { throw .notClaimed }
        let page = AddressAllocator.page, first = offset & ~(page - 1)
        let (end, overflow) = offset.addingReportingOverflow(length)
        guard length > 0, !overflow, end <= memory.length else { throw .badMapping("the mapping leaves packet memory") }
        let octets = (end - first + page - 1) & ~(page - 1)
        guard let address = addresses.allocate(length: octets, otherThan: first) else { throw .badMapping("there is no device address left") }
        do { unsafe try card.map(memory.base + Int(first), length: octets, at: address) } catch {
            _ = addresses.free(address)
            guard error.number == .noMemory else { throw .badMapping("\(error)") }
            throw .badMapping("\(octets >> 10) KiB cannot be locked in memory; raise the limit (ulimit -l), or become root")
        }
        return address + (offset - first)
    }

    public func unmap(deviceAddress: UInt64) {
        let first = deviceAddress & ~(AddressAllocator.page - 1)
        guard let length = addresses.free(first) else { return }
        card?.unmap(length: length, at: first)
    }

    public func reset() throws(NICFailure) {
        guard let card, card.canReset else { throw .notSupported("the card has no function-level reset") }
        let command = card.configLoad(Register.command, 2)
        do { try card.reset() } catch {
            counters.resetsFailed += 1
            throw .cannotStart("\(error)")
        }
        counters.resets += 1
        if let command { card.configStore(Register.command, 2, command) }
    }

    // MARK: Interrupts

    public var signalsBells: Bool { true }
    public func vectorLimit(_ kind: InterruptKind) -> Int { kind == .none ? 0 : card?.vectors(kind.rawValue - 1) ?? 0 }

    public func setInterrupts(_ kind: InterruptKind, vectors: Int, bells: [Int32]) throws(NICFailure) -> Int {
        guard let card else { throw .notClaimed }
        stopInterrupts(card)
        guard kind != .none else { return 0 }
        let wanted = Array(bells.prefix(min(vectors, vectorLimit(kind))))
        guard !wanted.isEmpty else { throw .notSupported("the card does not interrupt so") }
        do { try card.setInterrupts(kind.rawValue - 1, wanted) } catch { throw .cannotStart("interrupts: \(error)") }
        self.kind = kind
        return wanted.count
    }

    private func stopInterrupts(_ card: Card) {
        guard kind != .none else { return }
        try? card.setInterrupts(kind.rawValue - 1, [])
        kind = .none
    }

    public func unmaskLine() { if kind == .line { card?.unmaskLine() } }

    // MARK: Life

    /// The kernel asks for the card: it is being unbound, or pulled out. It gets it at once.
    public func service(now: UInt64) -> UInt64? {
        guard card != nil, removal.take() > 0 else { return nil }
        release()
        card = nil
        host?.deviceGone("the kernel took the card back")
        return nil
    }

    public func shutDown() {
        release()
        card = nil
    }
}

/// What happened to a card.
public struct VFIOCounters: Equatable, Sendable {
    public var claims: UInt64 = 0, resets: UInt64 = 0, resetsFailed: UInt64 = 0
    /// Releases after which bus mastering did not read back as off.
    public var notQuiet: UInt64 = 0
}

extension VFIONIC {
    public func configLoad(offset: UInt32, width: UInt32) -> UInt32 { card?.configLoad(offset, width) ?? ones(width) }
    public func configStore(offset: UInt32, width: UInt32, value: UInt32) { card?.configStore(offset, width, value) }

    public func regionLength(_ region: UInt32) -> UInt64 { self.region(region)?.length ?? 0 }

    public func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 {
        guard let place = self.region(region) else { return ones(width) }
        return card?.load(place, offset, width) ?? ones(width)
    }

    public func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        if let place = self.region(region) { card?.store(place, offset, width, value) }
    }

    public func mappableRegion(_ region: UInt32) -> MappableRegion? {
        guard let card, let place = self.region(region), place.isMappable else { return nil }
        return MappableRegion(descriptor: card.descriptor, offset: place.offset, length: place.length)
    }

    private func region(_ number: UInt32) -> Card.Region? { number < 6 ? card?.regions[Int(number)] : nil }
    private func ones(_ width: UInt32) -> UInt32 { width >= 4 ? .max : (1 << (8 * width)) &- 1 }

    // The cable is not ours.
    public func deliver(_ frame: UnsafeRawBufferPointer) {}
    public func setCarrier(_ up: Bool) {}
}
