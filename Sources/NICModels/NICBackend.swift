/// Hardware as a NIC process holds it: a register-level model of ours, or a bridge to somebody else's.
///
/// The shape is VFIO's idea of a device: config space, regions, DMA mappings, interrupts, reset. A NIC process owns one
/// backend, calls it from one thread, and serves it to the stack that claims it.
public protocol NICBackend: AnyObject {
    /// As `nic show` prints it: `82540EM Gigabit Ethernet Controller (model)`.
    var title: String { get }

    /// The host side; set before anything else is called, cleared never.
    var host: (any NICHost)? { get set }

    /// A stack has claimed the device and shares its packet memory. Until then no DMA address is valid.
    ///
    /// - Throws: when the hardware cannot be brought up over this memory; the claim is then refused.
    func claim(memory: DMAMemory) throws(NICFailure)

    /// The stack has let go or died: bus mastering off, device reset, mappings gone. Frames from the cable are then
    /// dropped and counted until the next claim.
    func release()

    /// Makes `length` octets of the claimed memory, from `offset`, reachable by the device.
    ///
    /// - Returns: the device address; never equal to a virtual address or to the offset on our models.
    func map(offset: UInt64, length: UInt64) throws(NICFailure) -> UInt64

    /// Takes a mapping away. A later DMA there is a violation.
    func unmap(deviceAddress: UInt64)

    /// Chooses how the device interrupts: off, by its line (a level), or by messages of `vectors` vectors.
    ///
    /// What configuration space says of MSI and MSI-X is the host's to program, not the driver's, as with VFIO. A backend
    /// whose hardware signals eventfds by itself uses `bells` (one a vector, valid until the next call or `release`) and
    /// says so by ``signalsBells``; the others call `NICHost.interrupt(vector:asserted:)`.
    /// - Returns: vectors granted, at most `vectors`.
    /// - Throws: `notSupported` for a kind that the device does not have.
    func setInterrupts(_ kind: InterruptKind, vectors: Int, bells: [Int32]) throws(NICFailure) -> Int
    /// Whether messages reach the bells without `NICHost`.
    var signalsBells: Bool { get }
    /// Most vectors of a kind; 0: the device does not have it.
    func vectorLimit(_ kind: InterruptKind) -> Int
    /// With ``signalsBells`` and `.line`: the line may signal again. Called after each interrupt has been served.
    func unmaskLine()

    /// Function-level reset: registers as after power-on. Configuration space, mappings and the way to interrupt stay.
    ///
    /// - Throws: `notSupported` where the hardware has none.
    func reset() throws(NICFailure)

    /// A region that a stack may map and touch by itself: a descriptor for `mmap`, and where in it. Nil: accesses go
    /// through ``load(region:offset:width:)``.
    func mappableRegion(_ region: UInt32) -> MappableRegion?

    /// Configuration space. Width is 1, 2 or 4 octets; an absent function reads as all ones.
    func configLoad(offset: UInt32, width: UInt32) -> UInt32
    func configStore(offset: UInt32, width: UInt32, value: UInt32)

    /// Octets of base address region 0 to 5; 0 when there is none.
    func regionLength(_ region: UInt32) -> UInt64
    func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32
    func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32)

    /// What a load would give, with none of its side effects, and no rule broken. Nil: the hardware cannot be looked at so.
    func peek(region: UInt32, offset: UInt32, width: UInt32) -> UInt32?

    /// Whether a frame from the cable can come further than into a counter of lost ones: the device is claimed, and its receiver is on.
    var isListening: Bool { get }

    /// A frame (without FCS) arrives from the cable. The backend counts it received or dropped; it never keeps `frame`.
    func deliver(_ frame: UnsafeRawBufferPointer)
    /// Why a frame was lost since this was asked last, for a capture; nil: none was, as far as is known by now.
    func takeLoss() -> String?

    /// The cable was plugged or unplugged.
    func setCarrier(_ up: Bool)

    /// Runs what is due; called whenever anything happened and at the time last returned.
    ///
    /// - Parameter now: monotonic nanoseconds.
    /// - Returns: when to be called next at the latest, or nil: nothing is pending.
    func service(now: UInt64) -> UInt64?

    /// File descriptors (of a bridged device) that the process must watch for reading; `service` handles them.
    var descriptors: [Int32] { get }

    /// Ends the device for good; a bridged one ends its process.
    func shutDown()
}

