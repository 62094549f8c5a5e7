import AbcRegisters
public import CDriver
public import DriverKit

// Interrupts, filter, link, counters.
extension AbcDriver {
    /// Reads the causes, acknowledges exactly those, and says what there is to do. §6
    public mutating func interrupt(_ vector: UInt32) -> Events {
        guard state == .running else { return .foreign }
        let causes = io.read(.cause), c = Causes()
        guard causes != .max else { fail(.gone); return [] }
        guard causes != 0 else {
            live.value.foreignInterrupts &+= 1
            return .foreign
        }
        io.write(.cause, causes)
        live.value.interrupts &+= 1
        if c.fault.isSet(causes) { fail(.unsuitable("the device could not reach a ring, and halted (CAUSE.FAULT)")) }
        var events: Events = []
        if c.rx.isSet(causes) { events.insert(.receive) }
        if c.tx.isSet(causes) { events.insert(.transmit) }
        if c.link.isSet(causes) {
            services.linkChanged()
            events.insert(.link)
        }
        return events
    }

    /// Once a second: a card that was pulled out interrupts nobody any more.
    public mutating func timer(_ number: UInt32) -> Events {
        guard state == .running else { return [] }
        guard io.read(.status) != .max else { fail(.gone); return [] }
        services.setTimer(0, microseconds: 1_000_000)
        return []
    }

    /// The device cannot be used any more; said once. All buffers can be had back.
    mutating func fail(_ failure: DriverFailure) {
        guard state != .gone else { return }
        state = .gone
        services.setTimer(0, microseconds: 0)
        AbcDriver.silence(services, io)
        services.fail { line in
            line.text("abc: ")
            failure.describe(to: &line)
        }
    }

    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        guard filter.address.isStation else { throw .invalid }
        address = filter.address
        promiscuous = filter.promiscuous || options.promiscuous
        hash = filter.allMulticast ? .max : 0
        for n in 0..<filter.multicastCount { hash |= 1 << AbcDriver.hashBit(filter.multicast(n)) }
        guard state == .running else { return }
        writeFilter()
        io.write(.ctrl, control)
    }

    /// The exclusive or of the six octets picks one of 64 bits. §3.8
    static func hashBit(_ address: HardwareAddress) -> UInt64 {
        var bit: UInt8 = 0
        for n in address.octets.indices { bit ^= address.octets[n] }
        return UInt64(bit & 63)
    }

    func writeFilter() {
        io.write(.macLow, address.low)
        io.write(.macHigh, address.high)
        io.write(.hashLow, UInt32(truncatingIfNeeded: hash))
        io.write(.hashHigh, UInt32(hash >> 32))
    }

    public mutating func media() throws(DriverFailure) -> drydock_media {
        guard state != .gone else { throw .gone }
        let status = io.read(.status), s = STATUS()
        guard status != .max else { throw .gone }
        let up = s.link.isSet(status)
        return drydock_media(megabits: up ? s.speed.get(status) : 0,
                             flags: up ? DRYDOCK_MEDIA_LINK_UP | DRYDOCK_MEDIA_FULL_DUPLEX : 0, phy_address: 0, phy_identifier: 0)
    }

    /// The device knows one speed, has no offloads, and takes frames of one size.
    public mutating func setMedia(_ media: drydock_media) throws(DriverFailure) { throw .unsupported }
    public mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure) { if enabled & ~DRYDOCK_CAP_VLAN_MTU != 0 { throw .unsupported } }
    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) { if !(68...1500).contains(octets) { throw .invalid } }

    /// Adds what the device has counted since the last time: reading clears. §3.9
    mutating func count() {
        let missed = io.read(.rxMissed), long = io.read(.rxLong)
        guard missed != .max || long != .max else { return }
        counters.add(DRYDOCK_RX_MISSED, UInt64(missed))
        counters.add(DRYDOCK_RX_OVERSIZED, UInt64(long))
    }

    public mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure) {
        if state == .running { count() }
        counters[DRYDOCK_INTERRUPTS] = live.value.interrupts
        counters.report(
            DRYDOCK_RX_PACKETS.bit | DRYDOCK_RX_OCTETS.bit | DRYDOCK_RX_ERRORS.bit | DRYDOCK_RX_MISSED.bit | DRYDOCK_RX_OVERSIZED.bit
                | DRYDOCK_TX_PACKETS.bit | DRYDOCK_TX_OCTETS.bit | DRYDOCK_TX_ERRORS.bit | DRYDOCK_INTERRUPTS.bit, into: &out)
    }
}
