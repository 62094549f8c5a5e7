public import CDriver
public import DriverKit
import VirtioNetRegisters

extension VirtioNet {
    /// Always, when the device does not say. virtio 1.2 §5.1.4
    var linkIsUp: Bool { !features.contains(.status) || NetStatus().linkUp.isSet(device.config.read(.status)) }

    public mutating func media() throws(DriverFailure) -> drydock_media {
        guard state != .gone else { throw .gone }
        guard device.status != 0xFF else { throw .gone }
        var out = drydock_media()
        out.flags = DRYDOCK_MEDIA_AUTO | DRYDOCK_MEDIA_FULL_DUPLEX
        if linkIsUp { out.flags |= DRYDOCK_MEDIA_LINK_UP }
        guard features.contains(.speedDuplex) else { return out }
        let speed = device.config.read(.speed)
        if speed <= UInt32(Int32.max) { out.megabits = speed }
        if device.config.read(.duplex) == 0 { out.flags &= ~DRYDOCK_MEDIA_FULL_DUPLEX }
        return out
    }

    /// There is nothing to choose: automatic is what it is.
    public mutating func setMedia(_ media: drydock_media) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard media.flags & DRYDOCK_MEDIA_AUTO != 0 || media.megabits == 0 else { throw .unsupported }
    }

    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard (68...settings.longestMTU).contains(octets) else { throw .invalid }
        settings.mtu = octets
    }

    public mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard enabled & ~VirtioNet.capabilities(features) == 0 else { throw .unsupported }
        offloads = enabled
    }

    public mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure) {
        counters[DRYDOCK_TX_HANGS] = UInt64(live.value.hangs)
        counters[DRYDOCK_INTERRUPTS] = live.value.interrupts
        let packets = DRYDOCK_TX_PACKETS.bit | DRYDOCK_TX_OCTETS.bit | DRYDOCK_TX_BROADCAST.bit | DRYDOCK_TX_MULTICAST.bit
            | DRYDOCK_RX_PACKETS.bit | DRYDOCK_RX_OCTETS.bit | DRYDOCK_RX_BROADCAST.bit | DRYDOCK_RX_MULTICAST.bit
        counters.report(packets | DRYDOCK_RX_OVERSIZED.bit | DRYDOCK_TX_ERRORS.bit | DRYDOCK_RX_ERRORS.bit | DRYDOCK_TX_HANGS.bit
            | DRYDOCK_INTERRUPTS.bit, into: &out)
    }
}
