public import CDriver
public import DriverKit
import PCnetRegisters

extension PCnet {
    /// Full duplex on both ports or not at all; the device negotiates nothing. BCR9
    func applyMedia() {
        let f = FDC()
        io.bcr.write(.fdc, isFull ? f.fden.mask : 0)
    }

    public mutating func media() throws(DriverFailure) -> drydock_media {
        guard core.state != .gone, io.state != nil else { throw .gone }
        // The device has no interrupt for its link: whoever looks tells what is new, or a change between two ticks is told to nobody.
        _ = lookAtLink()
        var out = drydock_media()
        if core.linkUp {
            out.flags |= DRYDOCK_MEDIA_LINK_UP
            out.megabits = 10
        }
        if FDC().fden.isSet(io.bcr.read(.fdc)) { out.flags |= DRYDOCK_MEDIA_FULL_DUPLEX }
        return out
    }

    public mutating func setMedia(_ media: drydock_media) throws(DriverFailure) {
        guard core.state != .gone else { throw .gone }
        guard media.megabits == 0 || media.megabits == 10 else { throw .invalid }
        let chosen = media.megabits == 10 && media.flags & DRYDOCK_MEDIA_AUTO == 0
        isFull = chosen && media.flags & DRYDOCK_MEDIA_FULL_DUPLEX != 0
        if core.state == .running { applyMedia() }
    }
}
