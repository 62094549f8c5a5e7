/// A NIC as it is now, seen from outside its driver.
public struct NICLook: Codable, Equatable, Sendable {
    /// How much of the hardware is wanted: what is not is left empty. Who drives it, and its counts, are always there.
    public enum Part: Codable, Equatable, Sendable {
        case all, registers, configuration, nothing
        /// The rings whose names begin so: `receive`; empty: all.
        case rings(String)
        /// The register at that place alone.
        case register(region: UInt8, offset: UInt32)

        public var hasRegisters: Bool { if case .rings = self { false } else { true } }
        public var hasConfiguration: Bool { self == .all || self == .configuration }
    }

    /// Part of packet memory that the device may reach: its place there, and the device's address of it.
    public struct Mapping: Codable, Equatable, Sendable {
        public var offset: UInt64, octets: UInt64, deviceAddress: UInt64
        public init(offset: UInt64, octets: UInt64, deviceAddress: UInt64) { (self.offset, self.octets, self.deviceAddress) = (offset, octets, deviceAddress) }
    }

    public var nic: String
    public var registers: [QuietReport.Register]
    /// Why some or all are missing; empty: none is.
    public var notRead: String
    public var rings: [QuietReport.Ring]
    /// The stack that has claimed it, and the process; nil: nobody has.
    public var holder: String?
    public var pid: Int32?
    public var mappings: [Mapping]
    /// Since it was claimed: interrupts, and accesses to registers.
    public var interrupts: UInt64, accesses: UInt64
    /// Configuration space, its first 64 octets; empty: it was not asked for, or not kept.
    public var configuration: [UInt8]

    public init(
        nic: String, registers: [QuietReport.Register], notRead: String, rings: [QuietReport.Ring], holder: String?, pid: Int32?, mappings: [Mapping],
        interrupts: UInt64, accesses: UInt64, configuration: [UInt8]
    ) {
        (self.nic, self.registers, self.notRead, self.rings) = (nic, registers, notRead, rings)
        (self.holder, self.pid, self.mappings) = (holder, pid, mappings)
        (self.interrupts, self.accesses, self.configuration) = (interrupts, accesses, configuration)
    }
}
