public import CDriver

/// A network driver: one type a chip family, one value a device.
///
/// The value lives at a fixed address from attach to detach and is entered by one thread, never twice at once. The
/// contract's rules (drydock_driver.h) are the rules of these functions.
public protocol NetDriver: ~Copyable {
    /// What a shell may look at and change while the driver runs.
    associatedtype Variables: DriverVariables

    /// `e1000`: the library is `devnp-e1000.so`.
    static var name: StaticString { get }
    /// `em`: interfaces are `em0`, `em1`, ...
    static var prefix: StaticString { get }
    static var version: StaticString { get }
    /// The options, one a line.
    static var help: StaticString { get }
    /// Whether it drives no NIC but something of the host's: it is attached once a mount. The default is false.
    static var needsNoDevice: Bool { get }

    /// Greater than zero when this driver drives such a device.
    static func match(_ identity: drydock_identity) -> Int32

    /// Brings one device up to where ``start()`` may be called, and says what it is.
    ///
    /// - Throws: with everything undone and the device quiet.
    static func attach(_ services: Services, _ options: inout Options, _ variables: Live<Variables>,
                       _ interface: inout drydock_interface) throws(DriverFailure) -> Self

    var services: Services { get }

    mutating func start() throws(DriverFailure)
    /// Silences the device. The buffers go home through the two `return` functions.
    mutating func stop() throws(DriverFailure)
    /// Ends the driver of this device; calls ``stop()`` when need be.
    consuming func detach()

    /// Takes as many of `buffers`, from the first, as there is room for. Returns how many.
    mutating func provideReceive(_ buffers: Span<Buffer>) -> Int
    /// Returns how many of `out` were filled.
    mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int
    mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int
    mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int

    mutating func interrupt(_ vector: UInt32) -> Events
    mutating func timer(_ number: UInt32) -> Events

    mutating func setFilter(_ filter: Filter) throws(DriverFailure)
    mutating func media() throws(DriverFailure) -> drydock_media
    mutating func setMedia(_ media: drydock_media) throws(DriverFailure)
    mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure)
    mutating func setMTU(_ octets: UInt32) throws(DriverFailure)
    mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure)
    /// The process is going: bus mastering off, interrupts masked, nothing freed, no wait.
    mutating func quiesce()

    /// The register map, the variables and the methods; built on first use, valid while the image is loaded.
    static func describe() -> UnsafePointer<drydock_description>?
}

extension NetDriver where Self: ~Copyable {
    public static var needsNoDevice: Bool { false }
}

/// Plain values that a shell sees live.
public protocol DriverVariables: BitwiseCopyable { init() }

/// The live variables of one instance.
// SAFETY: the memory is the start of the instance's own, and lives from attach to after detach.
@safe @frozen public struct Live<Variables: DriverVariables> {
    @usableFromInline let pointer: UnsafeMutablePointer<Variables>
    @usableFromInline init(_ pointer: UnsafeMutablePointer<Variables>) { unsafe self.pointer = pointer }

    @inlinable public var value: Variables {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(pointer) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe pointer }
    }
}

/// What an interrupt or a timer found: `DRYDOCK_EVENT_*`.
@frozen public struct Events: OptionSet, Sendable {
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
    @inlinable public static var receive: Self { Self(rawValue: DRYDOCK_EVENT_RECEIVE) }
    @inlinable public static var transmit: Self { Self(rawValue: DRYDOCK_EVENT_TRANSMIT) }
    @inlinable public static var link: Self { Self(rawValue: DRYDOCK_EVENT_LINK) }
    @inlinable public static var again: Self { Self(rawValue: DRYDOCK_EVENT_AGAIN) }
    @inlinable public static var foreign: Self { Self(rawValue: DRYDOCK_EVENT_FOREIGN) }
}

/// Which frames the stack wants, as it asks for them.
// SAFETY: the lists are valid during the call that the filter is an argument of (contract); access is bounds-checked.
@safe public struct Filter {
    private let request: drydock_filter

    /// A request of the contract; its lists are valid as long as the stack says.
    public init(_ request: drydock_filter) { unsafe self.request = request }

    public var promiscuous: Bool { unsafe request.flags & DRYDOCK_FILTER_PROMISCUOUS != 0 }
    public var allMulticast: Bool { unsafe request.flags & DRYDOCK_FILTER_ALL_MULTICAST != 0 }
    public var onlyListedVLANs: Bool { unsafe request.flags & DRYDOCK_FILTER_VLAN != 0 }
    public var address: HardwareAddress { unsafe HardwareAddress(request.mac) }

    public var multicastCount: Int { unsafe request.multicast == nil ? 0 : Int(request.multicast_count) }
    public func multicast(_ index: Int) -> HardwareAddress {
        precondition(index >= 0 && index < multicastCount)
        return unsafe HardwareAddress(request.multicast[index])
    }

    public var vlanCount: Int { unsafe request.vlans == nil ? 0 : Int(request.vlan_count) }
    public func vlan(_ index: Int) -> UInt16 {
        precondition(index >= 0 && index < vlanCount)
        return unsafe request.vlans[index]
    }
}
