internal import Bus
internal import Host
internal import Messages
internal import netd

/// The device under the driver: a NIC process made for the check, or nothing but the host.
final class CheckedDevice {
    static let name = "dut"
    let wire: any Wire
    let makeBus: () throws -> any DeviceBus
    private let nics: NICBus?

    init(_ order: CheckOrder, memory: Int32) throws {
        let directory = try RuntimeDirectory()
        let nics = NICBus(directory)
        try NICStarter.start(NICBoot(name: Self.name, model: order.bus))
        self.nics = nics
        makeBus = { try DriverRig.claim(Self.name, on: nics, for: "the checker", memory: memory) }
        wire = try Self.wire(order.wire, directory, nics)
    }

    private static func wire(_ text: String?, _ directory: RuntimeDirectory, _ nics: NICBus) throws -> any Wire {
        guard let text else {
            return try CableWire(to: name, directory: directory) { (up) throws(Failure) in
                guard case .done = try nics.ask(name, .link(up: up)) else { return }
            }
        }
        guard text.hasPrefix("packet:") else {
            throw Failure(.invalid, what: "wire \(text)", why: "it is not packet:INTERFACE", fix: "as in: --wire packet:eth1")
        }
        return try PacketWire(interface: String(text.dropFirst(7)))
    }

    /// What the device says that the driver did wrong.
    var violations: [NICViolation] {
        guard let nics, case .status(let status)? = try? nics.ask(Self.name, .status) else { return [] }
        return status.violations
    }

    func close() { if let nics { _ = try? nics.ask(Self.name, .remove) } }
}
