public import CDriver

/// Where a device is in its life. What `stop` left in the rings must go home before `start`.
@frozen public enum DeviceState: Sendable { case attached, running, stopped, gone }

/// What a driver keeps that is not its chip's: the state, what was asked for, what was counted.
public struct DriverCore<Variables: NICVariables>: ~Copyable {
    public let services: Services
    public let live: Live<Variables>
    public let options: StationOptions
    /// The device's own address.
    public let permanent: HardwareAddress
    /// `DRYDOCK_CAP_*` that the device has, and octets of payload that it carries at most.
    public let capabilities: UInt32, longestMTU: UInt32
    public var state = DeviceState.attached
    public var filter: FilterWish
    public var mtu: UInt32
    /// `DRYDOCK_CAP_*` that are switched on.
    public var offloads: UInt32
    public var counters = CounterSet()
    /// Frames that come back without having been on a ring, or whose ring is gone.
    public var done: ReturnQueue
    /// As it was last seen.
    public var linkUp = false
    /// What the watchdog saw at its last look.
    var watch = TransmitProgress(isBusy: false, finished: 0)
    /// Buffers that may still have to come off the rings: there is always room for them in `done`, behind one ring's worth of frames
    /// that were sent and another of refused ones.
    let reserve: Int
    /// Of the frame that goes home part by part.
    private var octets = 0, audience = Audience.station

    /// The core of a device whose rings hold at most `transmitBuffers` buffers to be sent.
    public init(_ services: Services, _ live: Live<Variables>, _ options: StationOptions, permanent: HardwareAddress,
                capabilities: UInt32, mtu: UInt32 = 1500, longestMTU: UInt32, transmitBuffers: Int) {
        (self.services, self.live, self.options, self.permanent) = (services, live, options, permanent)
        (self.capabilities, self.longestMTU, offloads) = (capabilities, longestMTU, capabilities)
        self.mtu = options.mtu ?? mtu
        filter = FilterWish(address: options.address ?? permanent, promiscuous: options.promiscuous)
        reserve = transmitBuffers
        done = ReturnQueue(capacity: 3 * transmitBuffers)
        live.value.usual.verbose = options.verbose
    }

    /// Says what the device is: its title, the slots of its rings, the vectors that it was granted.
    public func describe(_ out: inout drydock_interface, _ title: StaticString, receive: Int, transmit: Int, vectors: UInt32) {
        (out.mac, out.permanent_mac) = (filter.address.tuple, permanent.tuple)
        (out.capabilities, out.enabled) = (capabilities, offloads)
        (out.mtu, out.maximum_mtu) = (mtu, longestMTU)
        (out.receive_slots, out.transmit_slots) = (UInt32(receive), UInt32(transmit))
        out.vectors = UInt16(truncatingIfNeeded: vectors)
        out.describe(title)
    }

    /// Octets of the longest frame to send: 14 of header and 4 of a VLAN tag before the payload.
    @inlinable public var longestFrame: Int { Int(mtu) &+ 18 }

    /// Notes what the stack asks for, whatever the state. Returns what it had asked for before.
    ///
    /// - Throws: `.gone`; `.invalid` for a group's address as the station's own.
    @discardableResult
    public mutating func take(_ request: Filter) throws(DriverFailure) -> FilterWish {
        guard state != .gone else { throw .gone }
        guard request.address.isStation else { throw .invalid }
        let old = filter
        filter = FilterWish(request, options)
        return old
    }

    /// - Throws: `.gone`; `.invalid` for what the device does not carry.
    public mutating func takeMTU(_ octets: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard octets >= 68, octets <= longestMTU else { throw .invalid }
        mtu = octets
    }

    /// - Throws: `.gone`; `.unsupported` for what the device does not have.
    public mutating func takeOffloads(_ enabled: UInt32) throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard enabled & ~capabilities == 0 else { throw .unsupported }
        offloads = enabled
    }

    /// An interrupt without a cause of ours.
    public func foreign() -> Events {
        live.value.usual.foreignInterrupts &+= 1
        return .foreign
    }

    /// The next buffer of a frame that is over goes home; with the last one the frame is counted, as sent or as failed.
    public mutating func sendHome(_ buffer: consuming OwnedBuffer, isFirst: Bool, isLast: Bool, failed: Bool) {
        let buffer = buffer.surrender()
        if isFirst { (octets, audience) = (0, buffer.audience) }
        octets &+= buffer.length
        done.add(buffer, isFirst: isFirst, isLast: isLast, failed: failed)
        guard isLast else { return }
        if failed { counters.add(DRYDOCK_TX_ERRORS, 1) } else { counters.sent(octets, to: audience) }
    }

    /// Whether another frame may be sent home before the stack has taken some.
    public var takesHome: Bool { done.room > 2 * reserve }

    /// What goes home, into `out`. Returns the number of buffers.
    public mutating func home(_ out: inout MutableSpan<Buffer>) -> Int {
        let n = done.take(&out)
        if state == .running, !done.isEmpty, n < out.count { comeBack() }
        return n
    }

    /// Has the stack come back for frames that found no room: the timer that only says so.
    public func comeBack() { services.setTimer(1, microseconds: 1) }
}

/// Whether the device has frames to send and none of them finished, and how many it has finished so far.
public struct TransmitProgress: Sendable {
    public var isBusy: Bool, finished: UInt64
    public init(isBusy: Bool, finished: UInt64) { (self.isBusy, self.finished) = (isBusy, finished) }
}
