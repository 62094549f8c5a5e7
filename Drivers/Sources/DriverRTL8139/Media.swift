public import CDriver
public import DriverKit
import RTL8139Registers

extension RTL8139 {
    /// Makes the PHY what `settings.link` wishes; a link that is already so is not disturbed. BMCR, ANAR (0062h, 0066h)
    func applyMedia() throws(DriverFailure) {
        let b = BMCR(), wish = settings.link, old = io.read(.bmcr)
        guard old != 0xFFFF else { throw .gone }
        var bmcr: UInt32 = 0
        if wish.megabits == 0 {
            let a = ANAR()
            var advertised = a.selector.of(1) | a.tHalf.mask | a.tFull.mask | a.xHalf.mask | a.xFull.mask
            if wish.pause { advertised |= a.pause.mask }
            let known = advertised | a.pause.mask
            guard (io.read(.anar) ^ advertised) & known != 0 || !b.ane.isSet(old) else { return }
            io.write(.anar, advertised)
            bmcr = b.ane.mask | b.restartAN.mask
        } else {
            if wish.megabits == 100 { bmcr |= b.spdSet.mask }
            if wish.full { bmcr |= b.duplex.mask }
            guard (old ^ bmcr) & (b.spdSet.mask | b.duplex.mask | b.ane.mask) != 0 else { return }
        }
        // Speed, duplex and negotiation are among what 9346CR guards. 9346CR (0050h)
        io.write(.cr9346, CR9346().eem.of(3))
        io.write(.bmcr, bmcr)
        io.write(.cr9346, 0)
    }

    public mutating func media() throws(DriverFailure) -> drydock_media {
        guard state != .gone else { throw .gone }
        let status = io.read(.msr), control = io.read(.bmcr), m = MSR()
        guard status != 0xFF else { throw .gone }
        var out = drydock_media()
        if !m.linkb.isSet(status) {
            out.flags |= DRYDOCK_MEDIA_LINK_UP
            out.megabits = m.speed10.isSet(status) ? 10 : 100
        }
        if BMCR().duplex.isSet(control) || negotiatedFull(control) { out.flags |= DRYDOCK_MEDIA_FULL_DUPLEX }
        if settings.link.megabits == 0 { out.flags |= DRYDOCK_MEDIA_AUTO }
        if m.rxfce.isSet(status) { out.flags |= DRYDOCK_MEDIA_PAUSE_RX }
        if m.txfce.isSet(status) { out.flags |= DRYDOCK_MEDIA_PAUSE_TX }
        return out
    }

    /// What both sides can do best. IEEE 802.3 §28B.3
    private func negotiatedFull(_ control: UInt32) -> Bool {
        guard BMCR().ane.isSet(control) else { return false }
        let a = ANAR(), common = io.read(.anar) & io.read(.anlpar)
        return a.xFull.isSet(common) || (a.tFull.isSet(common) && !a.xHalf.isSet(common))
    }

    public mutating func setMedia(_ media: drydock_media) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        var wish = LinkWish()
        wish.pause = media.flags & (DRYDOCK_MEDIA_PAUSE_RX | DRYDOCK_MEDIA_PAUSE_TX) != 0
        if media.flags & DRYDOCK_MEDIA_AUTO == 0 && media.megabits != 0 {
            wish.megabits = media.megabits
            wish.full = media.flags & DRYDOCK_MEDIA_FULL_DUPLEX != 0
            guard media.megabits == 10 || media.megabits == 100 else { throw .invalid }
        }
        settings.link = wish
        if state == .running { try applyMedia() }
    }
}
