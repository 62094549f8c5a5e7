import CDriver
public import DriverKit
import PCnetRegisters

extension PCnet {
    public mutating func interrupt(_ vector: UInt32) -> Events {
        guard core.state == .running else { return .foreign }
        guard let causes = io.state else {
            fail(.gone)
            return []
        }
        let c = CSR0()
        guard c.intr.isSet(causes) else { return core.foreign() }
        // Ones clear; the commands among the bits are not repeated. CSR0
        io.csr.write(.csr0, causes & c.clearable | c.iena.mask)
        core.live.value.usual.interrupts &+= 1
        var events: Events = []
        if causes & (c.rint.mask | c.miss.mask) != 0 { events.insert(.receive) }
        if c.tint.isSet(causes) { events.insert(.transmit) }
        // Both units stand still after a memory error, the transmitter after an underflow. CSR0 (MERR, TXON, RXON)
        if c.merr.isSet(causes) || !c.txon.isSet(causes) || !c.rxon.isSet(causes) {
            core.live.value.stops &+= 1
            recover(c.merr.isSet(causes) ? "a memory error was signalled" : "a unit has switched itself off")
            events.formUnion([.receive, .transmit])
        }
        return events
    }

    /// BCR4 (LEDOUT with LNKSTE)
    public var link: Bool? { io.state == nil ? nil : LED().ledout.isSet(io.bcr.read(.lnkst)) }

    public mutating func look() -> Events {
        collect()
        var events: Events = []
        if receive.hasFrame { events.insert(.receive) }
        if transmit.oldestIsDone { events.insert(.transmit) }
        return events
    }

    public var progress: TransmitProgress {
        TransmitProgress(isBusy: transmit.isBusy && !transmit.oldestIsDone, finished: UInt64(transmit.finished))
    }

    public func diagnose(_ line: inout LogLine) {
        let status = io.csr.read(.csr0) & 0xFFFF, positions = transmit.positions
        line.text(": CSR0 ")
        line.hexadecimal(status, digits: 4)
        line.text(", next to clean ")
        line.decimal(positions.head)
        line.text(", next to fill ")
        line.decimal(positions.tail)
    }

    /// Adds up frames that found no descriptor: a counter of 16 bits that goes round. CSR112
    public mutating func collect() {
        let now = io.csr.read(.mfc) & 0xFFFF
        guard now != 0xFFFF || io.state != nil else { return }
        core.counters.add(DRYDOCK_RX_MISSED, UInt64((now &- missed) & 0xFFFF))
        missed = now
    }

    public static var counts: UInt64 {
        let lost = DRYDOCK_RX_MISSED.bit | DRYDOCK_RX_CRC_ERRORS.bit | DRYDOCK_RX_ALIGNMENT_ERRORS.bit
        let late = DRYDOCK_TX_SINGLE_COLLISIONS.bit | DRYDOCK_TX_MULTIPLE_COLLISIONS.bit | DRYDOCK_TX_DEFERRED.bit
        let unsent = DRYDOCK_TX_LATE_COLLISIONS.bit | DRYDOCK_TX_EXCESSIVE_COLLISIONS.bit | DRYDOCK_TX_UNDERRUNS.bit
        return CounterSet.usual | lost | late | unsent | DRYDOCK_TX_NO_CARRIER.bit
    }
}

extension CSR0 {
    /// The bits that a one clears.
    @inline(__always) var clearable: UInt32 {
        idon.mask | tint.mask | rint.mask | merr.mask | miss.mask | cerr.mask | babl.mask
    }
}
