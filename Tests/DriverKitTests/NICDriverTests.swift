import CDriver
import DriverKit
import Testing

/// A driver of nothing: what every driver has from the kit, and a device that does as a test says.
private struct Dummy: FrameSender, ~Copyable {
    struct Values: NICVariables {
        var own: UInt64 = 1, usual = UsualVariables()
    }

    /// What the device does, and what was asked of it.
    final class Device {
        var link: Bool? = true, room = Int.max, sending: [Buffer] = [], asked: [String] = [], failsToStart = false, longest = 4
    }
    // SAFETY: the tests that use it run one after another.
    nonisolated(unsafe) static var device = Device()

    static var name: StaticString { "dummy" }
    static var prefix: StaticString { "dm" }
    static var version: StaticString { "1" }
    static var help: StaticString { "" }
    static func match(_ identity: drydock_identity) -> Int32 { 100 }
    static func describe() -> UnsafePointer<drydock_description>? { nil }
    static var counts: UInt64 { CounterSet.usual }

    var core: DriverCore<Values>
    private var device: Device { unsafe Dummy.device }

    static func attach(_ services: Services, _ options: inout Options, _ variables: Live<Values>,
                       _ interface: inout drydock_interface) throws(DriverFailure) -> Dummy {
        var station = StationOptions(mtu: 68...1500, "68 to 1500", ring: 8...16, "8 to 16", size: 8)
        while let option = options.next() { guard try station.take(option, options) else { throw options.refuse(option, "is not known", allowed: "some") } }
        let chosen = station
        return try services.claim(silence: { unsafe device.asked.append("silence") }) { () throws(DriverFailure) in
            _ = try services.enableInterrupts(0, vectors: 1)
            let core = DriverCore(services, variables, chosen, permanent: try chosen.permanent(HardwareAddress(number: 0x0200)), capabilities: 5,
                                  longestMTU: 1500, transmitBuffers: 8)
            core.describe(&interface, "nothing", receive: 7, transmit: 7, vectors: 1)
            return Dummy(core: core)
        }
    }

    mutating func bringUp() throws(DriverFailure) {
        device.asked.append("bring up")
        if device.failsToStart { throw .timedOut("a start") }
    }
    mutating func reset() throws(DriverFailure) { device.asked.append("reset") }
    mutating func abandon(keepingReceived: Bool) {
        device.asked.append(keepingReceived ? "abandon" : "lose")
        for buffer in device.sending { core.sendHome(OwnedBuffer(taking: buffer), isFirst: true, isLast: true, failed: true) }
        device.sending = []
    }
    func silence() { device.asked.append("silence") }
    var isIdle: Bool { true }
    var link: Bool? { device.link }
    var progress: TransmitProgress { TransmitProgress(isBusy: !device.sending.isEmpty, finished: core.counters[DRYDOCK_TX_PACKETS]) }
    mutating func interrupt(_ vector: UInt32) -> Events { core.foreign() }
    mutating func media() throws(DriverFailure) -> drydock_media { drydock_media() }
    mutating func setFilter(_ filter: Filter) throws(DriverFailure) { try core.take(filter) }
    mutating func provideReceive(_ buffers: Span<Buffer>) -> Int { 0 }
    mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int { 0 }
    mutating func offer(_ list: Span<Buffer>, _ start: Int, _ parts: Int) -> Offer {
        guard parts <= device.longest else { return .refused }
        guard device.sending.count + parts <= device.room else { return .full }
        for part in 0..<parts { device.sending.append(list[start + part]) }
        return .taken
    }
    mutating func announce() { device.asked.append("announce") }
    mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        for buffer in device.sending { core.sendHome(OwnedBuffer(taking: buffer), isFirst: true, isLast: true, failed: false) }
        device.sending = []
        return core.home(&out)
    }
}

/// The life of a device, and what is the same for all.
// SAFETY: the instance is what attach made, and detach takes.
@Suite(.serialized) @safe struct NICDriverTests {
    let host = TestHost(drydock_identity())
    private var instance: UnsafeMutableRawPointer?
    private var interface = drydock_interface(), status: Int32
    private typealias Calls = Thunks<Dummy>
    private var device: Dummy.Device { unsafe Dummy.device }

    init() {
        unsafe Dummy.device = Dummy.Device()
        var instance: UnsafeMutableRawPointer?, interface = drydock_interface()
        status = unsafe Calls.attach(host.services, "mac=02:00:00:00:00:01,verbose=2,mtu=1000", &instance, &interface)
        unsafe self.instance = unsafe instance
        self.interface = interface
    }

    private func buffers(_ flags: [UInt32]) -> [drydock_buffer] {
        unsafe flags.enumerated().map { index, flags in
            var buffer = unsafe drydock_buffer()
            unsafe (buffer.slot, buffer.length, buffer.capacity, buffer.flags) = (UInt32(index), 60, 2048, UInt16(flags))
            return unsafe buffer
        }
    }
    private func send(_ flags: [UInt32]) -> UInt32 { unsafe Calls.provideTransmit(instance, buffers(flags), UInt32(flags.count)) }
    private func back() -> [UInt16] {
        var out = unsafe [drydock_buffer](repeating: drydock_buffer(), count: 32)
        let n = unsafe Calls.returnTransmit(instance, &out, 32)
        return unsafe out[..<Int(n)].map(\.flags)
    }
    private func counter(_ counter: drydock_counter) -> UInt64 {
        var out = drydock_statistics()
        _ = unsafe Calls.statistics(instance, &out)
        return unsafe withUnsafeBytes(of: out.counter) { unsafe $0.load(fromByteOffset: Int(counter.rawValue) * 8, as: UInt64.self) }
    }

