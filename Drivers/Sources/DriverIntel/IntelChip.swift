public import CDriver
public import DriverKit
public import E1000Registers

/// What one chip family of Intel's gigabit controllers adds to what all of them have: its names, its register map, its
/// receive descriptors, and what it wants done at certain moments. ``IntelNIC`` does the rest.
public protocol IntelChip: Sendable {
    associatedtype Map: GigabitRegister
    /// How its receive descriptors are laid out.
    associatedtype Format: ReceiveFormat

    static var name: StaticString { get }
    static var prefix: StaticString { get }
    static var version: StaticString { get }
    /// The options, one a line; and their names alone, as a refusal lists them.
    static var help: StaticString { get }
    static var optionNames: StaticString { get }
    /// `DRYDOCK_CAP_*`.
    static var capabilities: UInt32 { get }
    /// Receive queues at most: 1 or 2.
    static var receiveQueues: Int { get }

    /// The chip behind an identity, or nil: not one of these.
    static func find(_ identity: drydock_identity) -> Self?
    var title: StaticString { get }
    /// The gap that 802.3 wants on copper.
    var gap: (transmit: UInt32, first: UInt32, second: UInt32) { get }
    /// EERD reads the NVM.
    var readsNVM: Bool { get }
    /// RADV and TADV exist.
    var hasAbsoluteTimers: Bool { get }
    /// The MAC finds out the speed by itself (CTRL.ASDE) and is to.
    var detectsSpeed: Bool { get }
    /// A counter of symbol errors, where there is one.
    static var symbolErrors: Map? { get }
    /// All causes of interrupts that exist.
    static var causes: UInt32 { get }
    /// Bits of CTRL that would keep the link down, and are cleared.
    static var linkReset: UInt32 { get }
    /// Bits of TCTL that are always set.
    static var transmitControl: UInt32 { get }

    /// What EERD is told to read `word`, and its bit for being done.
    static func nvmCommand(_ word: UInt32) -> UInt32
    static var nvmDone: UInt32 { get }
    /// An option that only this chip has; false: unknown.
    static func option(_ option: Options.Option, _ options: Options, _ settings: inout Settings) throws(DriverFailure) -> Bool
    /// Asks the host for interrupts, the best kind first.
    static func connect(_ services: Services, _ settings: Settings) throws(DriverFailure) -> (kind: UInt32, vectors: UInt32)
    /// Before both units are switched off for a reset, and after CTRL.RST has cleared itself.
    static func beforeReset(_ services: Services, _ io: RegisterAccess<Map>) throws(DriverFailure)
    static func afterReset(_ services: Services, _ io: RegisterAccess<Map>) throws(DriverFailure)
    /// The PHY is this driver's from the first to the second.
    static func acquirePHY(_ services: Services, _ io: RegisterAccess<Map>) throws(DriverFailure)
    static func releasePHY(_ io: RegisterAccess<Map>)
    /// The rings are programmed, both units are still off.
    static func configure(_ nic: inout IntelNIC<Self>) throws(DriverFailure)
    /// Lets interrupts through; the least time between two, in 256 ns.
    static func unmask(_ nic: borrowing IntelNIC<Self>)
    static func throttle(_ nic: borrowing IntelNIC<Self>, _ interval: UInt32)
    static func interrupt(_ nic: inout IntelNIC<Self>, _ vector: UInt32) -> Events
    /// RXCSUM's bits besides the offloads'.
    static func receiveChecksum(_ settings: Settings) -> UInt32
    /// The watchdog's look for what only this chip suffers from: why it must be reset, or nil.
    static func ailment(_ nic: inout IntelNIC<Self>) -> StaticString?
    /// The register map, the variables and the methods.
    static func describe() -> UnsafePointer<drydock_description>?
}

/// One layout of a 16-octet receive descriptor. In every one the first eight octets, when it is handed over, are the buffer's
/// address, and the other eight are zero. These eight are what the device writes back: one half with the status, which is
/// looked at first, and the other. The functions take both, as one little-endian word.
public protocol ReceiveFormat {
    /// Octets from the descriptor's start to the half with the status: 8 or 12.
    static var statusHalf: Int { get }
    /// As the device wrote it: the bits of `ReceiveDescriptor.Status`.
    static func status(_ word: UInt64) -> ReceiveDescriptor.Status
    static func errors(_ word: UInt64) -> ReceiveDescriptor.Errors
    /// Done, whole in one buffer (or its last), and not in error: what both say, in one comparison.
    static func isPlain(_ word: UInt64) -> Bool
    /// Octets in the buffer; the VLAN tag.
    static func length(_ word: UInt64) -> Int
    static func tag(_ word: UInt64) -> UInt16
}
