/// What became of every frame at this NIC's cable: one field goes up for each.
public struct QEMUCounters: Equatable, Sendable {
    /// From the cable, handed to QEMU or queued for it.
    public var delivered: UInt64 = 0
    /// From QEMU, handed to the host.
    public var transmitted: UInt64 = 0
    /// From the cable while no stack had claimed the NIC, or after QEMU had gone.
    public var unclaimed: UInt64 = 0
    /// Either way, while the cable was unplugged.
    public var unplugged: UInt64 = 0
    /// From the cable while QEMU took none and the queue was full.
    public var queueFull: UInt64 = 0
    /// From the cable: too short for an Ethernet header, or longer than the NIC's longest packet.
    public var badLength: UInt64 = 0
    /// Counted as delivered before, but still queued when the claim ended.
    public var abandoned: UInt64 = 0

    public init() {}
}
