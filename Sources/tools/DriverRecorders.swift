internal import Host
internal import Messages
internal import Recorder

/// The flight recorders of a living stack's isolated drivers, as its supervisor hands them out: also while the stack hangs.
enum DriverRecorders {
    /// - Returns: none where it does not answer: what the stack itself recorded is shown nevertheless.
    static func ask(_ folder: String, patience: Duration) -> [(birth: HostBirth, view: ReadOnlyView)] {
        guard let connection = try? Connection(path: "\(folder)/supervisor", timeout: patience),
            var answer = try? connection.send(SupervisorRequest.driverRecorders, expecting: SupervisorReply.self, timeout: patience),
            case .driverRecorders(let births) = answer.reply
        else { return [] }
        var all: [(HostBirth, ReadOnlyView)] = []
        for (index, birth) in births.prefix(ReceivedDescriptors.most).enumerated() {
            guard let memory = answer.descriptors.take(index), let octets = try? SharedMemory.size(of: memory.raw),
                octets <= RecorderLayout.length(ring: RecorderLayout.standardRing),
                let view = try? ReadOnlyView(received: memory, length: octets)
            else { continue }
            all.append((birth, view))
        }
        return all
    }
}
