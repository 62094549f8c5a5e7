import CDriver
import DriverKit

/// What the options ask for, checked.
struct Settings: Sendable {
    var address: HardwareAddress?
    var promiscuous = false, noMulticast = false
    var mtu: UInt32 = 1500
    /// Buffers that wait for frames, and KiB of the device's receive ring.
    var receive: UInt32 = 64, ring: UInt32 = 32
    var link = LinkWish()
    var verbose: UInt32 = 0

    static var help: StaticString {
        """
        mac=XX:XX:XX:XX:XX:XX  use this address, not the EEPROM's
        speed=10|100           allow this speed only (default: negotiated)
        duplex=0|1             half or full, with speed only
        promiscuous            accept every frame
        nomulticast            accept no multicast frame
        verbose[=0..2]         log more
        mtu=68..1500           octets of payload (default 1500)
        receive=16..512        buffers held for received frames (default 64)
        ring=8|16|32           KiB of receive ring (default 32)
        """
    }

    /// Reads all options; the first that is wrong is named in the log.
    init(_ options: inout Options) throws(DriverFailure) {
        var speed: UInt32 = 0, duplex: UInt32?, last: Options.Option?
        while let option = options.next() {
            if try filter(option, options) { continue }
            if try sizes(option, options) { continue }
            if options.named(option, "speed") {
                speed = try options.number(option, in: 10...100, allowed: "10 or 100")
                guard speed == 10 || speed == 100 else {
                    throw options.refuse(option, "is no speed of this device", allowed: "10 or 100")
                }
            } else if options.named(option, "duplex") {
                duplex = try options.number(option, in: 0...1, allowed: "0 (half) or 1 (full), together with speed=")
                last = option
            } else {
                throw options.refuse(option, "is not known", allowed: """
                    mac= speed= duplex= promiscuous nomulticast verbose mtu= receive= ring=
                    """)
            }
        }
        if let last, speed == 0 { throw options.refuse(last, "is given without speed", allowed: "duplex together with speed=") }
        link = LinkWish(megabits: speed, full: duplex != 0)
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
            mtu = try options.number(option, in: RTL8139.mtuRange, allowed: "68 to 1500 octets")
        } else if options.named(option, "verbose") {
            verbose = option.isFlag ? 1 : try options.number(option, in: 0...2, allowed: "0, 1 or 2")
        } else if options.named(option, "receive") {
            receive = try options.number(option, in: 16...512, allowed: "16 to 512 buffers")
        } else if options.named(option, "ring") {
            ring = try options.number(option, in: 8...32, step: 8, allowed: "8, 16 or 32 (KiB)")
            guard ring != 24 else { throw options.refuse(option, "is no size of this device", allowed: "8, 16 or 32 (KiB)") }
        } else { return false }
        return true
    }
}

/// What the link shall be.
struct LinkWish: Sendable {
    /// 0: negotiated among all.
    var megabits: UInt32 = 0
    var full = true
    var pause = false
}
