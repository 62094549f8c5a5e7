import Testing

/// Which driver drives which hardware: what the README's table says and each of ConformanceTests shows.
struct Claim: CustomTestStringConvertible, Sendable {
    var driver: String
    /// As `drydock check --on` takes it; of a card, what it is in place of where: `vfio:8086:100e`.
    var bus: String
    var testDescription: String { "\(driver) on \(bus)" }
    /// A card is known by what it is, as `lspci -n` has it.
    var shown: String { bus.hasPrefix("vfio:") ? String(bus.dropFirst(5)) : bus }

    static let all: [Claim] = [
        Claim(driver: "e1000", bus: "sim:82540em"), Claim(driver: "e1000", bus: "sim:82545em"), Claim(driver: "e1000", bus: "sim:82544gc"),
        Claim(driver: "e1000", bus: "qemu:e1000"), Claim(driver: "e1000", bus: "qemu:e1000-82545em"), Claim(driver: "e1000", bus: "qemu:e1000-82544gc"),
        Claim(driver: "e1000", bus: "vfio:8086:100e"),
        Claim(driver: "e1000e", bus: "sim:82574l"), Claim(driver: "e1000e", bus: "qemu:e1000e"), Claim(driver: "e1000e", bus: "vfio:8086:10d3"),
        Claim(driver: "rtl8139", bus: "qemu:rtl8139"), Claim(driver: "rtl8139", bus: "vfio:10ec:8139"),
        Claim(driver: "pcnet", bus: "qemu:pcnet"), Claim(driver: "pcnet", bus: "vfio:1022:2000"),
        Claim(driver: "virtio-net", bus: "sim:virtio-net"), Claim(driver: "virtio-net", bus: "qemu:virtio-net-pci"),
        Claim(driver: "virtio-net", bus: "vfio:1af4:1041"),
        Claim(driver: "abc", bus: "sim:abc"),
        Claim(driver: "tap", bus: "host:tap"), Claim(driver: "afpacket", bus: "host:veth"), Claim(driver: "afxdp", bus: "host:veth"),
    ]

    static var models: [Claim] { all.filter { $0.bus.hasPrefix("sim:") } }
    static var bridged: [Claim] { all.filter { $0.bus.hasPrefix("qemu:") } }
    static var cards: [Claim] { all.filter { $0.bus.hasPrefix("vfio:") } }

    /// The table of the README: a row a driver, a column a bus.
    static var table: String {
        var text = "| driver | models | QEMU | VFIO | host |\n|---|---|---|---|---|\n"
        for driver in all.map(\.driver).reduce(into: [String](), { if !$0.contains($1) { $0.append($1) } }) {
            let cells = ["sim:", "qemu:", "vfio:", "host"].map { bus in
                let names = all.filter { $0.driver == driver && $0.bus.hasPrefix(bus) }.map { "`\($0.shown)`" }
                return names.isEmpty ? "" : names.joined(separator: ", ")
            }
            text += "| `devnp-\(driver).so` | \(cells.joined(separator: " | ")) |\n"
        }
        return text
    }
}
