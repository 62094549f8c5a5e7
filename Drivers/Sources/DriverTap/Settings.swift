import DriverKit
import HostLink

/// What the options ask for, checked.
struct Settings: Sendable {
    var link = LinkSettings(receive: 256, transmit: 256)
    /// The header in front of every frame that carries checksums and segments to and from the kernel.
    var header = true

    static var help: StaticString {
        """
        ifname=NAME            the TAP interface, made when there is none (default: the kernel chooses)
        vnet=on|off            leave checksums and TCP segmentation to the kernel (default on)
        mac=XX:XX:XX:XX:XX:XX  address of this end (default: made from the kernel's end)
        mtu=68..9000           octets of payload (default: the interface's)
        promiscuous            accept every frame
        receive=64..4096       receive buffers, a multiple of 8 (default 256)
        transmit=64..4096      transmit buffers, a multiple of 8 (default 256)
        verbose[=0..2]         log more
        """
    }

    /// Reads all options; the first that is wrong is named in the log.
    init(_ options: inout Options) throws(DriverFailure) {
        while let option = options.next() {
            if try link.take(option, options) { continue }
            guard let on = try link.toggle(option, options, "vnet") else {
                throw options.refuse(option, "is not known", allowed: "ifname= vnet= mac= mtu= promiscuous receive= transmit= verbose")
            }
            header = on
        }
    }
}
