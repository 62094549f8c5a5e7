public import Messages

extension StackCommandLine {
    /// The text of `--help`.
    public static func usage(_ variant: StackPlan.Variant) -> String {
        let families = variant.hasIPv6 ? "IPv4 and IPv6" : "IPv4"
        return """
            \(variant.rawValue) - start a network stack (\(families)) as a process of its own

            \(variant.rawValue) [-DSv] [-d driver [options]] [-i number] [-P priority]
                [-p tcpip [options]] [-t threads]

             -d driver [options]  Load devnp-DRIVER.so once the stack is up; a name with / is a
                                  path. May be given several times. A driver that fails leaves
                                  the stack running.
             -i number            Instance, 0 to 999; mount finds it as -Tio-pktNUMBER.
             -p tcpip [options]   Options of the stack, comma-separated; -ptcpip is the same.
                                  prefix=/NAME      what SOCK=/NAME selects
                                  trace=off|events|frames  what the flight recorder keeps
                                                    of each device; frames without it, and
                                                    mount -o trace= says it for one driver
                                  trace_size=SIZE   of its ring, 64K to 256M; 1M without it
                                  restart=never|on-failure|always  after a death: the same
                                                    again, with all that was set
                                  restart_budget=DEATHS/SECONDS  5/60 without it; then the
                                                    driver that is named is left out
                                  restart_proven=SECONDS  a build that ran so long takes
                                                    its place instead
                                  on_crash=/PATH    of a program to run after a death, with
                                                    DRYDOCK_DOSSIER, _CAUSE, ... set
                                  guardian          starts all of it again when its
                                                    supervisor dies
                                  hang=MS, hang_kill=MS  without progress for so long: told
                                                    (100), ended (2000; 0 never)
                                  recover           what was set when this prefix died
                                  forward, forward6, fastforward, cache, ipsec, random, ...
             -P priority          Of the main thread, 1 to 255; 21 without it.
             -t threads           That work on packets; one a processor without it.
             -S                   Do not note fatal signals: a core then shows the faulting
                                  frame alone.
             -v                   Load errors to the console, too, not only to the log.
             -D                   A thread for the stack's own work alone.

            Returns 0 once the stack answers; else one line says why, and nothing is left behind.

            Examples:
             \(variant.rawValue) -i2 -ptcpip prefix=/sock2
             mount -Tio-pkt2 devnp-e1000.so
             SOCK=/sock2 ifconfig em0 10.1.0.2
             SOCK=/sock2 slay \(variant.rawValue)

            """
    }
}
