import DriverKit
import HostLink

/// What the options ask for, checked.
struct Settings: Sendable {
    var link = LinkSettings(receive: 256, transmit: 512)
    /// Milliseconds until a block that is not full is handed over.
    var delay: UInt32 = 1

    static var help: StaticString {
        """
        ifname=NAME            the interface of the host (required)
        mac=XX:XX:XX:XX:XX:XX  an address of this stack's own (default: the interface's, which the kernel answers for too)
        mtu=68..1500           octets of payload (default: the interface's, at most 1500)
        promiscuous            accept every frame
        delay=1..100           milliseconds until received frames are handed over that do not fill a block (default 1)
        receive=64..4096       receive buffers, a multiple of 8 (default 256)
        transmit=64..4096      frames of the transmit ring, a multiple of 8 (default 512)
        verbose[=0..2]         log more
        """
    }

    /// Reads all options; the first that is wrong is named in the log.
    init(_ options: inout Options) throws(DriverFailure) {
        while let option = options.next() {
            if try link.take(option, options, mtu: AFPacket.mtuRange) { continue }
            guard options.named(option, "delay") else {
                throw options.refuse(option, "is not known", allowed: "ifname= mac= mtu= promiscuous delay= receive= transmit= verbose")
            }
            delay = try options.number(option, in: 1...100, allowed: "1 to 100 milliseconds")
        }
        guard !link.name.isEmpty else { throw options.missing("ifname", allowed: "ifname= and the name of one of the host's interfaces") }
    }
}
