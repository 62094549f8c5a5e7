public import DriverKit
public import CDriver
import RTL8139Registers

extension RTL8139 {
    public mutating func interrupt(_ vector: UInt32) -> Events {
        guard state == .running else { return .foreign }
        let causes = io.read(.isr), c = Causes()
        if causes == 0xFFFF && isGone() { return [] }
        guard causes & c.wanted != 0 else {
            live.value.foreignInterrupts &+= 1
            return .foreign
        }
        // Cleared before anything is looked at: what comes after raises the line again. ISR (003Eh)
        io.write(.isr, causes)
        live.value.interrupts &+= 1
        var events: Events = []
        if causes & c.receive != 0 {
            receive.signalled = true
            if causes & (c.rxovw.mask | c.fovw.mask) != 0 { receive.overflowed = true }
            events.insert(.receive)
        }
        if causes & (c.tok.mask | c.ter.mask) != 0 { events.insert(.transmit) }
        if c.pun.isSet(causes) { events.formUnion(lookAtLink()) }
        if c.serr.isSet(causes) { fail(.unsuitable("a PCI system error was signalled (ISR.SERR)")) }
        return events
    }

    /// Reads the link, and tells the stack when it changed. MSR (0058h)
    mutating func lookAtLink() -> Events {
        let status = io.read(.msr)
        // No state of the register has all bits set: bit 5 reads as zero.
        guard status != 0xFF else { return [] }
        let up = !MSR().linkb.isSet(status)
        guard up != linkUp else { return [] }
        linkUp = up
        if live.value.verbose > 0 { services.log(.info) { $0.text(up ? "rtl8139: link up" : "rtl8139: link down") } }
        services.linkChanged()
        return .link
    }

    /// Adds up what the FIFO had no room for. MPC (004Ch)
    mutating func accumulateMissed() {
        let missed = io.read(.mpc)
        guard missed != .max else { return }
        let frames = MPC().missed.get(missed)
        guard frames > 0 else { return }
        io.write(.mpc, 0)
        counters.add(DRYDOCK_RX_MISSED, UInt64(frames))
    }

    public mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure) {
        if state == .running {
            accumulateMissed()
            if receive.mayHaveFrames { harvest() }
            if transmit.isBusy { collectSent() }
        }
        counters[DRYDOCK_TX_HANGS] = UInt64(live.value.hangs)
        counters[DRYDOCK_INTERRUPTS] = live.value.interrupts
        counters.report(RTL8139.kept, into: &out)
    }

    private static var kept: UInt64 {
        let sent = DRYDOCK_TX_PACKETS.bit | DRYDOCK_TX_OCTETS.bit | DRYDOCK_TX_BROADCAST.bit | DRYDOCK_TX_MULTICAST.bit
        let received = DRYDOCK_RX_PACKETS.bit | DRYDOCK_RX_OCTETS.bit | DRYDOCK_RX_BROADCAST.bit | DRYDOCK_RX_MULTICAST.bit
        let lost = DRYDOCK_RX_NO_MEMORY.bit | DRYDOCK_RX_MISSED.bit | DRYDOCK_RX_OVERSIZED.bit | DRYDOCK_RX_ERRORS.bit
        let unsent = DRYDOCK_TX_LATE_COLLISIONS.bit | DRYDOCK_TX_EXCESSIVE_COLLISIONS.bit | DRYDOCK_TX_UNDERRUNS.bit
        return sent | received | lost | unsent | DRYDOCK_TX_NO_CARRIER.bit | DRYDOCK_TX_ERRORS.bit | DRYDOCK_TX_HANGS.bit
            | DRYDOCK_INTERRUPTS.bit
    }
}
