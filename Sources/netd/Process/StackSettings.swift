import Host
import Logging
import Messages
import Stack

/// What a plan means for the protocol core.
enum StackSettings {
    /// tcpip options that mean something here; the others of QNX's list are known, and have nothing to set.
    static func configuration(_ plan: StackPlan, _ logger: Logger) -> StackConfiguration {
        var configuration = StackConfiguration(seed: seed(plan))
        configuration.isIPv6On = plan.variant.hasIPv6
        configuration.isForwarding = plan.flag("forward")
        configuration.conflicts.isProbing = plan.flag("arp_probe")
        if let sockets = plan.number("threads_max"), sockets > configuration.limits.endpoints { configuration.limits.endpoints = min(sockets, 4096) }
        return configuration
    }

    private static func seed(_ plan: StackPlan) -> UInt64 {
        if let fixed = plan.number("seed") { return UInt64(bitPattern: Int64(fixed)) }
        return UInt64.random(in: 0...UInt64.max)
    }
}
