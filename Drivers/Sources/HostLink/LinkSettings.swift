public import DriverKit

/// The options that every host link has, checked.
public struct LinkSettings: Sendable {
    public var name = HostName()
    public var address: HardwareAddress?
    public var mtu: UInt32?
    public var promiscuous = false
    public var verbose: UInt32 = 0
    /// Buffers held for receive and for transmit.
    public var receive: UInt32, transmit: UInt32

    public init(receive: UInt32, transmit: UInt32) { (self.receive, self.transmit) = (receive, transmit) }

    /// Whether `option` was one of these.
    public mutating func take(_ option: Options.Option, _ options: Options, mtu range: ClosedRange<UInt32> = LinkCore.mtuRange) throws(DriverFailure) -> Bool {
        if options.named(option, "ifname") {
            name = try HostName(options, option)
        } else if options.named(option, "mac") {
            address = try options.address(option)
        } else if options.named(option, "mtu") {
            mtu = try options.number(option, in: range, allowed: range.upperBound > 1500 ? "68 to 9000 octets" : "68 to 1500 octets")
        } else if options.named(option, "promiscuous") {
            try options.flag(option)
            promiscuous = true
        } else if options.named(option, "verbose") {
            verbose = option.isFlag ? 1 : try options.number(option, in: 0...2, allowed: "0, 1 or 2")
        } else if options.named(option, "receive") {
            receive = try options.number(option, in: 64...4096, step: 8, allowed: "64 to 4096 buffers, a multiple of 8")
        } else if options.named(option, "transmit") {
            transmit = try options.number(option, in: 64...4096, step: 8, allowed: "64 to 4096 buffers, a multiple of 8")
        } else { return false }
        return true
    }

    /// Whether `option` is `name=on` (or the name alone) or `name=off`; nil: it is another one.
    public func toggle(_ option: Options.Option, _ options: Options, _ name: StaticString) throws(DriverFailure) -> Bool? {
        guard options.named(option, name) else { return nil }
        if option.isFlag || options.valued(option, "on") { return true }
        guard options.valued(option, "off") else { throw options.refuse(option, "is neither", allowed: "on or off") }
        return false
    }
}
