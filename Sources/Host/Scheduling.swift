internal import CLinux

/// What a process asks of the kernel's scheduler, without any privilege.
public enum Scheduling {
    /// Nanoseconds of one turn of those that move frames: many short turns bring each of them to a processor sooner than few long ones.
    private static let turn: UInt64 = 200_000
    /// Niceness of what works for later.
    private static let niceness: Int32 = 5

    /// The calling thread, and those it starts, move frames: it waits less for a processor, and has it for less. Linux 6.12 and later.
    public static func takeShortTurns() { clinux_short_turns(turn) }

    /// This process, and what it starts in its session, works for later: where processors are busy it gets a third of what others get.
    public static func giveWay() { clinux_give_way(niceness) }
}