extension NICBackend {
    // A device with a line and nothing else.
    public func setInterrupts(_ kind: InterruptKind, vectors: Int, bells: [Int32]) throws(NICFailure) -> Int {
        switch kind {
        case .none: return 0
        case .line: return 1
        case .msi, .msix: throw .notSupported("it interrupts by its line only")
        }
    }
    public var signalsBells: Bool { false }
    public func vectorLimit(_ kind: InterruptKind) -> Int { kind == .line ? 1 : 0 }
    public func unmaskLine() {}
    public func peek(region: UInt32, offset: UInt32, width: UInt32) -> UInt32? { nil }
    public var isListening: Bool { true }
    public func takeLoss() -> String? { nil }
    public func reset() throws(NICFailure) { throw .notSupported("it has no reset of its own") }
    public func mappableRegion(_ region: UInt32) -> MappableRegion? { nil }
}

/// How a device interrupts. The raw values of the last three are `enum drydock_interrupt_kind` of the contract plus one.
public enum InterruptKind: UInt32, Sendable, Codable {
    case none = 0, line = 1, msi = 2, msix = 3
}

/// Part of a descriptor that holds a region's registers.
public struct MappableRegion: Equatable, Sendable {
    public var descriptor: Int32
    public var offset: UInt64, length: UInt64

    public init(descriptor: Int32, offset: UInt64, length: UInt64) {
        (self.descriptor, self.offset, self.length) = (descriptor, offset, length)
    }
}

/// What a NIC backend reaches outside itself.
public protocol NICHost: AnyObject {
    /// The interrupt line (INTx) changed, or a message (MSI, MSI-X) was sent when `asserted` is true.
    func interrupt(vector: Int, asserted: Bool)
    /// A frame (without FCS) leaves on the cable. `frame` is valid during the call.
    func transmit(_ frame: UnsafeRawBufferPointer)
    /// The driver broke a rule of the datasheet.
    func report(_ violation: Violation)
    /// The hardware is gone for good: pulled out, or taken back by its owner. Called from `service` only.
    func deviceGone(_ why: String)
    /// Something that the hardware says of itself, for the log and the flight recorder: a trace line of QEMU. One line.
    func note(_ text: String)
}

extension NICHost {
    public func deviceGone(_ why: String) {}
    public func note(_ text: String) {}
}

/// A stack's packet memory as the NIC process has mapped it.
// SAFETY: `base` covers `length` octets until the claim ends; only the bounds-checked DMA access of a backend uses it.
@safe public struct DMAMemory {
    /// The memfd; owned by the NIC process for the duration of the claim.
    public var descriptor: Int32
    public var base: UnsafeMutableRawPointer
    public var length: UInt64

    public init(descriptor: Int32, base: UnsafeMutableRawPointer, length: UInt64) {
        self.descriptor = descriptor
        unsafe self.base = base
        self.length = length
    }
}

/// Something a driver did that the datasheet forbids or leaves undefined.
public struct Violation: Equatable, Sendable {
    /// Which rule: one case a rule, so that tests and reports can count them.
    public enum Rule: String, Sendable, CaseIterable {
        case accessWidth, misaligned, unknownRegister, readOnly, reservedBits, writeOnlyRead
        case busMasterOff, strayDMA, ringAlignment, ringLength, tailOutOfRange, enableOrder
        case descriptorOwnership, descriptorReserved, frameTooLong, frameTooShort, memoryDecodeOff, resetTiming
        case zeroLengthDescriptor, headWhileEnabled
        /// What the hardware itself complained of, in its own words.
        case guestError
        // virtio:
        case notOffered, availableIndex, descriptorChain, descriptorDirection, packetHeader
    }
    public var rule: Rule
    /// The register's name (`TDT`), or the structure (`TX descriptor 5`).
    public var subject: String
    public var value: UInt64
    /// `8254x §13.4.28`.
    public var section: String
    /// What was done and what is right, in one sentence.
    public var text: String

    public init(rule: Rule, subject: String, value: UInt64, section: String, text: String) {
        (self.rule, self.subject, self.value, self.section, self.text) = (rule, subject, value, section, text)
    }
}

/// Why a NIC could not be had.
public enum NICFailure: Error, Equatable, Sendable {
    case noSuchModel(String)
    case alreadyClaimed
    case notClaimed
    case badMapping(String)
    case cannotStart(String)
    case notSupported(String)
}
