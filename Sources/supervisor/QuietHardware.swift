internal import Bus
internal import Cores
internal import Host
internal import Messages

// What is done about devices before anything else is done about a death.
extension Supervisor {
    /// No device that the stack process had claimed reaches memory after this, and its claims are gone. Bounded, and done once
    /// for a stack process; what became of each NIC is said in the log, and kept in the crash's folder as `nics/NIC.json`.
    ///
    /// - Parameter time: of the death, in nanoseconds since 1970.
    mutating func quietHardware(at time: UInt64) {
        guard !generation.isQuiet else { return }
        generation.isQuiet = true
        guard let directory = try? RuntimeDirectory() else { return }
        let reports = NICBus(directory).quietAll(holder: NICBus.holder(prefix: instance.plan.prefix), since: generation.started)
        for report in reports { instance.log.write(report.sentence) }
        guard !reports.isEmpty, let place = crashPlace(at: time) else { return }
        do throws(SystemError) {
            try FileSystem.makeFolder("\(place.path)/nics")
            for report in reports {
                guard let text = try? Body.encode(report) else { continue }
                try FileSystem.replace("\(place.path)/nics/\(report.nic).json", with: text)
            }
        } catch { instance.log.write("\(place.path)/nics cannot be written: \(error)") }
    }
}
