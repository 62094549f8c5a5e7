import AbcRegisters
public import CDriver
public import DriverKit

// Interrupts, filter, link, counters.
extension AbcDriver {
    /// Reads the causes, acknowledges exactly those, and says what there is to do. §6
    public mutating func interrupt(_ vector: UInt32) -> Events {
        guard core.state == .running else { return .foreign }
        let causes = io.read(.cause), c = Causes()
        guard causes != .max else { fail(.gone); return [] }
        guard causes != 0 else { return core.foreign() }
        io.write(.cause, causes)
        core.live.value.usual.interrupts &+= 1
        if c.fault.isSet(causes) { fail(.unsuitable("the device could not reach a ring, and halted (CAUSE.FAULT)")) }
        var events: Events = []
        if c.rx.isSet(causes) { events.insert(.receive) }
        if c.tx.isSet(causes) { events.insert(.transmit) }
        if c.link.isSet(causes) { events.formUnion(lookAtLink()) }
        return events
    }

    /// Asked for when an interrupt says so, and once a second: a card that was pulled out interrupts nobody any more. §3.3
    public var link: Bool? {
        let status = io.read(.status)
        return status == .max ? nil : STATUS().link.isSet(status)
    }

    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        try core.take(filter)
        hash = filter.hash64 { AbcDriver.hashBit($0) }
        guard core.state == .running else { return }
        writeFilter()
        io.write(.ctrl, control)
    }

    /// The exclusive or of the six octets picks one of 64 bits. §3.8
    static func hashBit(_ address: HardwareAddress) -> UInt32 {
        var bit: UInt8 = 0
        for n in address.octets.indices { bit ^= address.octets[n] }
        return UInt32(bit & 63)
    }

    func writeFilter() {
        let bits = core.filter.allMulticast ? .max : core.options.noMulticast ? 0 : hash
        io.write(.macLow, core.filter.address.low)
        io.write(.macHigh, core.filter.address.high)
        io.write(.hashLow, UInt32(truncatingIfNeeded: bits))
        io.write(.hashHigh, UInt32(bits >> 32))
    }

    public mutating func media() throws(DriverFailure) -> drydock_media {
        let status = io.read(.status), s = STATUS()
        guard core.state != .gone, status != .max else { throw .gone }
        let up = s.link.isSet(status)
        return drydock_media(megabits: up ? s.speed.get(status) : 0,
                             flags: up ? DRYDOCK_MEDIA_LINK_UP | DRYDOCK_MEDIA_FULL_DUPLEX : 0, phy_address: 0, phy_identifier: 0)
    }

    /// Adds what the device has counted since the last time: reading clears. §3.9
    public mutating func collect() {
        let missed = io.read(.rxMissed), long = io.read(.rxLong)
        guard missed != .max || long != .max else { return }
        core.counters.add(DRYDOCK_RX_MISSED, UInt64(missed))
        core.counters.add(DRYDOCK_RX_OVERSIZED, UInt64(long))
    }

    public static var counts: UInt64 { CounterSet.usual | DRYDOCK_RX_MISSED.bit | DRYDOCK_RX_OVERSIZED.bit }
}
