/// What a NIC process did to quiet a device whose stack died or hangs, and what the device read back as.
///
/// Made by the NIC's process; kept by it until the next one, and by the supervisor beside the crash (`nics/NIC.json`).
public struct QuietReport: Codable, Equatable, Sendable {
    /// A register as it was before anything was done.
    public struct Register: Codable, Equatable, Sendable {
        /// `RDT`; `RAL[1]` of an array.
        public var name: String
        public var region: UInt8
        /// Octets from the region's start.
        public var offset: UInt32
        public var value: UInt32
        public var fields: [Field]

        public init(name: String, region: UInt8, offset: UInt32, value: UInt32, fields: [Field] = []) {
            (self.name, self.region, self.offset, self.value, self.fields) = (name, region, offset, value, fields)
        }
    }

    public struct Field: Codable, Equatable, Sendable {
        public var name: String
        public var value: UInt32
        public init(_ name: String, _ value: UInt32) { (self.name, self.value) = (name, value) }
    }

    /// A descriptor ring as the registers had it: a device address, octets (or descriptors, as the chip counts), head and tail.
    public struct Ring: Codable, Equatable, Sendable {
        public var name: String
        public var base: UInt64
        public var length: UInt32
        public var head: UInt32
        /// nil: the chip has none.
        public var tail: UInt32?
        /// The descriptors as they lay in memory, in hexadecimal, and which chip's they are: `8254x`, `abc`; nil: they are not known here, or the
        /// device could not reach all of them.
        public var descriptors: String?, format: String?

        public init(name: String, base: UInt64, length: UInt32, head: UInt32, tail: UInt32?) {
            (self.name, self.base, self.length, self.head, self.tail) = (name, base, length, head, tail)
        }
    }

    public var nic: String
    /// The stack that had claimed it, and that process.
    public var holder: String
    public var pid: Int32
    /// When it began, in nanoseconds of the monotonic clock, and how many it took.
    public var at: UInt64 = 0, took: UInt64 = 0
    /// `its connection closed`, `the supervisor asked`.
    public var why = ""

    public var registers: [Register] = []
    /// Why some or all registers are missing; empty: none is.
    public var notRead = ""
    public var rings: [Ring] = []

    /// What was done, in its order.
    public var steps: [String] = []
    /// The device does not answer any more: pulled out, or its emulator is dead.
    public var isGone = false
    /// Bus mastering reads back as off; nil: it was not asked.
    public var isMasterOff: Bool?
    /// The registers that run the device have their reset values; nil: nobody knows which those are.
    public var isReset: Bool?
    /// Those that have not: `RCTL = 0x8002`.
    public var notReset: [String] = []

    /// Octets of memory that the device could reach, and that were watched for a while after the reset.
    public var watched: UInt64 = 0
    /// Pages of 4 KiB in it that changed, and the first one's place in packet memory.
    public var pagesWritten = 0
    public var firstWritten: UInt64?
    /// The stack's process was still there, and may have written those pages itself.
    public var holderLived = false
    /// Accesses to memory that the device was refused since.
    public var refusedAfter: UInt64 = 0

    /// Whether the device is known to reach no memory.
    public var held = false
    /// The NIC's process could not be asked; then everything else is empty.
    public var failure: String?

    public init(nic: String, holder: String, pid: Int32) { (self.nic, self.holder, self.pid) = (nic, holder, pid) }

    /// A register's value by its name.
    public subscript(_ name: String) -> UInt32? { registers.first { $0.name == name }?.value }

    /// What came of it, in one line.
    public var sentence: String {
        if let failure { return "NIC \(nic) could not be quieted: \(failure)" }
        if isGone { return "NIC \(nic) is gone: it answers nothing, and reaches nothing" }
        var said = "NIC \(nic) " + (held ? "is quiet" : "IS NOT QUIET") + ": bus mastering reads back as \(isMasterOff == true ? "off" : "ON")"
        switch isReset {
        case true: said += ", registers as after a reset"
        case false: said += ", not as after a reset: \(notReset.joined(separator: ", "))"
        default: break
        }
        if pagesWritten > 0 {
            let who = holderLived ? "by the device, or by the stack's process, which still ran" : "by the device"
            said += "; \(pagesWritten) pages were written after that, \(who), the first at octet \(firstWritten ?? 0) of packet memory"
        }
        if refusedAfter > 0 { said += "; it was refused \(refusedAfter) accesses to memory since" }
        return said
    }
}
