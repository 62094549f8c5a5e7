public import DriverKit
public import E1000Registers

/// The moderation timers as the device holds them.
struct Moderation {
    var interval: UInt32 = 0, receiveDelay: UInt32 = 0, receiveAbsolute: UInt32 = 0
    var transmitDelay: UInt32 = 0, transmitAbsolute: UInt32 = 0
    var known = false

    /// Descriptors ask for delayed interrupts. A TIDV of 0 is not allowed with them. 8254x §13.4.41
    var delaysTransmit: Bool { transmitDelay != 0 }
}

extension IntelNIC {
    public mutating func interrupt(_ vector: UInt32) -> Events {
        guard state == .running else { return .foreign }
        return Chip.interrupt(&self, vector)
    }

    /// An interrupt for all causes: reads them, which clears them and lowers the line. 8254x §13.4.17
    public mutating func interruptOfAll(_ causes: UInt32) -> Events {
        let c = Causes()
        if causes == .max && isGone() { return [] }
        guard causes & Chip.causes != 0 else {
            live.value.foreignInterrupts &+= 1
            return .foreign
        }
        live.value.interrupts &+= 1
        var events: Events = []
        if causes & (c.rxt0.mask | c.rxdmt0.mask | c.rxo.mask) != 0 { events.insert(.receive) }
        if causes & (c.txdw.mask | c.txqe.mask) != 0 { events.insert(.transmit) }
        if c.lsc.isSet(causes) || c.rxseq.isSet(causes) { events.formUnion(lookAtLink()) }
        return events
    }

    /// Reads the link, and tells the stack when it changed.
    public mutating func lookAtLink() -> Events {
        let status = io.read(.status)
        guard status != .max else { return [] }
        let up = STATUS().lu.isSet(status)
        guard up != linkUp else { return [] }
        linkUp = up
        if live.value.verbose > 0 { 
            services.log(.info) { line in
                line.text(Chip.name)
                line.text(up ? ": link up" : ": link down")
            }
         }
        services.linkChanged()
        return .link
    }

    /// Writes the moderation registers when the variables ask for something else than the device holds.
    mutating func applyModeration() {
        let wish = live.value
        var next = Moderation()
        // ITR counts in 256 ns; 16 bits of it. 8254x §13.4.18
        if wish.interruptsPerSecond > 0 { next.interval = min(1_000_000_000 / 256 / wish.interruptsPerSecond, 0xFFFF) }
        next.receiveDelay = min(wish.receiveDelay, 0xFFFF)
        next.receiveAbsolute = min(wish.receiveAbsolute, 0xFFFF)
        next.transmitDelay = min(wish.transmitDelay, 0xFFFF)
        next.transmitAbsolute = min(wish.transmitAbsolute, 0xFFFF)
        next.known = true
        let old = moderation
        if !old.known || old.interval != next.interval { Chip.throttle(self, next.interval) }
        if !old.known || old.receiveDelay != next.receiveDelay { io.write(.rdtr, next.receiveDelay) }
        // The 82544 has neither absolute timer. 8254x §13.4.31, §13.4.44
        if chip.hasAbsoluteTimers {
            if !old.known || old.receiveAbsolute != next.receiveAbsolute { io.write(.radv, next.receiveAbsolute) }
            if !old.known || old.transmitAbsolute != next.transmitAbsolute { io.write(.tadv, next.transmitAbsolute) }
        }
        if (!old.known && next.transmitDelay != 0) || old.transmitDelay != next.transmitDelay { io.write(.tidv, max(next.transmitDelay, 1)) }
        moderation = next
    }
}

/// The shared part of the drivers speaks of these causes only. 8254x §13.4.20
extension Causes {
    /// Those that interrupt: sent, link, descriptors running low, overrun, received.
    @inline(__always) public static var wanted: UInt32 {
        let c = Causes()
        return c.txdw.mask | c.lsc.mask | c.rxdmt0.mask | c.rxo.mask | c.rxt0.mask
    }
    /// All that exist.
    @inline(__always) public static var every: UInt32 {
        let c = Causes()
        return c.txdw.mask | c.txqe.mask | c.lsc.mask | c.rxseq.mask | c.rxdmt0.mask | c.rxo.mask | c.rxt0.mask | c.mdac.mask
            | c.rxcfg.mask | c.phyint.mask | c.gpi.mask | c.txdLow.mask | c.srpd.mask
    }
}
