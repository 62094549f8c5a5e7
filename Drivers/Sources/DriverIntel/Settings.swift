import CDriver
import DriverKit

/// What the options ask for, checked.
public struct Settings: Sendable {
    var address: HardwareAddress?
    var promiscuous = false, noMulticast = false
    var mtu: UInt32 = 1500
    /// Descriptors of the two rings.
    var receive: UInt32 = 256, transmit: UInt32 = 256
    var link = LinkWish()
    var verbose: UInt32 = 0
    /// Interrupts a second at most (0: no limit), and the receive delays in 1.024 us.
    var interruptsPerSecond: UInt32 = 8000
    var receiveAbsolute: UInt32 = 0, receiveDelay: UInt32 = 0
    /// Receive-side scaling over two queues, and the best kind of interrupt to ask for; for chips that have them.
    public var scaling = false
    public var interruptKind: UInt32 = UInt32(DRYDOCK_MSIX.rawValue)

    /// Reads all options; the first that is wrong is named in the log.
    init<Chip: IntelChip>(_ options: inout Options, _: Chip.Type) throws(DriverFailure) {
        var speed: UInt32 = 0, duplex: UInt32?, last: Options.Option?
        while let option = options.next() {
            if try address(option, options) { continue }
            if try frames(option, options) { continue }
            if try rings(option, options) { continue }
            if try Chip.option(option, options, &self) { continue }
            if options.named(option, "speed") {
                speed = try options.number(option, in: 10...1000, allowed: "10, 100 or 1000")
                guard speed == 10 || speed == 100 || speed == 1000 else {
                    throw options.refuse(option, "is no speed of this device", allowed: "10, 100 or 1000")
                }
            } else if options.named(option, "duplex") {
                duplex = try options.number(option, in: 0...1, allowed: "0 (half) or 1 (full), together with speed=")
                last = option
            } else {
                throw options.refuse(option, "is not known", allowed: Chip.optionNames)
            }
        }
        guard let last else { link = LinkWish(megabits: speed, full: true); return }
        guard speed != 0 else { throw options.refuse(last, "is given without speed", allowed: "duplex together with speed=") }
        guard speed != 1000 || duplex == 1 else {
            throw options.refuse(last, "is not possible at 1000 Mb/s", allowed: "duplex=1")
        }
        link = LinkWish(megabits: speed, full: duplex == 1)
    }

    private mutating func address(_ option: Options.Option, _ options: Options) throws(DriverFailure) -> Bool {
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

    private mutating func frames(_ option: Options.Option, _ options: Options) throws(DriverFailure) -> Bool {
        if options.named(option, "mtu") {
            mtu = try options.number(option, in: 68...9000, allowed: "68 to 9000 octets")
        } else if options.named(option, "verbose") {
            verbose = option.isFlag ? 1 : try options.number(option, in: 0...2, allowed: "0, 1 or 2")
        } else if options.named(option, "irq_thresh") {
            interruptsPerSecond = try options.number(option, in: 0...100_000, allowed: "0 to 100000 interrupts a second")
        } else if options.named(option, "rx_abs") {
            receiveAbsolute = try options.number(option, in: 0...65535, allowed: "0 to 65535 (in 1.024 us)")
        } else if options.named(option, "rx_delay") {
            receiveDelay = try options.number(option, in: 0...65535, allowed: "0 to 65535 (in 1.024 us)")
        } else { return false }
        return true
    }

    private mutating func rings(_ option: Options.Option, _ options: Options) throws(DriverFailure) -> Bool {
        // Ring lengths are multiples of 128 octets, 8 descriptors. 8254x §13.4.27, §13.4.38
        let allowed: StaticString = "64 to 4096 descriptors, a multiple of 8"
        if options.named(option, "receive") {
            receive = try options.number(option, in: 64...4096, step: 8, allowed: allowed)
        } else if options.named(option, "transmit") {
            transmit = try options.number(option, in: 64...4096, step: 8, allowed: allowed)
        } else { return false }
        return true
    }
}

/// What the link shall be.
public struct LinkWish: Sendable {
    /// 0: negotiated among all.
    var megabits: UInt32 = 0
    var full = true
    var pauseReceive = false, pauseTransmit = false
}
