/// What the process that checks a driver is asked to do.
public struct CheckOrder: Codable, Equatable, Sendable {
    /// The driver image, an absolute path.
    public var driver: String
    /// `sim:82540em`, `qemu:e1000`, `vfio:0000:00:02.0`: a NIC made for the check; `host:veth`, `host:tap`, `host:eth1`: where a
    /// driver without a NIC sits.
    public var bus: String
    /// For the driver, as with `mount -o`.
    public var options: String
    /// The far end of the NIC's wire; nil: its cable. `packet:eth1`: an interface of this network namespace.
    public var wire: String?
    /// A program, and words for it, that makes the device's link with `up` and breaks it with `down`; nil: the wire does.
    public var carrier: String?
    /// Names of cases; empty: all.
    public var cases: [String]
    /// Times that the driver is attached and detached.
    public var rounds: Int

    public init(driver: String, bus: String, options: String = "", wire: String? = nil, carrier: String? = nil, cases: [String] = [], rounds: Int = 200) {
        (self.driver, self.bus, self.options, self.wire, self.carrier) = (driver, bus, options, wire, carrier)
        (self.cases, self.rounds) = (cases, rounds)
    }
}

extension CheckOrder {
    /// Whether the driver sits on the host's own network.
    public var isHostLink: Bool { bus == "host" || bus.hasPrefix("host:") }
}

/// How one case ended.
public struct CheckResult: Codable, Equatable, Sendable {
    public enum Outcome: String, Codable, Sendable { case passed, failed, skipped }
    public var name: String
    public var outcome: Outcome
    /// What was found, or why it was skipped; empty: nothing to say.
    public var text: String
    public var milliseconds: UInt64

    public init(_ name: String, _ outcome: Outcome, _ text: String, milliseconds: UInt64) {
        (self.name, self.outcome, self.text, self.milliseconds) = (name, outcome, text, milliseconds)
    }
}

/// What that process says, one a line.
public enum CheckEvent: Codable, Equatable, Sendable {
    case began(String)
    case ended(CheckResult)
    /// It could not begin at all.
    case refused(Failure)
    case finished
}
