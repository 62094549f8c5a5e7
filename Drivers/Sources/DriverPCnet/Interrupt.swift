public import DriverKit
public import CDriver
import PCnetRegisters

extension PCnet {
    public mutating func interrupt(_ vector: UInt32) -> Events {
        guard state == .running else { return .foreign }
        guard let causes = io.state else {
            _ = isGone()
            return []
        }
        let c = CSR0()
        guard c.intr.isSet(causes) else {
            live.value.foreignInterrupts &+= 1
            return .foreign
        }
        // Ones clear; the commands among the bits are not repeated. CSR0
        io.csr.write(.csr0, causes & c.clearable | c.iena.mask)
        live.value.interrupts &+= 1
        var events: Events = []
        if causes & (c.rint.mask | c.miss.mask) != 0 { events.insert(.receive) }
        if c.tint.isSet(causes) { events.insert(.transmit) }
        // Both units stand still after a memory error, the transmitter after an underflow. CSR0 (MERR, TXON, RXON)
        if c.merr.isSet(causes) || !c.txon.isSet(causes) || !c.rxon.isSet(causes) {
            live.value.stops &+= 1
            recover(c.merr.isSet(causes) ? "a memory error was signalled" : "a unit has switched itself off")
            events.formUnion([.receive, .transmit])
        }
        return events
    }

    /// Reads the link, and tells the stack when it changed. BCR4 (LEDOUT with LNKSTE)
    mutating func lookAtLink() -> Events {
        let value = io.bcr.read(.lnkst) & 0xFFFF
        guard value != 0xFFFF else { return [] }
        let up = LED().ledout.isSet(value)
        guard up != linkUp else { return [] }
        linkUp = up
        if live.value.verbose > 0 { services.log(.info) { $0.text(up ? "pcnet: link up" : "pcnet: link down") } }
        services.linkChanged()
        return .link
    }

    /// Adds up frames that found no descriptor: a counter of 16 bits that goes round. CSR112
    mutating func accumulateMissed() {
        let now = io.csr.read(.mfc) & 0xFFFF
        guard now != 0xFFFF || io.state != nil else { return }
        counters.add(DRYDOCK_RX_MISSED, UInt64((now &- watch.missed) & 0xFFFF))
        watch.missed = now
    }

    public mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure) {
        if state == .running { accumulateMissed() }
        counters[DRYDOCK_TX_HANGS] = UInt64(live.value.hangs)
        counters[DRYDOCK_INTERRUPTS] = live.value.interrupts
        counters.report(PCnet.kept, into: &out)
    }

    private static var kept: UInt64 {
        let sent = DRYDOCK_TX_PACKETS.bit | DRYDOCK_TX_OCTETS.bit | DRYDOCK_TX_BROADCAST.bit | DRYDOCK_TX_MULTICAST.bit
        let received = DRYDOCK_RX_PACKETS.bit | DRYDOCK_RX_OCTETS.bit | DRYDOCK_RX_BROADCAST.bit | DRYDOCK_RX_MULTICAST.bit
        let lost = DRYDOCK_RX_MISSED.bit | DRYDOCK_RX_CRC_ERRORS.bit | DRYDOCK_RX_ALIGNMENT_ERRORS.bit | DRYDOCK_RX_ERRORS.bit
        let late = DRYDOCK_TX_SINGLE_COLLISIONS.bit | DRYDOCK_TX_MULTIPLE_COLLISIONS.bit | DRYDOCK_TX_DEFERRED.bit
        let unsent = DRYDOCK_TX_LATE_COLLISIONS.bit | DRYDOCK_TX_EXCESSIVE_COLLISIONS.bit | DRYDOCK_TX_UNDERRUNS.bit
        return sent | received | lost | late | unsent | DRYDOCK_TX_NO_CARRIER.bit | DRYDOCK_TX_ERRORS.bit | DRYDOCK_TX_HANGS.bit
            | DRYDOCK_INTERRUPTS.bit
    }
}

extension CSR0 {
    /// The bits that a one clears.
    @inline(__always) var clearable: UInt32 {
        idon.mask | tint.mask | rint.mask | merr.mask | miss.mask | cerr.mask | babl.mask
    }
}
