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

    /// For a capture, behind `lost in the NIC:`.
    public var sentence: String {
        switch self {
        case .unclaimed: "no stack has claimed it"
        case .linkDown: "its link is down"
        case .receiverDisabled: "its receiver is off"
        case .tooShort: "the frame is too short"
        case .tooLong: "the frame is too long"
        case .wrongAddress: "not for an address that it listens to"
        case .wrongVLAN: "of a VLAN that it filters out"
        case .flowControl: "flow control, which it keeps to itself"
        case .missed: "no descriptor, and no room to wait for one"
        case .receiveFlushed: "it was reset before the frame reached memory"
        case .receiveDMA: "the driver's buffer or ring is not in its reach"
        case .transmitDMA: "the driver's frame is not in its reach"
        case .transmitTooShort: "the driver's frame is too short"
        case .transmitTooLong: "the driver's frame is too long"
        case .transmitBadFrameCheck: "the driver's frame check sequence is wrong"
        case .transmitAborted: "its transmitter was stopped within the frame"
        }
    }
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
    private var lastDrop: DropReason?
    private(set) var rules: [Violation.Rule: UInt64] = [:]

    mutating func drop(_ reason: DropReason, _ frames: Int = 1) {
        guard frames > 0 else { return }
        drops[reason, default: 0] += UInt64(frames)
        lastDrop = reason
    }

    /// Why a frame was lost since this was asked last.
    mutating func takeLoss() -> String? {
        defer { lastDrop = nil }
        return lastDrop.map { "lost in the NIC: \($0.sentence)" }
    }

    mutating func violated(_ rule: Violation.Rule) { rules[rule, default: 0] += 1 }
}
