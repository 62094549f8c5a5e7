public import Wire

/// What a model is made with.
public struct ModelOptions: Sendable {
    /// Burnt into the EEPROM.
    public var mac: MACAddress
    /// How long the PHY negotiates, in nanoseconds. Real ones take 1 to 3 s; the default is 20 ms.
    public var negotiationNanoseconds: UInt64 = 20_000_000
    /// A fault of the hardware: after a reset it goes on writing to the last buffer that it had. Of the 8254x family alone.
    public var writesAfterReset = false

    public init(mac: MACAddress) {
        self.mac = mac
    }
}

/// A model of this module: a backend that counts for its keeper.
public protocol NICModel: NICBackend {
    /// The NIC as it is now.
    func status() -> ModelStatus
}

/// The models of this module, by name.
public enum NICModelCatalog {
    private struct Entry: Sendable {
        var name: String
        var make: @Sendable (ModelOptions) -> any NICModel
    }

    /// One line a family.
    private static let entries: [Entry] =
        Gigabit8254x.variants.map { variant in Entry(name: variant.name) { Gigabit8254x(variant, $0) } }
        + Gigabit8254x.pcieVariants.map { variant in Entry(name: variant.name) { Gigabit8254x(variant, $0) } }
        + [Entry(name: "abc") { AbcNIC($0) }]
        + [Entry(name: "virtio-net") { VirtioNIC($0) }]

    /// As in `nic add sim:82540em`.
    public static var names: [String] { entries.map(\.name) }

    /// A NIC fresh out of its box: power on, cable unplugged.
    ///
    /// - Throws: `noSuchModel` with the names there are.
    public static func make(_ name: String, _ options: ModelOptions) throws(NICFailure) -> any NICModel {
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw .noSuchModel("no NIC model is called \(name); there are \(names.joined(separator: ", "))")
        }
        return entry.make(options)
    }
}

extension Gigabit8254x {
    /// The members of the family, by name.
    public static var names: [String] { variants.map(\.name) }

    /// As ``NICModelCatalog/make(_:_:)``, for those who need this family's own functions.
    public static func make(_ name: String, _ options: ModelOptions) throws(NICFailure) -> Gigabit8254x {
        guard let model = try NICModelCatalog.make(name, options) as? Gigabit8254x else {
            throw .noSuchModel("\(name) is no member of the 8254x family; there are \(names.joined(separator: ", "))")
        }
        return model
    }

    static let variants = [
        ModelVariant(
            name: "82540em", title: "82540EM Gigabit Ethernet Controller", device: 0x100e, revision: 3, subsystem: 0x001e,
            phy: 0x0141_0c20),
        ModelVariant(
            name: "82545em", title: "82545EM Gigabit Ethernet Controller", device: 0x100f, revision: 3, subsystem: 0x1001,
            phy: 0x0141_0c20),
        ModelVariant(
            name: "82544gc", title: "82544GC Gigabit Ethernet Controller", device: 0x100c, revision: 3, subsystem: 0x1112,
            phy: 0x0141_0c30, reportsSent: true),
    ]

    /// Those that came with PCIe: the same units, and what ``PCIeUnit`` adds.
    static let pcieVariants = [
        ModelVariant(
            name: "82574l", title: "82574L Gigabit Ethernet Controller", device: 0x10d3, revision: 0, subsystem: 0xa01f,
            phy: 0x0141_0cb1, isPCIe: true)
    ]
}

/// How the members of the family differ.
struct ModelVariant: Sendable {
    var name: String
    var title: String
    var device: UInt16
    var revision: UInt8
    var subsystem: UInt16
    /// PHY identifier, registers 2 and 3.
    var phy: UInt32
    /// Transmit descriptors have RPS. 8254x §3.3.3.1
    var reportsSent = false
    /// The 82574: two queues a direction, extended descriptors, MSI-X.
    var isPCIe = false
}
