public import CDriver
public import DriverIntel
public import DriverKit

/// An example of a driver that goes wrong: the e1000 driver, and one planted mistake.
///
/// It shows what a crash looks like from the outside: mount it, send a few frames, read the dossier. By default it stores
/// through a null pointer when the third frame has been received.
public struct FaultyE1000: NetDriver, ~Copyable {
    public static var name: StaticString { "e1000-faulty" }
    public static var prefix: StaticString { "em" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString {
        """
        fault=null-receive|null-transmit|hang|wild-dma|stack-smash|lost-irq|slow|deaf-transmit  the mistake to make (default null-receive)
        after=0..1000000       frames that go well first (default 3)
        and every option of e1000
        """
    }

    // First, so that it lies where the shell's methods of the clean driver look for it.
    private var inner: E1000
    private let fault: Fault
    private let after: UInt64
    private var received: UInt64 = 0, sent: UInt64 = 0
    /// Frames that it took and forgot.
    private var forgotten = InlineArray<64, Buffer>(repeating: Buffer()), forgottenCount = 0, isStopped = true

    /// Below the clean driver's, which is taken when both are there.
    public static func match(_ identity: drydock_identity) -> Int32 { E1000.match(identity) > 0 ? 1 : 0 }

    public static func attach(_ services: Services, _ options: inout Options, _ variables: Live<E1000Variables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> FaultyE1000 {
        var fault = Fault.nullReceive, after: UInt32 = 3
        var own = options
        while let option = own.next() {
            if own.named(option, "fault") {
                guard let chosen = Fault(option, own) else { throw own.refuse(option, "is no fault", allowed: Fault.allowed) }
                fault = chosen
            } else if own.named(option, "after") {
                after = try own.number(option, in: 0...1_000_000, allowed: "0 to 1000000 frames")
            }
        }
        options.skip("fault", "after")
        let inner = try E1000.attach(services, &options, variables, &interface)
        return FaultyE1000(inner: inner, fault: fault, after: UInt64(after))
    }

    private init(inner: consuming E1000, fault: Fault, after: UInt64) {
        self.inner = inner
        (self.fault, self.after) = (fault, after)
    }

    public var services: Services { inner.services }
    private var isDue: Bool { received &+ sent >= after }

    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        guard fault == .wildDMA, isDue, !buffers.isEmpty else { return inner.provideReceive(buffers) }
        let wrong = InlineArray<1, Buffer>(repeating: Fault.astray(buffers[0]))
        return inner.provideReceive(wrong.span)
    }

    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int {
        let count = inner.returnReceive(&out)
        received &+= UInt64(count)
        if count > 0, received >= after {
            if fault == .nullReceive { Fault.touchMissingFrame(out[0].length) }
            if fault == .stackSmash { Fault.copyHeaderWithoutBound(out[0].length &+ 256) }
        }
        return count
    }

    public mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int {
        if fault == .deafTransmit, isDue { return forget(buffers) }
        let count = inner.provideTransmit(buffers)
        sent &+= UInt64(count)
        if fault == .nullTransmit, count > 0, sent >= after { Fault.touchMissingFrame(buffers[0].length) }
        return count
    }

    private mutating func forget(_ buffers: Span<Buffer>) -> Int {
        let count = min(buffers.count, forgotten.count - forgottenCount)
        for k in 0..<count { forgotten[forgottenCount + k] = buffers[k] }
        forgottenCount += count
        return count
    }

    /// Whoever stops the driver has everything back, unsent.
    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        guard isStopped, forgottenCount > 0 else { return inner.returnTransmit(&out) }
        let count = min(out.count, forgottenCount)
        for k in 0..<count {
            forgottenCount -= 1
            out[k] = forgotten[forgottenCount]
            out[k].flags = .failed
        }
        return count
    }

    public mutating func interrupt(_ vector: UInt32) -> Events {
        let events = inner.interrupt(vector)
        if fault == .hang && isDue { Fault.waitForEver() }
        if fault == .slow && isDue { services.delay(microseconds: 250_000) }
        return fault == .lostInterrupt && isDue ? [] : events
    }

    public mutating func timer(_ number: UInt32) -> Events {
        let events = inner.timer(number)
        return fault == .lostInterrupt && isDue ? [] : events
    }

    public mutating func start() throws(DriverFailure) {
        try inner.start()
        isStopped = false
        // It sends again, for a while.
        if fault == .deafTransmit { (received, sent) = (0, 0) }
    }

    public mutating func stop() throws(DriverFailure) {
        isStopped = true
        try inner.stop()
    }

    public consuming func detach() { inner.detach() }
    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) { try inner.setFilter(filter) }
    public mutating func media() throws(DriverFailure) -> drydock_media { try inner.media() }
    public mutating func setMedia(_ media: drydock_media) throws(DriverFailure) { try inner.setMedia(media) }
    public mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure) { try inner.setOffloads(enabled) }
    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) { try inner.setMTU(octets) }
    public mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure) { try inner.statistics(into: &out) }
    public mutating func quiesce() { inner.quiesce() }
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe E1000.describe() }
}
