public import CDriver
public import DriverKit
public import E1000Registers

/// The PHY behind MDIC. 8254x §13.4.7
public struct PHY<Chip: IntelChip> {
    let services: Services
    let io: RegisterAccess<Chip.Map>

    public init(_ services: Services, _ io: RegisterAccess<Chip.Map>) { (self.services, self.io) = (services, io) }

    public func read(_ register: UInt32) throws(DriverFailure) -> UInt16 { try access(register, op: 2, data: 0) }
    public func read(_ register: PHYRegister) throws(DriverFailure) -> UInt16 { try read(register.rawValue) }
    public func write(_ register: UInt32, _ value: UInt16) throws(DriverFailure) { _ = try access(register, op: 1, data: value) }
    public func write(_ register: PHYRegister, _ value: UInt16) throws(DriverFailure) { try write(register.rawValue, value) }

    private func access(_ register: UInt32, op: UInt32, data: UInt16) throws(DriverFailure) -> UInt16 {
        try Chip.acquirePHY(services, io)
        defer { Chip.releasePHY(io) }
        let mdic = MDIC()
        io.write(.mdic, mdic.data.of(UInt32(data)) | mdic.regadd.of(register) | mdic.phyadd.of(PHYRegister.address) | mdic.op.of(op))
        var value: UInt32 = 0
        // A frame on the MDI takes 64 us; the bound is ten times that. 8254x §13.4.7
        try services.settle("MDIC.R", within: 640) { () throws(DriverFailure) in
            value = io.read(.mdic)
            guard value != .max else { throw .gone }
            return mdic.r.isSet(value)
        }
        guard !mdic.e.isSet(value) else { throw .unsuitable("the PHY does not answer (MDIC.E)") }
        return UInt16(truncatingIfNeeded: mdic.data.get(value))
    }

    /// Both identifier words; no PHY answers all zeros or all ones.
    func identifier() throws(DriverFailure) -> UInt32 {
        let value = UInt32(try read(.pid1)) << 16 | UInt32(try read(.pid2))
        guard value != 0, value != .max else { throw .unsuitable("there is no PHY at address 1") }
        return value
    }
}

extension IntelNIC {
    /// Makes MAC and PHY what `settings.link` wishes; a link that is already so is not disturbed. 8254x §8.6, §14.3
    mutating func applyMedia() throws(DriverFailure) {
        let wish = settings.link
        let forced = wish.megabits == 10 || wish.megabits == 100
        if forced { try forcePHY(wish) } else { try negotiatePHY(wish) }
        let c = CTRL()
        var ctrl = io.read(.ctrl) | c.slu.mask
        ctrl &= ~(Chip.linkReset | c.phyRst.mask | c.rst.mask | c.asde.mask | c.frcspd.mask | c.frcdplx.mask
            | c.speed.mask | c.rfce.mask | c.tfce.mask | c.vme.mask)
        if chip.detectsSpeed { ctrl |= c.asde.mask }
        if forced {
            ctrl |= c.frcspd.mask | c.frcdplx.mask | c.speed.of(wish.megabits == 100 ? 1 : 0)
            ctrl = c.fd.replacing(ctrl, with: wish.full ? 1 : 0)
        }
        if wish.pauseReceive { ctrl |= c.rfce.mask }
        if wish.pauseTransmit { ctrl |= c.tfce.mask }
        if offloads & DRYDOCK_CAP_VLAN_HW != 0 { ctrl |= c.vme.mask }
        io.write(.ctrl, ctrl)
        programFlowControl(wish)
    }

    /// PAUSE frames: their address and type (IEEE 802.3 §31B), and when ours are sent. 8254x §13.4.8-13.4.12, §13.4.23
    private func programFlowControl(_ wish: LinkWish) {
        io.write(.fcal, 0x00C2_8001)
        io.write(.fcah, 0x0100)
        io.write(.fct, 0x8808)
        io.write(.fcttv, wish.pauseTransmit ? 0x0680 : 0)
        // Within the receive part of the packet buffer, leaving room for one more frame of the largest size.
        let room = PBA().rxa.get(io.read(.pba)) &* 1024
        let frame = settings.mtu &+ Self.headerOctets &+ 4
        let high = wish.pauseTransmit && room > 2 &* frame &+ 2048 ? room &- frame &- 1024 : 0
        io.write(.fcrtl, high == 0 ? 0 : (high &- 1500) & FCRTL().rtl.mask | FCRTL().xone.mask)
        io.write(.fcrth, high & FCRTH().rth.mask)
    }

