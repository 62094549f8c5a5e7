import CDriver
import DriverKit

/// What the options ask for, checked.
struct Settings: Sendable {
    var address: HardwareAddress?
    var promiscuous = false, noMulticast = false, full = false
    var mtu: UInt32 = 1500
    /// Descriptors of the two rings.
    var receive: UInt32 = 128, transmit: UInt32 = 128
    var verbose: UInt32 = 0

    static var help: StaticString {
        """
        mac=XX:XX:XX:XX:XX:XX  use this address, not the EEPROM's
        speed=10               the only one there is
        duplex=0|1             half or full (default 0: the device does not negotiate)
        promiscuous            accept every frame
        nomulticast            accept no multicast frame
        verbose[=0..2]         log more
        mtu=68..1500           octets of payload (default 1500)
        receive=16..512        receive descriptors, a power of two (default 128)
        transmit=16..512       transmit descriptors, a power of two (default 128)
        """
    }

    /// Reads all options; the first that is wrong is named in the log.
    init(_ options: inout Options) throws(DriverFailure) {
        while let option = options.next() {
            if try filter(option, options) { continue }
            if try sizes(option, options) { continue }
            if options.named(option, "speed") {
                _ = try options.number(option, in: 10...10, allowed: "10")
            } else if options.named(option, "duplex") {
                full = try options.number(option, in: 0...1, allowed: "0 (half) or 1 (full)") == 1
            } else {
                throw options.refuse(option, "is not known", allowed: """
                    mac= speed= duplex= promiscuous nomulticast verbose mtu= receive= transmit=
                    """)
            }
        }
    }

    private mutating func filter(_ option: Options.Option, _ options: Options) throws(DriverFailure) -> Bool {
        if options.named(option, "mac") {
            address = try options.address(option)
        } else if options.named(option, "promiscuous") {
            try options.flag(option)
            promiscuous = true
        } else if options.named(option, "nomulticast") {
            try options.flag(option)
            noMulticast = true
        } else { return false }
        return true
    }

    private mutating func sizes(_ option: Options.Option, _ options: Options) throws(DriverFailure) -> Bool {
        if options.named(option, "mtu") {
            mtu = try options.number(option, in: PCnet.mtuRange, allowed: "68 to 1500 octets")
        } else if options.named(option, "verbose") {
            verbose = option.isFlag ? 1 : try options.number(option, in: 0...2, allowed: "0, 1 or 2")
        } else if options.named(option, "receive") {
            receive = try ring(option, options)
        } else if options.named(option, "transmit") {
            transmit = try ring(option, options)
        } else { return false }
        return true
    }

    /// RLEN and TLEN are logarithms, up to that of 512. Am79C970A, "Initialization Block"
    private func ring(_ option: Options.Option, _ options: Options) throws(DriverFailure) -> UInt32 {
        let allowed: StaticString = "16, 32, 64, 128, 256 or 512 descriptors"
        let size = try options.number(option, in: 16...512, allowed: allowed)
        guard size.nonzeroBitCount == 1 else { throw options.refuse(option, "is no power of two", allowed: allowed) }
        return size
    }
}
