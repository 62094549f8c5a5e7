/// Why a case failed, in one sentence.
struct CaseFailure: Error, Equatable {
    var text: String
    init(_ text: String) { self.text = text }
}

/// Why a case does not apply here.
struct CaseSkipped: Error, Equatable {
    var text: String
}

/// One question to a driver. Each begins with a device that nobody has, and leaves one.
struct Case: Sendable {
    let name: String
    /// What a driver that passes has shown.
    let meaning: String
    let run: @Sendable (Bench) throws -> Void

    init(_ name: String, _ meaning: String, _ run: @escaping @Sendable (Bench) throws -> Void) { (self.name, self.meaning, self.run) = (name, meaning, run) }
}

/// The cases in the order in which they are asked.
enum Cases {
    static let all: [Case] = [
        Case("identity", "it wants the devices it drives, and no others", Identity.wantsItsOwn),
        Case("attach", "it says what the device is, and link comes up", Identity.attaches),
        Case("sizes", "frames of every size arrive whole and in order, both ways", Traffic.sizes),
        Case("jumbo", "frames up to its largest MTU", Traffic.jumbo),
        Case("bursts", "full rings lose nothing that is not counted", Traffic.bursts),
        Case("statistics", "its counters tell what was moved", Traffic.statistics),
        Case("unicast", "frames for others stay out, unless it is promiscuous", Filters.unicast),
        Case("multicast", "groups that were joined come in", Filters.multicast),
        Case("address", "a new hardware address is used", Filters.address),
        Case("vlan", "tags pass, are inserted and stripped", Offloads.vlan),
        Case("checksums", "sums are made, verified, and never vouched for when wrong", Offloads.checksums),
        Case("segmentation", "large TCP segments are cut right", Offloads.segmentation),
        Case("link", "link loss and return are told, and traffic goes on", Life.linkFlap),
        Case("restart", "stop returns every buffer, start works again", Life.restart),
        Case("traffic-detach", "it can be detached under traffic", Life.detachUnderTraffic),
        Case("quiesce", "after quiesce the device touches no memory", Life.quiesce),
        Case("reattach", "it can be attached again and again without a leak", Life.reattach),
        // Before the hardware is bent: what a driver does then is not held against it.
        Case("datasheet", "no rule of the datasheet was broken", Identity.noViolations),
        Case("gone-attach", "a card that is gone is refused", BadHardware.goneAtAttach),
        Case("gone", "a card that is pulled out is noticed and let go of", BadHardware.goneWhileRunning),
        Case("small-region", "a register region that is too small is refused", BadHardware.smallRegion),
        Case("no-interrupt", "a device without interrupts is refused, or polled", BadHardware.noInterrupt),
        Case("stuck", "a device where nothing gets done ends every wait", BadHardware.stuck),
        Case("no-memory", "each refused DMA mapping is undone", BadHardware.refusedMappings),
        Case("leaks", "no slot, no mapping, no descriptor is left", Identity.noLeaks),
    ]

    static func named(_ names: [String]) -> [Case] { names.isEmpty ? all : all.filter { names.contains($0.name) } }
}