    private func forcePHY(_ wish: LinkWish) throws(DriverFailure) {
        let p = PCTRL()
        var value: UInt32 = wish.megabits == 100 ? p.speedLSB.mask : 0
        if wish.full { value |= p.duplex.mask }
        let phy = PHY<Chip>(services, io)
        guard UInt32(try phy.read(.pctrl)) != value else { return }
        // A forced speed takes effect with a reset of the PHY, which clears itself. IEEE 802.3 §22.2.4.1.1
        try phy.write(.pctrl, UInt16(truncatingIfNeeded: value | p.reset.mask))
        try services.settle("PCTRL.RESET", within: 500_000, step: 1000) { () throws(DriverFailure) in
            !p.reset.isSet(UInt32(try phy.read(.pctrl)))
        }
    }

    /// Advertises what is wished, and starts a negotiation only when something changed.
    private func negotiatePHY(_ wish: LinkWish) throws(DriverFailure) {
        let a = ANA(), g = GCON(), p = PCTRL()
        let all = wish.megabits == 0
        var advertised = a.selector.of(1)
        if all { advertised |= a.tHalf.mask | a.tFull.mask | a.xHalf.mask | a.xFull.mask }
        // PAUSE ability as IEEE 802.3 table 28B-2 words it: symmetric, or towards the partner only.
        if wish.pauseReceive { advertised |= a.pause.mask }
        if wish.pauseReceive != wish.pauseTransmit { advertised |= a.asymmetric.mask }
        let phy = PHY<Chip>(services, io)
        let gigabit = g.full.mask
        let oldGigabit = UInt32(try phy.read(.gcon)), old = UInt32(try phy.read(.ana)), control = UInt32(try phy.read(.pctrl))
        let abilities = ~a.pause.mask & ~a.asymmetric.mask
        let pauseMatters = wish.pauseReceive || wish.pauseTransmit
        let mask = pauseMatters ? UInt32.max : abilities
        guard (old ^ advertised) & mask & 0xFFFF != 0 || !g.full.isSet(oldGigabit) || g.half.isSet(oldGigabit)
            || !p.anEnable.isSet(control) || p.powerDown.isSet(control) else { return }
        try phy.write(.ana, UInt16(truncatingIfNeeded: advertised))
        try phy.write(.gcon, UInt16(truncatingIfNeeded: oldGigabit & ~(g.half.mask | g.full.mask) | gigabit))
        try phy.write(.pctrl, UInt16(truncatingIfNeeded: p.anEnable.mask | p.restartAN.mask | p.duplex.mask | p.speedMSB.mask))
    }

    public mutating func media() throws(DriverFailure) -> drydock_media {
        guard state != .gone else { throw .gone }
        let status = io.read(.status), s = STATUS()
        guard status != .max else { throw .gone }
        var out = drydock_media()
        if s.lu.isSet(status) {
            out.flags |= DRYDOCK_MEDIA_LINK_UP
            let speed = s.speed.get(status)
            out.megabits = speed == 0 ? 10 : speed == 1 ? 100 : 1000
        }
        if s.fd.isSet(status) { out.flags |= DRYDOCK_MEDIA_FULL_DUPLEX }
        if settings.link.megabits == 0 { out.flags |= DRYDOCK_MEDIA_AUTO }
        let ctrl = io.read(.ctrl)
        if CTRL().rfce.isSet(ctrl) { out.flags |= DRYDOCK_MEDIA_PAUSE_RX }
        if CTRL().tfce.isSet(ctrl) { out.flags |= DRYDOCK_MEDIA_PAUSE_TX }
        out.phy_address = PHYRegister.address
        out.phy_identifier = try PHY<Chip>(services, io).identifier()
        return out
    }

    public mutating func setMedia(_ media: drydock_media) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        var wish = LinkWish()
        wish.pauseReceive = media.flags & DRYDOCK_MEDIA_PAUSE_RX != 0
        wish.pauseTransmit = media.flags & DRYDOCK_MEDIA_PAUSE_TX != 0
        if media.flags & DRYDOCK_MEDIA_AUTO == 0 && media.megabits != 0 {
            wish.megabits = media.megabits
            wish.full = media.flags & DRYDOCK_MEDIA_FULL_DUPLEX != 0
            guard media.megabits == 10 || media.megabits == 100 || (media.megabits == 1000 && wish.full) else { throw .invalid }
        }
        settings.link = wish
        guard state == .running else { return }
        try applyMedia()
        let half = wish.megabits != 0 && !wish.full
        io.write(.tctl, TCTL().cold.replacing(io.read(.tctl), with: half ? 0x200 : 0x40))
    }
}
