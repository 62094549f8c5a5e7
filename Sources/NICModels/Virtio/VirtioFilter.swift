import Wire

/// Which frames pass. virtio 1.2 §5.1.6.5.1 to §5.1.6.5.3
struct VirtioFilter {
    var mac: MACAddress
    /// Until the driver says otherwise.
    var promiscuous = true, allMulticast = false
    var unicast: Set<UInt64> = [], multicast: Set<UInt64> = []
    var vlans: Set<UInt16> = []

    init(_ mac: MACAddress) { self.mac = mac }

    /// Six octets as a number.
    static func number(_ frame: FrameBuffer, _ at: Int) -> UInt64 {
        UInt64(frame.load32(at)) << 16 | UInt64(frame.load16(at + 4))
    }

    func accepts(_ frame: FrameBuffer, filtersVLANs: Bool) -> DropReason? {
        if promiscuous { return nil }
        if filtersVLANs, frame.load16(12) == 0x8100, !vlans.contains(frame.load16(14) & 0xFFF) { return .wrongVLAN }
        let destination = Self.number(frame, 0)
        guard frame[0] & 1 != 0 else {
            return destination == mac.value || unicast.contains(destination) ? nil : .wrongAddress
        }
        return destination == 0xFFFF_FFFF_FFFF || allMulticast || multicast.contains(destination) ? nil : .wrongAddress
    }
}
