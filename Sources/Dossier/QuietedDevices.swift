internal import Host

/// What was read of each device after the death, before it was quieted, and what came of that: `nics/NIC.json`.
struct QuietedDevices {
    /// The parts of such a file that are told. All but the registers may be missing: a NIC's process of another build wrote it.
    struct Report: Decodable {
        struct Field: Decodable { var name: String, value: UInt32 }
        struct Register: Decodable { var name: String, offset: UInt32, value: UInt32, fields: [Field]? }

        var nic: String
        var registers: [Register]
        /// Why some are missing, and why the NIC's process could not be asked.
        var notRead: String?, failure: String?
        var steps: [String]?
        /// Whether the device is known to reach no memory, and how many pages changed after it was stopped.
        var held: Bool?, pagesWritten: Int?
    }

    private(set) var reports: [Report] = []

    static let most = 32

    init(_ folder: CrashFolder) {
        for name in FileSystem.names(in: folder.file(CrashFolder.nics)).filter({ $0.hasSuffix(".json") }).prefix(Self.most) {
            if let report = try? folder.value(Report.self, "\(CrashFolder.nics)/\(name)") { reports.append(report) }
        }
    }

    /// - Parameter interfaces: by the name of their NIC, where they are known.
    func registers(_ interfaces: [String: String]) -> [Dossier.DeviceRegisters] {
        reports.filter { !$0.registers.isEmpty }.map { report in
            let list = report.registers.map { register in
                Dossier.DeviceRegisters.Register(
                    name: CrashFolder.printable(register.name), offset: register.offset, value: UInt64(register.value),
                    fields: (register.fields ?? []).filter { $0.value != 0 }.map { .init(name: CrashFolder.printable($0.name), value: UInt64($0.value)) })
            }
            let missing = report.notRead.map { $0.isEmpty ? "" : "; \($0)" } ?? ""
            return Dossier.DeviceRegisters(
                interface: interfaces[report.nic] ?? "-", nic: CrashFolder.printable(report.nic),
                source: CrashFolder.printable("as the device had them after the death, before it was reset" + missing),
                quiet: (report.steps ?? []).map(CrashFolder.printable) + [report.verdict], registers: list)
        }
    }

    /// Devices that were not to be stopped, or wrote on.
    var unquiet: [String] { reports.filter { $0.held == false || $0.pagesWritten ?? 0 > 0 }.map { "NIC \($0.nic): \($0.verdict)" }.map(CrashFolder.printable) }
}

extension QuietedDevices.Report {
    /// What is known of the device now.
    var verdict: String {
        if let failure { return CrashFolder.printable("it could not be quieted: \(failure)") }
        let pages = pagesWritten ?? 0
        return (held == true ? "it reaches no memory any more" : "it may still reach memory") + (pages > 0 ? "; \(pages) pages of packet memory changed after it was stopped" : "")
    }
}
