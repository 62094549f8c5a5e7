/// The questions of `drydock check`, in the order in which they are asked.
public enum CheckCase: String, CaseIterable, Sendable {
    case identity, attach, sizes, jumbo, bursts, statistics
    case unicast, multicast, address
    case vlan, checksums, segmentation
    case link, restart
    case trafficDetach = "traffic-detach"
    case quiesce, reattach
    // Before the hardware is bent: what a driver does then is not held against it.
    case datasheet
    case goneAtAttach = "gone-attach"
    case goneWhileRunning = "gone"
    case smallRegion = "small-region"
    case noInterrupt = "no-interrupt"
    case stuck
    case noMemory = "no-memory"
    case leaks

    /// As users spell it.
    public var name: String { rawValue }

    /// The cases of these names, in their own order; all, when there are none.
    public static func named(_ names: [String]) -> [CheckCase] { names.isEmpty ? allCases : allCases.filter { names.contains($0.name) } }

    /// What a driver that passes has shown.
    public var meaning: String {
        switch self {
        case .identity: "it wants the devices it drives, and no others"
        case .attach: "it says what the device is, and link comes up"
        case .sizes: "frames of every size arrive whole and in order, both ways"
        case .jumbo: "frames up to its largest MTU"
        case .bursts: "full rings lose nothing that is not counted"
        case .statistics: "its counters tell what was moved"
        case .unicast: "frames for others stay out, unless it is promiscuous"
        case .multicast: "groups that were joined come in"
        case .address: "a new hardware address is used"
        case .vlan: "tags pass, are inserted and stripped"
        case .checksums: "sums are made, verified, and never vouched for when wrong"
        case .segmentation: "large TCP segments are cut right"
        case .link: "link loss and return are told, and traffic goes on"
        case .restart: "stop returns every buffer, start works again"
        case .trafficDetach: "it can be detached under traffic"
        case .quiesce: "after quiesce the device touches no memory"
        case .reattach: "it can be attached again and again without a leak"
        case .datasheet: "no rule of the datasheet was broken"
        case .goneAtAttach: "a card that is gone is refused"
        case .goneWhileRunning: "a card that is pulled out is noticed and let go of"
        case .smallRegion: "a register region that is too small is refused"
        case .noInterrupt: "a device without interrupts is refused, or polled"
        case .stuck: "a device where nothing gets done ends every wait"
        case .noMemory: "each refused DMA mapping is undone"
        case .leaks: "no slot, no mapping, no descriptor is left"
        }
    }
}
