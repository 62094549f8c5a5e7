import CDriver
import DriverKit

/// What the options ask for, checked.
struct Settings: Sendable {
    var address: HardwareAddress?
    var promiscuous = false, noMulticast = false, filtersVLANs = false
    var mtu: UInt32?
    /// What the device carries, and its own address.
    var longestMTU: UInt32 = 1500, permanent: UInt64 = 0
    /// Buffers a queue; pairs of queues.
    var receive: UInt32 = 256, transmit: UInt32 = 256, queues: UInt32 = 1
    var verbose: UInt32 = 0

    static var help: StaticString {
        """
        mac=XX:XX:XX:XX:XX:XX  use this address, not the device's
        promiscuous            accept every frame
        nomulticast            accept no multicast frame
        vlanfilter             let the device drop frames of VLANs that are not configured
        verbose[=0..2]         log more
        mtu=68..9000           octets of payload (default 1500, or what the device carries)
        receive=16..4096       receive buffers a queue at most (default 256)
        transmit=16..4096      transmit buffers a queue at most (default 256)
        queues=1..8            pairs of queues, when the device has them (default 1)
        """
    }

    /// Reads all options; the first that is wrong is named in the log.
    init(_ options: inout Options) throws(DriverFailure) {
        while let option = options.next() {
            if options.named(option, "mac") { address = try options.address(option)
            } else if options.named(option, "promiscuous") { promiscuous = try Settings.on(option, options)
            } else if options.named(option, "nomulticast") { noMulticast = try Settings.on(option, options)
            } else if options.named(option, "vlanfilter") { filtersVLANs = try Settings.on(option, options)
            } else if options.named(option, "verbose") {
                verbose = option.isFlag ? 1 : try options.number(option, in: 0...2, allowed: "0, 1 or 2")
            } else if options.named(option, "mtu") { mtu = try options.number(option, in: 68...VirtioNet.longestMTU, allowed: "68 to 9000 octets")
            } else if options.named(option, "receive") { receive = try options.number(option, in: 16...4096, allowed: "16 to 4096 buffers")
            } else if options.named(option, "transmit") { transmit = try options.number(option, in: 16...4096, allowed: "16 to 4096 buffers")
            } else if options.named(option, "queues") { queues = try options.number(option, in: 1...8, allowed: "1 to 8 pairs of queues")
            } else {
                throw options.refuse(option, "is not known", allowed: "mac= promiscuous nomulticast vlanfilter verbose mtu= receive= transmit= queues=")
            }
        }
    }

    private static func on(_ option: Options.Option, _ options: Options) throws(DriverFailure) -> Bool {
        try options.flag(option)
        return true
    }
}
