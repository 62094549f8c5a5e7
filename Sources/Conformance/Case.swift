internal import Messages

/// Why a case failed, in one sentence.
struct CaseFailure: Error, Equatable {
    var text: String
    init(_ text: String) { self.text = text }
}

/// Why a case does not apply here.
struct CaseSkipped: Error, Equatable {
    var text: String
}

// Each case is one question to a driver. It begins with a device that nobody has, and leaves one.
extension CheckCase {
    func run(_ bench: Bench) throws {
        switch self {
        case .identity: try Identity.wantsItsOwn(bench)
        case .attach: try Identity.attaches(bench)
        case .sizes: try Traffic.sizes(bench)
        case .jumbo: try Traffic.jumbo(bench)
        case .bursts: try Traffic.bursts(bench)
        case .statistics: try Traffic.statistics(bench)
        case .unicast: try Filters.unicast(bench)
        case .multicast: try Filters.multicast(bench)
        case .address: try Filters.address(bench)
        case .vlan: try Offloads.vlan(bench)
        case .checksums: try Offloads.checksums(bench)
        case .segmentation: try Offloads.segmentation(bench)
        case .link: try Life.linkFlap(bench)
        case .restart: try Life.restart(bench)
        case .trafficDetach: try Life.detachUnderTraffic(bench)
        case .quiesce: try Life.quiesce(bench)
        case .reattach: try Life.reattach(bench)
        case .datasheet: try Identity.noViolations(bench)
        case .goneAtAttach: try BadHardware.goneAtAttach(bench)
        case .goneWhileRunning: try BadHardware.goneWhileRunning(bench)
        case .smallRegion: try BadHardware.smallRegion(bench)
        case .noInterrupt: try BadHardware.noInterrupt(bench)
        case .stuck: try BadHardware.stuck(bench)
        case .noMemory: try BadHardware.refusedMappings(bench)
        case .leaks: try Identity.noLeaks(bench)
        }
    }
}
