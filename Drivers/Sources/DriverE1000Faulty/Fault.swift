import CDriver
import DriverKit

/// The mistakes that this example can make, each one that real drivers have made.
enum Fault: UInt8, Sendable {
    /// A store through a null pointer while a received (or a sent) frame is looked at.
    case nullReceive, nullTransmit
    /// The interrupt callout never returns.
    case hang
    /// The device is told an address that is not packet memory.
    case wildDMA
    /// A loop writes beyond an array on the stack.
    case stackSmash
    /// The cause is read (and so cleared), and nobody is told.
    case lostInterrupt
    /// The interrupt callout takes a quarter of a second: a wait in a place where there must be none.
    case slow
    /// Frames to be sent are taken, and forgotten until the driver is stopped.
    case deafTransmit

    static var allowed: StaticString { "null-receive, null-transmit, hang, wild-dma, stack-smash, lost-irq, slow or deaf-transmit" }

    init?(_ option: Options.Option, _ options: Options) {
        if options.valued(option, "null-receive") { self = .nullReceive }
        else if options.valued(option, "null-transmit") { self = .nullTransmit }
        else if options.valued(option, "hang") { self = .hang }
        else if options.valued(option, "wild-dma") { self = .wildDMA }
        else if options.valued(option, "stack-smash") { self = .stackSmash }
        else if options.valued(option, "lost-irq") { self = .lostInterrupt }
        else if options.valued(option, "slow") { self = .slow }
        else if options.valued(option, "deaf-transmit") { self = .deafTransmit }
        else { return nil }
    }
}

// Each mistake is a function of its own, so that a stack trace shows its name.
// SAFETY: there is none. That is what these functions are for.
extension Fault {
    /// Sets a field, 24 octets into a structure that is not there.
    @inline(never) static func touchMissingFrame(_ length: Int) {
        let field = unsafe UnsafeMutableRawPointer(bitPattern: 24)
        unsafe drydock_store32(field, UInt32(truncatingIfNeeded: length))
    }

    /// Collects sixteen octets of a header, and forgets to stop.
    @inline(never) static func copyHeaderWithoutBound(_ octets: Int) {
        var header = InlineArray<16, UInt8>(repeating: 0)
        unsafe withUnsafeMutableBytes(of: &header) { place in
            let start = place.baseAddress!
            for i in 0..<octets { unsafe drydock_store8(start + i, 0x41) }
        }
    }

    /// Waits for a bit that will not come.
    @inline(never) static func waitForEver() {
        var zero: UInt32 = 0
        while unsafe drydock_load32(&zero) == 0 { drydock_relax() }
    }

    /// The same buffer, for a device, a terabyte further on.
    static func astray(_ buffer: Buffer) -> Buffer {
        var wrong = unsafe buffer.contract
        unsafe wrong.device_address &+= 1 << 40
        return unsafe Buffer(wrong)
    }
}
