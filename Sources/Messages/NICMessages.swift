/// What stacks and tools say to a NIC process on `nic/<name>/control`.
///
/// Register accesses and interrupts are not messages: they go through the access channel whose descriptors come with
/// the reply to `claim`.
public enum NICRequest: Codable, Equatable, Sendable {
    // The bus: what a stack does with the device.

    /// Who are you? Answered with `.identity`; anybody may ask, at any time.
    case identify
    /// Takes the device for the connection that says so. Descriptor 0: packet memory, a memfd sealed against shrinking
    /// (or sealable). Answered with `.claimed` and the access channel's descriptors, in the order of `NICClaim`.
    case claim(stack: String, vectors: Int)
    /// Makes a part of the claimed memory reachable by the device. Answered with `.mapped`.
    case map(offset: UInt64, length: UInt64)
    /// Takes a mapping away. All stores made before it have reached the device when it is answered.
    case unmap(deviceAddress: UInt64)
    /// Chooses how the device interrupts, after every access made before: 0 not at all, 1 INTx, 2 MSI, 3 MSI-X, with so
    /// many vectors. Answered with `.interrupts`; a kind that the device does not have is refused (`notSupported`).
    case interrupts(kind: UInt32, vectors: Int)
    /// Resets the function and nothing else: configuration space, mappings and interrupts stay as they are.
    case reset
    /// Gives the device back; closing the connection does the same, and more: see `quiet`.
    case release
    /// The same where process `pid`, which drove the device, is dead: its registers are read first, and kept. Answered when another may claim
    /// the device; what was found is asked for when there is time: see `bequeathed`.
    case bequeath(pid: Int32)

    // After a death. Not for connections that claim.

    /// Quiets the device that `holder` has, and takes it away from it: registers by name, bus mastering off, reset, read back.
    /// Where the claim has ended by itself at or after `since` (nanoseconds of the monotonic clock), the same was done then.
    /// Answered with `.quieted`, nil when `holder` had no claim.
    case quiet(holder: String, since: UInt64)
    /// What was done at the last claim that ended without a word. Answered with `.quieted`.
    case lastQuiet
    /// What was found when process `pid` had left the device to others; nil when that is not known any more. Answered with `.quieted`.
    case bequeathed(pid: Int32)

    // Administration: what `nic` does, and a shell.

    case status
    /// The registers by name, as far as looking at them changes nothing; who drives it, and what of the memory it may reach. Answered with `.look`.
    case look(NICLook.Part)
    /// What the register at that place holds, where seeing it changes nothing. Answered with `.value`.
    case peek(region: UInt8, offset: UInt32)
    /// One access by an operator, behind the driver's back: a register is read, or written. Answered with `.value`.
    case load(region: UInt32, offset: UInt32, width: UInt32)
    case store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32)
    /// The hardware's own flight recorder; its descriptor, for reading only, comes along.
    case recorder
    /// Plugs the given cable in, in place of the present one.
    case plug(cable: String)
    case unplug
    /// The carrier as an operator sets it: `down` holds it down whatever is plugged in.
    case link(up: Bool)
    case startCapture(file: String)
    case stopCapture
    /// Captures what passes into descriptor 0, one end of a pair of stream sockets, as pcapng: until `endStream`, until this connection closes, or
    /// until nobody reads. The NIC waits for no reader. One a connection.
    ///
    /// - interface: its name in the capture, at most 200 octets.
    /// - octets: of each frame that are kept at most; 0: all.
    case streamCapture(interface: String, octets: Int)
    /// Ends this connection's stream: its counts, then the end of the socket.
    case endStream
    /// Replaces the impairments of the present cable, as in a cable's specification: `loss=1%,delay=5ms`; empty: none.
    case impair(String)
    /// Takes the card out of its slot, or pushes it back, with no word to the stack that has it.
    case pull, push
    /// Ends the NIC and its process.
    case remove

    /// Whether a driver may ask this on its claim's connection, which may be in the hands of a process that nobody trusts.
    public var isOfTheBus: Bool {
        switch self {
        case .identify, .claim, .map, .unmap, .interrupts, .reset, .release, .bequeath: true
        case .quiet, .lastQuiet, .bequeathed, .status, .look, .peek, .load, .store, .recorder, .plug, .unplug, .link, .startCapture,
            .stopCapture, .streamCapture, .endStream, .impair, .pull, .push, .remove: false
        }
    }
}

/// What a NIC process answers.
public enum NICReply: Codable, Equatable, Sendable {
    case identity(NICIdentity)
    /// With it travel the access channel's memory, its two bells, and `vectors` interrupt descriptors.
    case claimed(NICClaim)
    case mapped(deviceAddress: UInt64)
    /// How many vectors the device uses now, the first of the claim's.
    case interrupts(vectors: Int)
    case status(NICStatus)
    case recorder(octets: Int)
    case quieted(QuietReport?)
    case look(NICLook)
    case value(UInt32)
    case done
}

