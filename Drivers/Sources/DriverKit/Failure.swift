/// Why a driver could not do what it was asked. One case an errno value of the contract.
@frozen public enum DriverFailure: Error, Sendable {
    /// A bounded wait ran out; its name says what was waited for (`CTRL.RST`).
    case timedOut(StaticString)
    /// The device answers nothing but ones: it has left the bus.
    case gone
    /// No such device, or not one this driver can drive; the name says what is missing.
    case unsuitable(StaticString)
    /// An option or an argument is not allowed (and was named in the log).
    case invalid
    /// DMA memory or an interrupt could not be had; the name says what for.
    case noMemory(StaticString)
    case noInterrupt
    /// What was asked needs the device stopped, or its buffers returned.
    case busy
    case unsupported
    /// The host refused, for the reason that this errno value names; the driver has said so in the log.
    case host(Int32)

    /// The negative errno value that crosses the boundary.
    public var status: Int32 {
        switch self {
        case .timedOut: -110
        case .gone, .unsuitable: -19
        case .invalid: -22
        case .noMemory: -12
        case .noInterrupt: -5
        case .busy: -16
        case .unsupported: -95
        case .host(let number): -number
        }
    }

    /// Appends the reason, as it ends a log line.
    public func describe(to line: inout LogLine) {
        switch self {
        case .timedOut(let name): line.text(name); line.text(" did not happen in time")
        case .gone: line.text("the device has left the bus (all ones)")
        case .unsuitable(let name): line.text(name)
        case .invalid: line.text("an argument is not allowed")
        case .noMemory(let name): line.text("no memory for "); line.text(name)
        case .noInterrupt: line.text("no interrupt was granted")
        case .busy: line.text("the interface must be stopped and its buffers returned first")
        case .unsupported: line.text("the device cannot do this")
        case .host(let number): line.text("the host refused, errno "); line.decimal(number)
        }
    }
}
