/// The options that every driver of an Ethernet device has, with one meaning: `mac=`, `promiscuous`, `nomulticast`, `verbose`, `mtu=`,
/// `receive=`, `transmit=`.
public struct StationOptions: Sendable {
    /// Instead of the device's own.
    public var address: HardwareAddress?
    public var promiscuous = false, noMulticast = false
    /// 0 to 2.
    public var verbose: UInt32 = 0
    /// Octets of payload, when they were asked for.
    public var mtu: UInt32?
    /// Descriptors or buffers of the two rings.
    public var receive: UInt32, transmit: UInt32

    private let payload: ClosedRange<UInt32>, payloadWords: StaticString
    private let ring: ClosedRange<UInt32>, step: UInt32, ringWords: StaticString

    /// What is allowed, each with the words that say so in the log; rings of `size` unless it is said otherwise.
    public init(mtu: ClosedRange<UInt32>, _ payloadWords: StaticString, ring: ClosedRange<UInt32>, step: UInt32 = 1, _ ringWords: StaticString,
                size: UInt32) {
        (payload, self.payloadWords, self.ring, self.step, self.ringWords) = (mtu, payloadWords, ring, step, ringWords)
        (receive, transmit) = (size, size)
    }

    /// Takes one of these options; false: it is none of them.
    public mutating func take(_ option: Options.Option, _ options: Options) throws(DriverFailure) -> Bool {
        if options.named(option, "mac") {
            address = try options.address(option)
        } else if options.named(option, "promiscuous") {
            promiscuous = try options.flag(option)
        } else if options.named(option, "nomulticast") {
            noMulticast = try options.flag(option)
        } else if options.named(option, "verbose") {
            verbose = option.isFlag ? 1 : try options.number(option, in: 0...2, allowed: "0, 1 or 2")
        } else if options.named(option, "mtu") {
            mtu = try options.number(option, in: payload, allowed: payloadWords)
        } else if options.named(option, "receive") {
            receive = try options.number(option, in: ring, step: step, allowed: ringWords)
        } else if options.named(option, "transmit") {
            transmit = try options.number(option, in: ring, step: step, allowed: ringWords)
        } else { return false }
        return true
    }

    /// The device's own address as it was read, or where that is none, the one that was asked for.
    ///
    /// - Throws: `.unsuitable` when there is neither.
    public func permanent(_ loaded: HardwareAddress) throws(DriverFailure) -> HardwareAddress {
        if loaded.isStation { return loaded }
        guard let address else { throw .unsuitable("the device has no valid address; give one with mac=") }
        return address
    }
}
