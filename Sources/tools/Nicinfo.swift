internal import ArgumentParser
internal import Messages

/// `nicinfo`: what the hardware and its driver say of themselves.
struct Nicinfo: Tool {
    static let configuration = CommandConfiguration(
        commandName: "nicinfo",
        abstract: "Show the hardware behind an interface, and what its driver has counted.",
        discussion: """
            A counter that the driver does not keep is not printed. The stack counts the driver's callouts that took 100 ms
            or longer; they are shown when there are any, and told in the instance's log.

            Examples:
              nicinfo
              SOCK=/sock2 nicinfo em0

            Exit status: 0 done; 1 failed; 3 the stack does not answer; 64 wrong words.
            """)

    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "The interface; without it all that have hardware.") var interface: String?

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let stack = try world.stack()
        let names = if let interface { [interface] } else { try hardwareInterfaces(stack) }
        var reports: [HardwareReport] = []
        for name in names {
            guard case .hardware(let report) = try stack.ask(.hardware(interface: name)) else { throw stack.nonsense }
            reports.append(report)
        }
        if json { return world.print(JSONText.render(reports)) }
        return world.print(reports.map(NicinfoText.render).joined(separator: "\n"))
    }

    /// Those with a medium of their own: neither the loopback nor VLANs.
    private func hardwareInterfaces(_ stack: StackClient) throws(ToolFailure) -> [String] {
        try stack.interfaces().filter { $0.media != nil && $0.vlan == nil }.map(\.name)
    }
}
