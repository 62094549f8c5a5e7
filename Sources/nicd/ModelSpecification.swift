internal import Cables
internal import Host
internal import Messages
internal import NICModels
internal import QEMUBus
internal import VFIOBus
internal import Wire

/// A NIC as a user writes it: `sim:82540em,mac=02:00:00:00:00:01`, `qemu:e1000e,judge=off,trace=on`, `vfio:0000:00:02.0`.
struct ModelSpecification: Equatable {
    enum Bus: Equatable { case sim, qemu, vfio }
    var bus: Bus
    var model: String
    var mac: MACAddress
    /// Of `qemu:` alone: DMA is checked against the mappings by QEMU's VT-d unit; its trace events go to the log.
    var isJudged = true, isTraced = false
    /// Of `sim:` alone: hardware that goes on writing after its reset, for tests of what finds it.
    var writesAfterReset = false

    /// - Parameter name: of the NIC; without `mac=`, its address is made from it, the same every time.
    init(_ text: String, name: String) throws(Failure) {
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let parts = words[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let fix = "write sim:\(NICModelCatalog.names.joined(separator: "|")) or qemu:\(QEMUModel.all.map(\.device).joined(separator: "|")), and mac=… if you like; or vfio:ADDRESS for a real card"
        guard parts.count == 2, !parts[1].isEmpty else {
            throw Failure(.invalid, what: "NIC model \(text.prefix(80))", why: "it is not BUS:MODEL", fix: fix)
        }
        switch parts[0] {
        case "sim": bus = .sim
        case "qemu": bus = .qemu
        case "vfio": bus = .vfio
        default: throw Failure(.invalid, what: "NIC model \(text.prefix(80))", why: "there is no bus “\(parts[0])”", fix: fix)
        }
        model = parts[1]
        mac = Self.address(for: name)
        for word in words.dropFirst() {
            guard bus != .vfio else {
                throw Failure(.invalid, what: "NIC model \(text.prefix(80))", why: "a real card takes no options", fix: "write vfio:ADDRESS alone; mac= is an option of its driver")
            }
            guard take(option: word) else {
                throw Failure(.invalid, what: "NIC model \(text.prefix(80))", why: "“\(word)” makes no sense", fix: bus == .qemu
                    ? "write mac=02:00:00:00:00:01, judge=vtd|off or trace=on|off" : "write mac=02:00:00:00:00:01")
            }
        }
        try checkModel(fix)
    }

    private mutating func take(option word: String) -> Bool {
        switch (word, bus) {
        case ("judge=vtd", .qemu): isJudged = true
        case ("judge=off", .qemu): isJudged = false
        case ("trace=on", .qemu): isTraced = true
        case ("trace=off", .qemu): isTraced = false
        case ("fault=writes-after-reset", .sim): writesAfterReset = true
        default:
            guard word.hasPrefix("mac="), let given = MACAddress(word.dropFirst(4)), given.isStation else { return false }
            mac = given
        }
        return true
    }

    private func checkModel(_ fix: String) throws(Failure) {
        guard bus != .vfio else { return }
        let known = bus == .sim ? NICModelCatalog.names.contains(model) : QEMUModel.all.contains { $0.device == model }
        guard !writesAfterReset || model.hasPrefix("825") else {
            throw Failure(.notSupported, what: "NIC model \(bus):\(model)", why: "it has no such fault", fix: "use sim:82540em")
        }
        guard known else {
            throw Failure(.noDevice, what: "NIC model \(bus):\(model.prefix(40))", why: "there is no such model", fix: fix)
        }
    }

    /// Locally administered (02), then 40 bits of the name (FNV-1a): alike only for the same name, as good as certainly.
    static func address(for name: String) -> MACAddress {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for octet in name.utf8 { hash = (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01b3 }
        return MACAddress(value: 0x0200_0000_0000 | (hash ^ hash >> 24) & 0xff_ffff_ffff)
    }

    /// A NIC fresh out of its box.
    func make() throws(Failure) -> any NICBackend {
        if bus == .vfio { return try card() }
        do throws(NICFailure) {
            switch bus {
            case .vfio: throw .noSuchModel("a card is no model")
            case .sim:
                var options = ModelOptions(mac: mac)
                options.writesAfterReset = writesAfterReset
                return try NICModelCatalog.make(model, options)
            case .qemu:
                var settings = QEMUSettings()
                (settings.isJudged, settings.isTraced) = (isJudged, isTraced)
                return try QEMUNIC(device: model, address: mac.octets, settings: settings)
            }
        } catch { throw Failure(error, what: "NIC model \(bus):\(model)") }
    }

    private func card() throws(Failure) -> VFIONIC {
        do throws(CardRefusal) {
            guard let address = PCIAddress(model) else { throw .noAddress(model) }
            return try VFIONIC(address)
        } catch { throw Failure(error.isAbsence ? .noDevice : .notPermitted, what: "NIC vfio:\(model.prefix(40))", why: error.why, fix: error.fix) }
    }

    /// What config space says, for backends that have none before they are claimed.
    var identifier: (vendor: UInt16, device: UInt16, subsystemVendor: UInt16, subsystemDevice: UInt16, revision: UInt8) {
        guard bus == .qemu, let known = QEMUModel.all.first(where: { $0.device == model })?.identity else { return (0xffff, 0xffff, 0xffff, 0xffff, 0xff) }
        return (known.vendor, known.device, known.subsystemVendor, known.subsystemDevice, known.revision)
    }
}

extension Failure {
    init(_ failure: NICFailure, what: String) {
        switch failure {
        case .noSuchModel(let why): self.init(.noDevice, what: what, why: why, fix: "see the models with: nic add --help")
        case .alreadyClaimed: self.init(.busy, what: what, why: "a stack has it already", fix: "unmount its driver there first")
        case .notClaimed: self.init(.invalid, what: what, why: "no stack has claimed it", fix: "claim it first")
        case .badMapping(let why): self.init(.invalid, what: what, why: why, fix: "map only what lies in packet memory")
        case .notSupported(let why): self.init(.notSupported, what: what, why: why, fix: "see docs/CAVEATS.md")
        case .cannotStart(let why): self.init(.io, what: what, why: why, fix: "see docs/CAVEATS.md")
        }
    }

    init(_ failure: CableFailure) { self.init(.invalid, what: failure.what, why: failure.why, fix: failure.fix) }
}
