internal import CDriver
internal import Messages
internal import netd

/// Who the driver is, and what its whole life came to.
enum Identity {
    static func wantsItsOwn(_ bench: Bench) throws {
        guard bench.host == nil else { return try wantsNone(bench) }
        let (rig, bus) = try bench.attach()
        let own = bus.driverIdentity
        _ = rig.detach()
        guard bench.image.wants(own) else { throw CaseFailure("match refuses the device that it attaches to") }
        var other = own
        (other.vendor, other.device) = (0xFFFE, 0xFFFE)
        guard !bench.image.wants(other) else { throw CaseFailure("match takes a device of vendor fffe") }
        guard !bench.image.wants(drydock_identity()) else { throw CaseFailure("match takes an identity of zeros") }
        other = own
        other.device ^= 0x8000
        guard !bench.image.wants(other) else { throw CaseFailure("match takes every device of its vendor") }
    }

    /// A driver without a NIC leaves all of them to others.
    private static func wantsNone(_ bench: Bench) throws {
        let devices: [(UInt16, UInt16)] = [(0, 0), (0x8086, 0x100E), (0x1AF4, 0x1041), (0xFFFE, 0xFFFE)]
        for (vendor, device) in devices {
            var identity = drydock_identity()
            (identity.vendor, identity.device, identity.class_code) = (vendor, device, 2)
            guard !bench.image.wants(identity) else { throw CaseFailure("it drives no NIC, and match takes \(String(vendor, radix: 16)):\(String(device, radix: 16))") }
        }
    }

    static func attaches(_ bench: Bench) throws {
        try bench.withRunning { rig in
            guard rig.hasDescription else { throw CaseFailure("the description of the interface is empty or has no end") }
            guard rig.interface.vectors >= 1 else { throw CaseFailure("it says that it uses no interrupt vector") }
            guard rig.interface.enabled & ~rig.interface.capabilities == 0 else { throw CaseFailure("offloads are on that it does not have") }
            guard let media = rig.media() else { throw CaseFailure("get_media failed") }
            guard media.flags & DRYDOCK_MEDIA_LINK_UP != 0 else { throw CaseFailure("link is up, and get_media says that it is not") }
            guard rig.setMTU(40) != 0 else { throw CaseFailure("an MTU of 40 is accepted; RFC 791 wants 68 at least") }
            guard rig.setMTU(rig.interface.maximum_mtu &+ 1) != 0 else { throw CaseFailure("an MTU above its own maximum is accepted") }
            guard rig.setOffloads(~rig.interface.capabilities) != 0 || rig.interface.capabilities == .max else {
                throw CaseFailure("offloads that it does not have can be switched on")
            }
        }
        do {
            let (rig, _) = try bench.attach(options: "no-such-option=1")
            _ = rig.detach()
        } catch is DriverFailure { return }
        throw CaseFailure("an unknown option is accepted: a user's typing error is never seen")
    }

    static func noViolations(_ bench: Bench) throws {
        if bench.host != nil { throw CaseSkipped(text: "a host link has no datasheet") }
        let found = bench.violations
        guard let first = found.first else {
            if let why = bench.unjudged { throw CaseSkipped(text: why) }
            return
        }
        throw CaseFailure("\(first.subject): \(first.text) (\(first.section)), \(first.count) times" + (found.count > 1 ? "; \(found.count - 1) more rules" : ""))
    }

    static func noLeaks(_ bench: Bench) throws {
        if let first = bench.leftovers.first { throw CaseFailure(first) }
        let free = bench.freeSlots
        guard free == bench.freeAtStart else { throw CaseFailure("\(bench.freeAtStart - free) slots of packet memory are missing") }
        bench.host?.wire.close()
        let open = Bench.openDescriptors
        guard open <= bench.descriptorsAtStart else { throw CaseFailure("\(open - bench.descriptorsAtStart) descriptors are open that were not") }
    }
}
