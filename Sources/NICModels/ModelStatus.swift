public import Wire

/// Why a frame went no further. Every lost frame is counted under exactly one of these.
public enum DropReason: String, Sendable, CaseIterable {
    // From the cable.
    case unclaimed, linkDown, receiverDisabled, tooShort, tooLong, wrongAddress, wrongVLAN, flowControl
    /// The receive FIFO was full: MPC.
    case missed
    /// In the FIFO at a reset or a release.
    case receiveFlushed
    /// The driver's buffer or ring was not reachable.
    case receiveDMA
    // Towards the cable.
    case transmitDMA, transmitTooShort, transmitTooLong, transmitBadFrameCheck, transmitAborted
}

/// A NIC at one moment, as `nic show` prints it.
public struct ModelStatus: Sendable, Equatable {
    public var title: String
    /// In RAL[0] and RAH[0]: the driver may have changed it.
    public var mac: MACAddress
    public var isClaimed: Bool
    /// How often it has been claimed.
    public var claims: UInt64
    public var memoryDecoded: Bool
    public var busMaster: Bool
    /// The cable is plugged in; the link is up.
    public var carrier: Bool
    public var linkUp: Bool
    /// 0 while the link is down.
    public var megabits: UInt32
    public var fullDuplex: Bool
    public var receiverEnabled: Bool
    public var transmitterEnabled: Bool
    /// From the cable (or looped back), whatever became of them.
    public var framesArrived: UInt64
    /// Into the driver's buffers.
    public var framesDelivered: UInt64
    /// Waiting in the FIFO for descriptors.
    public var framesWaiting: UInt64
    /// Onto the cable (or looped back).
    public var framesSent: UInt64
    public var interrupts: UInt64
    public var dropped: [DropReason: UInt64]
    public var violations: [Violation.Rule: UInt64]
}

/// What the model counts for its keeper, beside the registers that the driver sees.
struct Ledger {
    var arrived: UInt64 = 0
    var delivered: UInt64 = 0
    var sent: UInt64 = 0
    var claims: UInt64 = 0
    var interrupts: UInt64 = 0
    /// Only what happened has an entry.
    private(set) var drops: [DropReason: UInt64] = [:]
    private(set) var rules: [Violation.Rule: UInt64] = [:]

    mutating func drop(_ reason: DropReason, _ frames: Int = 1) {
        if frames > 0 { drops[reason, default: 0] += UInt64(frames) }
    }

    mutating func violated(_ rule: Violation.Rule) { rules[rule, default: 0] += 1 }
}
