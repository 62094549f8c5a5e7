internal import ArgumentParser
internal import Bus
internal import Host
internal import Messages

/// `nic`: makes NICs out of nothing, and plugs them together.
struct Nic: Tool {
    static let configuration = CommandConfiguration(
        commandName: "nic",
        abstract: "Make, plug and watch NICs that need no hardware.",
        usage: """
            nic [list]
            nic add NAME HARDWARE [--cable CABLE] [--capture FILE] [--judge vtd|off]
            nic remove NAME... | --all
            nic show|unplug NAME
            nic plug NAME CABLE
            nic link NAME up|down
            nic pull|push NAME
            nic capture NAME FILE|off
            nic impair NAME IMPAIRMENTS|none
            """,
        discussion: """
            A NIC is a process of its own: it lives on when the stack that drives it dies.
            HARDWARE  sim:82540em, or qemu:e1000e and what else QEMU has (docs/BUSES.md); options behind commas:
                      mac=02:00:00:00:00:01; qemu: has judge=vtd|off (DMA is checked against the mappings; on by default)
                      and trace=on (what QEMU's model does, in the NIC's log);
                      vfio:0000:00:02.0 is a real card, which must be bound to vfio-pci
            CABLE     nic:NAME  switch:NAME  tap:NAME  peer:ADDRESS/LENGTH  seqpacket:PATH  stream:PATH
            Behind a comma a cable may have impairments: loss=1%,delay=5ms,seed=7

            pull takes the card out of its slot under the driver's feet, push puts it back.

            Examples:
              nic add em-a sim:82540em --cable nic:em-b
              nic add em-b sim:82540em
              nic capture em-a em-a.pcapng
              nic link em-a down

            Exit status: 0 done; 1 failed; 3 the NIC does not answer; 64 wrong words.
            """)

    @Option(help: "What the other end is plugged into.") var cable: String?
    @Option(help: "A pcapng file for everything on the cable.", completion: .file()) var capture: String?
    @Option(help: "vtd: QEMU's IOMMU lets the NIC reach only what its driver has mapped.") var judge: String?
    @Flag(help: "Remove every NIC.") var all = false
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "What to do, and with which NIC.") var words: [String] = []

    private func everything(_ runtime: RuntimeDirectory) throws(ToolFailure) -> NicOrder {
        guard words == ["remove"] else { throw ToolFailure("--all", "it belongs to remove alone", "as in: nic remove --all", exit: 64) }
        return .remove(runtime.live(.nic).map(\.name.text))
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let runtime = try world.runtime()
        let order = all ? try everything(runtime) : try NicOrder(words, addOptions: cable != nil || capture != nil || judge != nil)
        switch order {
        case .add(let name, let hardware):
            try NicClient.start(NICBoot(name: name, model: hardware + (judge.map { ",judge=\($0)" } ?? ""), cable: cable, capture: capture.map { Paths.absolute($0) }))
        case .remove(let names):
            for name in names { try NicClient(name, runtime, world.patience).remove() }
        case .list:
            let list = try statuses(runtime, world)
            return world.print(json ? JSONText.render(list) : NicText.table(list))
        case .show(let name):
            let status = try NicClient(name, runtime, world.patience).status()
            return world.print(json ? JSONText.render(status) : NicText.page(status))
        case .plug(let name, let cable): try tell(name, .plug(cable: cable), runtime, world)
        case .unplug(let name): try tell(name, .unplug, runtime, world)
        case .link(let name, let up): try tell(name, .link(up: up), runtime, world)
        case .pull(let name): try tell(name, .pull, runtime, world)
        case .push(let name): try tell(name, .push, runtime, world)
        case .capture(let name, let file): try record(NicClient(name, runtime, world.patience), file)
        case .impair(let name, let impairments): try tell(name, .impair(impairments), runtime, world)
        }
        return Exit.success
    }

    private func tell(_ name: String, _ request: NICRequest, _ runtime: RuntimeDirectory, _ world: World) throws(ToolFailure) {
        try NicClient(name, runtime, world.patience).order(request)
    }

    private func record(_ nic: NicClient, _ file: String?) throws(ToolFailure) {
        try nic.order(file.map { .startCapture(file: Paths.absolute($0)) } ?? .stopCapture)
    }

    /// All that answer; one that does not is told of, and does not hide the others.
    private func statuses(_ runtime: RuntimeDirectory, _ world: World) throws(ToolFailure) -> [NICStatus] {
        var list: [NICStatus] = []
        for live in runtime.live(.nic) {
            do throws(ToolFailure) {
                list.append(try NicClient(live.name.text, runtime, .seconds(1)).status())
            } catch {
                world.complaint(error.text("nic"))
            }
        }
        return list
    }
}
