internal import Bus
internal import Cables
internal import Host
internal import Messages
internal import NICModels
internal import QEMUBus
internal import VFIOBus

/// What a NIC process tells of itself.
extension NICProcess {
    var identity: NICIdentity {
        let vendor = UInt16(truncatingIfNeeded: slot.card.configLoad(offset: 0, width: 2))
        // A bridged device has no config space before it is claimed; what it is, is known all the same.
        let isAbsent = vendor == 0xffff
        func octet(_ offset: UInt32, else known: UInt8) -> UInt8 {
            isAbsent ? known : UInt8(truncatingIfNeeded: slot.card.configLoad(offset: offset, width: 1))
        }
        func half(_ offset: UInt32, else known: UInt16) -> UInt16 {
            isAbsent ? known : UInt16(truncatingIfNeeded: slot.card.configLoad(offset: offset, width: 2))
        }
        return NICIdentity(
            name: name, title: backend.title, specification: boot.model, vendor: half(0, else: model.identifier.vendor),
            device: half(2, else: model.identifier.device), subsystemVendor: half(0x2c, else: model.identifier.subsystemVendor),
            subsystemDevice: half(0x2e, else: model.identifier.subsystemDevice), revision: octet(8, else: model.identifier.revision), classCode: octet(11, else: 2), subclass: octet(10, else: 0), programmingInterface: octet(9, else: 0),
            regionLengths: (0..<6).map { backend.regionLength($0) }, pid: ProcessFlags.ownPID, claimedBy: claim?.stack)
    }

    var status: NICStatus {
        let capture = cable.captureState
        return NICStatus(
            identity: identity, cable: cable.specification?.text, cableState: cable.state, carrier: cable.carrier, linkEnabled: linkEnabled,
            capture: capture.map { $0.path + ($0.fault.map { why in " (stopped: \(why))" } ?? "") },
            impairments: CableSpecification.text(cable.impairments), counters: counters, violations: violations.report,
            violationsTotal: violations.total, uptime: (MonotonicClock.now() - started) / 1_000_000_000, place: (slot.card as? VFIONIC)?.place,
            isPulled: slot.isPulled)
    }

    private var counters: [NICCounter] {
        guard model.bus != .vfio else { return hardwareCounters + claimCounters }
        return cableCounters + lineCounters("tx", cable.impairmentCounters.transmit) + lineCounters("rx", cable.impairmentCounters.receive)
            + captureCounters + hardwareCounters + [NICCounter("nic.dropped.pulled", slot.dropped)] + claimCounters
    }

    private var cableCounters: [NICCounter] {
        let cable = cable.counters
        return [
            NICCounter("cable.offered", cable.offered), NICCounter("cable.sent", cable.sent), NICCounter("cable.sentOctets", cable.sentOctets),
            NICCounter("cable.noCarrier", cable.noCarrier), NICCounter("cable.badLength", cable.badLength),
            NICCounter("cable.congested", cable.congested), NICCounter("cable.failed", cable.failed), NICCounter("cable.queued", cable.queued),
            NICCounter("cable.received", cable.received), NICCounter("cable.receivedOctets", cable.receivedOctets),
            NICCounter("cable.receivedBadLength", cable.receivedBadLength), NICCounter("cable.linkDown", linkDownDropped),
            NICCounter("cable.deferredDropped", deferredDropped),
        ]
    }

    /// What `capture.lost` counts is lost to captures alone: the frames themselves went on.
    private var captureCounters: [NICCounter] {
        let streams = cable.streamCounters
        return [NICCounter("capture.seen", streams.seen), NICCounter("capture.lost", streams.lost)]
    }

    private func lineCounters(_ direction: String, _ line: ImpairmentCounters) -> [NICCounter] {
        [
            NICCounter("\(direction).entered", line.entered), NICCounter("\(direction).left", line.left),
            NICCounter("\(direction).lost", line.lost), NICCounter("\(direction).overflowed", line.overflowed),
            NICCounter("\(direction).flushed", line.flushed), NICCounter("\(direction).duplicated", line.duplicated),
            NICCounter("\(direction).corrupted", line.corrupted), NICCounter("\(direction).reordered", line.reordered),
            NICCounter("\(direction).held", line.held),
        ]
    }

    private var hardwareCounters: [NICCounter] {
        if let model = slot.card as? any NICModel {
            let status = model.status()
            return [
                NICCounter("nic.arrived", status.framesArrived), NICCounter("nic.delivered", status.framesDelivered),
                NICCounter("nic.waiting", status.framesWaiting), NICCounter("nic.sent", status.framesSent),
                NICCounter("nic.interrupts", status.interrupts), NICCounter("nic.claims", status.claims),
            ] + DropReason.allCases.map { NICCounter("nic.dropped.\($0.rawValue)", status.dropped[$0] ?? 0) }
        }
        if let card = (slot.card as? VFIONIC)?.counters {
            return [
                NICCounter("card.claims", card.claims), NICCounter("card.resets", card.resets),
                NICCounter("card.resetsFailed", card.resetsFailed), NICCounter("card.notQuiet", card.notQuiet),
            ]
        }
        guard let bridge = (slot.card as? QEMUNIC)?.counters else { return [] }
        return [
            NICCounter("nic.delivered", bridge.delivered), NICCounter("nic.sent", bridge.transmitted),
            NICCounter("nic.dropped.unclaimed", bridge.unclaimed), NICCounter("nic.dropped.linkDown", bridge.unplugged),
            NICCounter("nic.dropped.queueFull", bridge.queueFull), NICCounter("nic.dropped.badLength", bridge.badLength),
            NICCounter("nic.dropped.abandoned", bridge.abandoned),
        ]
    }

    private var claimCounters: [NICCounter] {
        guard let claim else { return [] }
        return [
            NICCounter("bus.accesses", claim.access.served), NICCounter("bus.refused", claim.access.refused),
            NICCounter("bus.interrupts", claim.interrupts), NICCounter("bus.mappings", UInt64(claim.mappings.count)),
        ]
    }
}