/// What a NIC is, without claiming it.
public struct NICIdentity: Codable, Equatable, Sendable {
    public var name: String
    /// As `nic show` prints it.
    public var title: String
    /// How it was made: `sim:82540em`.
    public var specification: String
    public var vendor: UInt16, device: UInt16, subsystemVendor: UInt16, subsystemDevice: UInt16
    public var revision: UInt8, classCode: UInt8, subclass: UInt8, programmingInterface: UInt8
    /// Octets of base address regions 0 to 5; 0: there is none.
    public var regionLengths: [UInt64]
    public var pid: Int32
    /// The stack that has it.
    public var claimedBy: String?

    public init(
        name: String, title: String, specification: String, vendor: UInt16, device: UInt16, subsystemVendor: UInt16,
        subsystemDevice: UInt16, revision: UInt8, classCode: UInt8, subclass: UInt8, programmingInterface: UInt8,
        regionLengths: [UInt64], pid: Int32, claimedBy: String?
    ) {
        (self.name, self.title, self.specification, self.pid, self.claimedBy) = (name, title, specification, pid, claimedBy)
        (self.vendor, self.device) = (vendor, device)
        (self.subsystemVendor, self.subsystemDevice) = (subsystemVendor, subsystemDevice)
        (self.revision, self.classCode) = (revision, classCode)
        (self.subclass, self.programmingInterface) = (subclass, programmingInterface)
        self.regionLengths = regionLengths
    }
}

/// What the claimant needs beside the descriptors: 0 channel memory, 1 the NIC's bell, 2 the stack's bell, then the
/// interrupt descriptors, then one for each of `direct`.
public struct NICClaim: Codable, Equatable, Sendable {
    /// The access channel's layout; another one is refused.
    public var channelVersion: Int
    /// Interrupt descriptors that came along.
    public var vectors: Int
    public var regionLengths: [UInt64]
    /// Regions whose registers the claimant may map and touch by itself.
    public var direct: [NICDirectRegion]

    public init(channelVersion: Int, vectors: Int, regionLengths: [UInt64], direct: [NICDirectRegion] = []) {
        (self.channelVersion, self.vectors, self.regionLengths) = (channelVersion, vectors, regionLengths)
        self.direct = direct
    }
}

/// Where in its descriptor a whole region lies.
public struct NICDirectRegion: Codable, Equatable, Sendable {
    public var region: UInt32
    public var offset: UInt64, length: UInt64

    public init(region: UInt32, offset: UInt64, length: UInt64) { (self.region, self.offset, self.length) = (region, offset, length) }
}

/// A NIC as `nic show` prints it.
public struct NICStatus: Codable, Equatable, Sendable {
    public var identity: NICIdentity
    /// The cable's specification as it was given; nil: nothing is plugged in.
    public var cable: String?
    /// What the cable says of itself: `waiting for nic em-b`.
    public var cableState: String
    public var carrier: Bool
    /// False: an operator holds the link down.
    public var linkEnabled: Bool
    /// The capture file being written.
    public var capture: String?
    /// Impairments in force, as they would be specified; empty: none.
    public var impairments: String
    /// Every counter by its name, in the order to print them.
    public var counters: [NICCounter]
    /// What the driver did that the datasheet forbids, newest last; bounded.
    public var violations: [NICViolation]
    /// Violations in all, those no longer listed included.
    public var violationsTotal: UInt64
    /// Seconds since the NIC was added.
    public var uptime: UInt64
    /// Of a real card: its address, IOMMU group and driver. Its cable and its carrier are not known here.
    public var place: String?
    /// The card lies beside its slot.
    public var isPulled: Bool

    public init(
        identity: NICIdentity, cable: String?, cableState: String, carrier: Bool, linkEnabled: Bool, capture: String?,
        impairments: String, counters: [NICCounter], violations: [NICViolation], violationsTotal: UInt64, uptime: UInt64,
        place: String? = nil, isPulled: Bool = false
    ) {
        (self.identity, self.cable, self.cableState, self.carrier) = (identity, cable, cableState, carrier)
        (self.linkEnabled, self.capture, self.impairments) = (linkEnabled, capture, impairments)
        (self.counters, self.violations, self.violationsTotal) = (counters, violations, violationsTotal)
        (self.uptime, self.place, self.isPulled) = (uptime, place, isPulled)
    }
}

/// One counter of a NIC process.
public struct NICCounter: Codable, Equatable, Sendable {
    public var name: String
    public var value: UInt64
    public init(_ name: String, _ value: UInt64) { (self.name, self.value) = (name, value) }
}

/// A rule of the datasheet that the driver broke, and how often.
public struct NICViolation: Codable, Equatable, Sendable {
    public var rule: String, subject: String, section: String, text: String
    /// The value last seen.
    public var value: UInt64
    public var count: UInt64

    public init(rule: String, subject: String, section: String, text: String, value: UInt64, count: UInt64) {
        (self.rule, self.subject, self.section, self.text) = (rule, subject, section, text)
        (self.value, self.count) = (value, count)
    }
}
