/// What every cable holds to, whatever is at its other end.
public enum CableLimits {
    /// An Ethernet header. Shorter: refused and counted.
    public static let shortestFrame = 14
    /// Longer: refused and counted. The longest that QEMU and TAP devices carry.
    public static let longestFrame = 65_550
    /// Frames, and their octets, that wait for an other end that does not take them just now.
    public static let queuedFrames = 512, queuedOctets = 4 << 20
    /// Frames delivered before others have their turn.
    public static let burst = 64
    /// Nanoseconds between attempts to reach a far side that is not there.
    public static let retry: UInt64 = 50_000_000
}
