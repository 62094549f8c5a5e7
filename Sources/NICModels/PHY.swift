import DriverKit
import E1000Registers

/// The integrated Marvell PHY: registers, auto-negotiation, link. 8254x §13.4.7.1, IEEE 802.3 §22.2.4, §28, §40.5
///
/// Its link partner is the far end of the cable: 10, 100 and 1000 Mbit/s, both duplexes, symmetric pause.
struct PHY {
    /// What two ends agreed on.
    struct Link: Equatable {
        var megabits: UInt32
        var fullDuplex: Bool
    }

    static let resetNanoseconds: UInt64 = 10_000
    /// What the far end advertises: the base page, and its 1000BASE-T ability in the place of GSTATUS.
    static let partnerBase: UInt32 = 0x45e1
    static let partnerGigabit: UInt32 = 0x0c00

    private let identifier: UInt32
    private let negotiationNanoseconds: UInt64
    private let table: [RegisterTable<PHYRegister>.Row]
    private var words = [UInt32](repeating: 0, count: 32)
    private var carrier = false
    private var resetUntil: UInt64?
    private var negotiatedAt: UInt64?
    private(set) var link: Link?
    /// The link was lost since software last read the status.
    private var lostLink = false

    init(identifier: UInt32, negotiationNanoseconds: UInt64) {
        (self.identifier, self.negotiationNanoseconds) = (identifier, negotiationNanoseconds)
        table = RegisterTable<PHYRegister>().rows
        resetRegisters()
    }

    var isLoopback: Bool { PCTRL().loopback.isSet(self[.pctrl]) }
    var deadline: UInt64? { [resetUntil, negotiatedAt].compactMap(\.self).min() }

    subscript(register: PHYRegister) -> UInt32 {
        get { words[Int(register.rawValue)] }
        set { words[Int(register.rawValue)] = newValue & 0xffff }
    }

    /// A read over the management bus, with its side effects.
    mutating func read(_ number: UInt32) -> UInt32 {
        guard let register = PHYRegister(rawValue: number) else { return words[Int(number & 31)] }
        let value = self[register]
        switch register {
        case .pstatus:
            // Link status latches low until read. IEEE 802.3 §22.2.4.2.13
            lostLink = false
            if link != nil { self[.pstatus] |= PSTATUS().link.mask }
        case .pis, .recnt: self[register] = 0
        case .anexp: self[.anexp] &= ~ANEXP().pageReceived.mask
        default: break
        }
        return value
    }

    /// A write over the management bus; read-only registers keep their value.
    mutating func write(_ number: UInt32, _ value: UInt32, now: UInt64) {
        guard let register = PHYRegister(rawValue: number) else {
            words[Int(number & 31)] = value & 0xffff
            return
        }
        guard table.first(where: { $0.entry.register == register })?.entry.access == .readWrite else { return }
        guard register == .pctrl else {
            self[register] = value
            return
        }
        if PCTRL().reset.isSet(value) { return reset(now: now) }
        let before = self[.pctrl]
        self[.pctrl] = value & ~PCTRL().restartAN.mask
        let changed = (before ^ value) & (PCTRL().anEnable.mask | PCTRL().powerDown.mask | PCTRL().isolate.mask)
        let forced = !PCTRL().anEnable.isSet(value) && before & ~PCTRL().restartAN.mask != self[.pctrl]
        if PCTRL().restartAN.isSet(value) || changed != 0 || forced { train(now: now) }
    }

    /// Hardware or software reset: registers back, busy for a while, then negotiation starts anew.
    mutating func reset(now: UInt64) {
        resetRegisters()
        self[.pctrl] |= PCTRL().reset.mask
        drop()
        (resetUntil, negotiatedAt) = (now + Self.resetNanoseconds, nil)
    }

    mutating func setCarrier(_ up: Bool, now: UInt64) {
        guard up != carrier else { return }
        carrier = up
        if resetUntil == nil { train(now: now) }
    }

    /// Finishes what is due.
    mutating func expire(now: UInt64) {
        if let due = resetUntil, due <= now {
            resetUntil = nil
            self[.pctrl] &= ~PCTRL().reset.mask
            train(now: now)
        }
        if let due = negotiatedAt, due <= now {
            negotiatedAt = nil
            establish()
        }
    }

    private mutating func resetRegisters() {
        for row in table { self[row.entry.register] = row.entry.reset }
        self[.pid1] = identifier >> 16
        self[.pid2] = identifier & 0xffff
    }

    /// Drops the link and starts over with what the registers and the cable say.
    private mutating func train(now: UInt64) {
        drop()
        negotiatedAt = nil
        let control = self[.pctrl]
        guard carrier, !PCTRL().powerDown.isSet(control), !PCTRL().isolate.isSet(control) else { return }
        negotiatedAt = now + negotiationNanoseconds
    }

    private mutating func drop() {
        let had = link != nil
        link = nil
        self[.pstatus] &= ~(PSTATUS().link.mask | PSTATUS().anComplete.mask)
        self[.psstat] = 0
        (self[.lpa], self[.gstatus], self[.anexp]) = (0, 0, 0)
        if had {
            lostLink = true
            self[.pis] |= 1 << 10
        }
    }

    private mutating func establish() {
        let control = self[.pctrl]
        if PCTRL().anEnable.isSet(control) {
            self[.lpa] = Self.partnerBase
            self[.gstatus] = Self.partnerGigabit | GSTATUS().remoteReceiver.mask | GSTATUS().localReceiver.mask
            self[.anexp] = ANEXP().lpANAble.mask | ANEXP().pageReceived.mask | ANEXP().nextPageAble.mask
            self[.pstatus] |= PSTATUS().anComplete.mask
            link = Self.best(advertised: self[.ana], gigabit: self[.gcon])
        } else {
            link = Self.forced(control)
        }
        guard let link else { return }
        if !lostLink { self[.pstatus] |= PSTATUS().link.mask }
        let speed: UInt32 = link.megabits == 1000 ? 2 : link.megabits == 100 ? 1 : 0
        self[.psstat] = PSSTAT().link.mask | PSSTAT().resolved.mask | PSSTAT().speed.of(speed)
            | PSSTAT().duplex.of(link.fullDuplex ? 1 : 0)
        self[.pis] |= 1 << 10 | 1 << 11
    }

    /// The highest common denominator. IEEE 802.3 §28.2.3.3, §40.5.1.2; nil when nothing is common.
    private static func best(advertised: UInt32, gigabit: UInt32) -> Link? {
        if GCON().full.isSet(gigabit) { return Link(megabits: 1000, fullDuplex: true) }
        if GCON().half.isSet(gigabit) { return Link(megabits: 1000, fullDuplex: false) }
        if ANA().xFull.isSet(advertised) { return Link(megabits: 100, fullDuplex: true) }
        if ANA().xHalf.isSet(advertised) { return Link(megabits: 100, fullDuplex: false) }
        if ANA().tFull.isSet(advertised) { return Link(megabits: 10, fullDuplex: true) }
        if ANA().tHalf.isSet(advertised) { return Link(megabits: 10, fullDuplex: false) }
        return nil
    }

    /// Without negotiation the control register says it; 11b is reserved. IEEE 802.3 §22.2.4.1.3
    private static func forced(_ control: UInt32) -> Link? {
        let speed = PCTRL().speedMSB.get(control) << 1 | PCTRL().speedLSB.get(control)
        let megabits: [UInt32] = [10, 100, 1000]
        guard speed < 3 else { return nil }
        return Link(megabits: megabits[Int(speed)], fullDuplex: PCTRL().duplex.isSet(control))
    }
}
