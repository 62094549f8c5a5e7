import Testing

/// What the tests of the shell begin with, and ask.
extension Dock {
    /// A stack at /sock2 with one interface, whose cable has a peer at 10.1.0.1.
    func stackWithCard(driver: String = "e1000", options: String? = nil, protocol settings: String = "") throws {
        try good("nic", "add", "em-a", "sim:82540em", "--cable", "peer:10.1.0.1/24")
        try good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2\(settings)")
        try good(["mount", "-Tio-pkt2"] + (options.map { ["-o", $0] } ?? []) + [try Drivers.path(driver)])
        try good("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
    }

    /// Whether that stack reaches the peer.
    func reachesPeer() throws -> Bool {
        try run("ping", "-c", "3", "-w", "10", "10.1.0.1", sock: "/sock2").status == 0
    }

    func shell(_ lines: String..., words: [String] = ["/sock2"]) throws -> Outcome {
        try run(["drydock", "shell"] + words + lines.flatMap { ["-e", $0] }, seconds: 120)
    }

    /// The process of the stack.
    func stackPid() throws -> Int32? {
        try shell("version").out.split { $0 == " " || $0 == "\n" }.last.flatMap { Int32($0) }
    }
}
