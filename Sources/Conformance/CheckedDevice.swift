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
    /// Nil: a NIC.
    let host: HostPlace?
    /// Who sees what a card does wrong; nil: the NIC's process does.
    private let judge: IOMMULog?

    init(_ order: CheckOrder, memory: Int32) throws {
        if order.isHostLink {
            let host = try HostPlace(order.bus, wire: order.wire, carrier: order.carrier)
            (self.host, wire, nics, judge, makeBus) = (host, host.wire, nil, nil, { HostBus() })
            return
        }
        host = nil
        let directory = try RuntimeDirectory()
        let nics = NICBus(directory)
        judge = order.bus.hasPrefix("vfio:") ? IOMMULog(card: order.bus.dropFirst(5)) : nil
        try NICStarter.start(NICBoot(name: Self.name, model: order.bus))
        do { wire = try Self.wire(order, directory, nics) } catch {
            // The NIC's process is nobody's child: it would outlive this one.
            _ = try? nics.ask(Self.name, .remove)
            throw error
        }
        self.nics = nics
        makeBus = { try DriverRig.claim(Self.name, on: nics, for: "the checker", memory: memory) }
    }

    private static func wire(_ order: CheckOrder, _ directory: RuntimeDirectory, _ nics: NICBus) throws -> any Wire {
        guard let text = order.wire else {
            guard !order.bus.hasPrefix("vfio:") else {
                throw Failure(.invalid, what: order.bus, why: "what is at the other end of its wire is not known", fix: "name an interface there, as in: --wire packet:eth1")
            }
            return try CableWire(to: name, directory: directory) { (up) throws(Failure) in
                guard case .done = try nics.ask(name, .link(up: up)) else { return }
            }
        }
        guard text.hasPrefix("packet:") else {
            throw Failure(.invalid, what: "wire \(text)", why: "it is not packet:INTERFACE", fix: "as in: --wire packet:eth1")
        }
        return try PacketWire(interface: String(text.dropFirst(7)), carrier: order.carrier.flatMap(CarrierCommand.init))
    }

    /// What is seen of the driver's mistakes does not tell that there were none: why not; nil: it does.
    var unjudged: String? { judge?.unjudged }

    /// What the device says that the driver did wrong.
    var violations: [NICViolation] {
        if let judge { return judge.violations }
        guard let nics, case .status(let status)? = try? nics.ask(Self.name, .status) else { return [] }
        return status.violations
    }

    /// What the NIC's process says that its cable did not carry, as the end of a sentence; empty: nothing, or there is no such process.
    var lostOnWire: String {
        guard let nics, case .status(let status)? = try? nics.ask(Self.name, .status) else { return "" }
        let lost = status.counters.filter { ["cable.congested", "cable.failed", "cable.badLength"].contains($0.name) && $0.value > 0 }
        return lost.map { ", \($0.name) \($0.value)" }.joined()
    }

    func close() { if let nics { _ = try? nics.ask(Self.name, .remove) } }
}
