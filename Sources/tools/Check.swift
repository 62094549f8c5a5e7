internal import ArgumentParser
internal import Glibc
internal import Host
internal import Messages

/// `drydock check`: asks a driver every question of the driver contract, on the hardware that it claims to drive.
struct Check: Tool {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a driver against the driver contract, on one or more devices.",
        discussion: """
            Makes the device, attaches the driver to it without a stack, and asks: frames of every size both ways, filters,
            offloads, link loss, many re-attaches, detach under traffic, a card that is pulled out, registers that are
            stuck, memory that is refused, and whether anything is left behind. Nothing of yours is touched: the device
            lives in a folder of its own. A driver that crashes takes only the checking process with it.

            Examples:
              drydock check devnp-e1000.so --on sim:82540em
              drydock check devnp-e1000.so --on sim:82540em --on qemu:e1000 --case sizes --case link
              drydock check devnp-tap.so --on host:tap
              drydock check devnp-afxdp.so --on host:veth --options mode=generic
              drydock check devnp-afpacket.so --on host:eth1 --wire packet:eth2
              drydock check devnp-e1000.so --on vfio:0000:02:00.0 --wire packet:eth1
              drydock check --list

            A driver of the host's own network is checked on a veth pair (host:veth) or a TAP interface (host:tap) in a network
            namespace that is made for the check and goes with it, or on an interface of yours with --wire for what is at the
            other end of its cable. Both need root.

            Exit status: 0 every case passed or did not apply; 1 one failed, or the driver crashed; 64 wrong words.
            """)

    @Option(help: "A device to check on: sim:MODEL, qemu:MODEL, vfio:ADDRESS; host:veth, host:tap or host:INTERFACE for a driver without a NIC. May be repeated.") var on: [String] = []
    @Option(name: .customLong("case"), help: "Only this case; may be repeated.") var cases: [String] = []
    @Option(help: "Options for the driver, as with mount -o.") var options = ""
    @Option(help: "The far end of the device's wire, where it has no cable: packet:INTERFACE.") var wire: String?
    @Option(help: "A program that breaks and makes the device's link, where setting that interface down does not: called with down and up.") var carrier: String?
    @Option(help: "How often to attach and detach.") var rounds = 200
    @Option(help: "Most seconds for one device.") var seconds = 300
    @Flag(help: "List the cases.") var list = false
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "The driver: a shared library.", completion: .file(extensions: ["so"])) var file: String?

    func validate() throws {
        guard !list else { return }
        guard file != nil else { throw ValidationError("no driver was named; as in: drydock check devnp-e1000.so --on sim:82540em") }
        guard !on.isEmpty else { throw ValidationError("no device was named; as in: --on sim:82540em") }
        guard carrier == nil || wire != nil else { throw ValidationError("--carrier goes with --wire: a cable's carrier is the checker's own") }
        guard (1...100_000).contains(rounds), (1...36000).contains(seconds) else { throw ValidationError("--rounds is 1 to 100000, --seconds 1 to 36000") }
        if let wrong = cases.first(where: { name in CheckCase(rawValue: name) == nil }) {
            throw ValidationError("there is no case “\(wrong)”; see: drydock check --list")
        }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        if list { return world.print(CheckCase.allCases.map { "\(Column.left($0.name, 16))\($0.meaning)\n" }.joined()) }
        var reports: [CheckReport] = []
        for bus in on {
            let order = CheckOrder(driver: Paths.absolute(file ?? ""), bus: bus, options: options, wire: wire, carrier: carrier, cases: cases, rounds: rounds)
            reports.append(try CheckRun.run(order, seconds: seconds, world: json ? nil : world))
        }
        if json { _ = world.print(JSONText.render(reports)) }
        return reports.allSatisfy(\.isGood) ? Exit.success : Exit.failure
    }
}