    @Test func `the options that all have are understood, and said to the stack`() {
        #expect(status == 0 && interface.mac.5 == 1 && interface.mtu == 1000 && interface.maximum_mtu == 1500 && interface.capabilities == 5)
        #expect(host.config[4] & 6 == 6 && host.interruptsEnabled)
        unsafe Calls.detach(instance)
        #expect(device.asked == ["silence"] && host.config[4] & 4 == 0 && !host.interruptsEnabled)
        for text in ["mtu=67", "receive=17", "verbose=3", "mac=1", "x", "promiscuous=1"] {
            var other: UnsafeMutableRawPointer?, interface = drydock_interface()
            #expect(unsafe Calls.attach(host.services, text, &other, &interface) == -22)
            #expect(host.log.last?.text.hasPrefix("dummy: option '\(text)' ") == true)
        }
    }

    @Test func `an attach that fails leaves the device quiet`() {
        unsafe Calls.detach(instance)
        host.refusesInterrupts = true
        var other: UnsafeMutableRawPointer?, interface = drydock_interface()
        #expect(unsafe Calls.attach(host.services, "mac=02:00:00:00:00:01", &other, &interface) == -5)
        #expect(unsafe other == nil && host.config[4] & 4 == 0 && device.asked == ["silence", "silence"])
    }

    @Test func `a start that fails leaves the device quiet, and may be tried again`() {
        device.failsToStart = true
        #expect(unsafe Calls.start(instance) == -110 && device.asked == ["bring up", "silence"] && host.config[4] & 4 == 0)
        device.failsToStart = false
        #expect(unsafe Calls.start(instance) == 0 && host.config[4] & 4 != 0 && host.timers[0] != nil)
        #expect(unsafe Calls.stop(instance) == 0 && host.timers[0] == nil)
        unsafe Calls.detach(instance)
        #expect(device.asked == ["bring up", "silence", "bring up", "reset", "abandon", "silence"])
    }

    @Test func `whole frames are offered, refused ones come back as failed, full is not an error`() {
        _ = unsafe Calls.start(instance)
        let more = DRYDOCK_BUFFER_MORE
        device.room = 3
        #expect(send([0, more, 0, more, more, more, more, 0, 0, 0]) == 8, "the last but one finds no room")
        #expect(device.sending.count == 3 && device.asked.last == "announce")
        #expect(counter(DRYDOCK_TX_ERRORS) == 1)
        #expect(back().map { $0 & UInt16(DRYDOCK_BUFFER_FAILED) != 0 } == [true, false, false, false, false, false, false, false])
        #expect(counter(DRYDOCK_TX_PACKETS) == 3 && counter(DRYDOCK_TX_OCTETS) == 180)
        #expect(send([more]) == 0, "a frame without an end is not taken")
        unsafe Calls.detach(instance)
    }

    @Test func `a transmitter that hangs for two looks is reset`() {
        _ = unsafe Calls.start(instance)
        #expect(send([0]) == 1)
        #expect(unsafe Calls.timer(instance, 0) & DRYDOCK_EVENT_TRANSMIT != 0 && counter(DRYDOCK_TX_HANGS) == 0)
        #expect(unsafe Calls.timer(instance, 0) & DRYDOCK_EVENT_LINK != 0 && counter(DRYDOCK_TX_HANGS) == 1)
        #expect(back() == [UInt16(DRYDOCK_BUFFER_FAILED)] && device.asked.suffix(3) == ["reset", "lose", "bring up"])
        #expect(host.log.last?.text == "dummy: the transmitter hangs; resetting")
        // Without a link nothing goes out, and nothing hangs.
        device.link = false
        #expect(send([0]) == 1)
        for _ in 0..<3 { _ = unsafe Calls.timer(instance, 0) }
        #expect(counter(DRYDOCK_TX_HANGS) == 1 && host.linkChanges == 1)
        unsafe Calls.detach(instance)
    }

    @Test func `a device that has gone is said to be, once, and all that it had comes home`() {
        _ = unsafe Calls.start(instance)
        #expect(send([0]) == 1)
        device.link = nil
        for _ in 0..<2 { _ = unsafe Calls.timer(instance, 0) }
        #expect(host.failures == ["dummy: the device has left the bus (all ones)"] && host.timers[0] == nil && host.config[4] & 4 == 0)
        #expect(back() == [UInt16(DRYDOCK_BUFFER_FAILED)])
        #expect(unsafe Calls.start(instance) == -19 && Calls.setMTU(instance, 1000) == -19 && Calls.setOffloads(instance, 0) == -19)
        #expect(send([0]) == 0)
        unsafe Calls.detach(instance)
    }

    @Test func `what the device does not have is refused`() {
        #expect(unsafe Calls.setMTU(instance, 1501) == -22 && Calls.setMTU(instance, 67) == -22 && Calls.setMTU(instance, 1500) == 0)
        #expect(unsafe Calls.setOffloads(instance, 2) == -95 && Calls.setOffloads(instance, 4) == 0)
        unsafe Calls.detach(instance)
    }

    @Test func `the usual variables lie where the driver has them`() {
        let list = VariableList<Dummy.Values>(usualAnd: 1)
        var offsets: [String: UInt32] = [:]
        for i in 0..<list.count { unsafe offsets[String(cString: list.table[i].name)] = list.table[i].offset }
        #expect(offsets["watchdog_us"] == 8 && offsets["verbose"] == 12 && offsets["hangs"] == 16 && offsets["interrupts"] == 24 && offsets.count == 6)
        unsafe Calls.detach(instance)
    }
}
