internal import Cores
internal import Host
internal import Messages
internal import Rings

/// A process that writes a dossier.
final class DossierChild {
    private let handle: ProcessHandle
    init(_ handle: consuming ProcessHandle) { self.handle = handle }

    /// Takes the child's report when it has ended: it limits itself to seconds.
    var hasEnded: Bool { handle.reap() != nil }
}

// A crash is explained by a child of its own: it reads files that a wild process has left, and nothing waits for it.
extension Supervisor {
    /// What the writer finds beside the core: who owned which slot of packet memory, which is not in it.
    borrowing func packetCensus() -> [UInt8]? {
        // SAFETY: the memory is mapped for as long as the generation lives.
        guard let census = unsafe PacketCensus(UnsafeRawBufferPointer(start: generation.memory.base, count: generation.memory.length)) else { return nil }
        return try? Body.encode(census)
    }

    /// Has the death explained. - Returns: where to read that, as the end of a sentence.
    mutating func explain() -> String {
        guard let crash = generation.crash else { return "" }
        if let child = startDossier(in: crash.path) { writers.append(child) }
        return "; why: drydock postmortem \(crash.path)"
    }

    /// Starts the dossier's writer for a crash's folder, and goes on at once.
    borrowing func startDossier(in folder: String) -> DossierChild? {
        do throws(SystemError) {
            return DossierChild(try Spawn.start(
                Spawn.ourselves, arguments: ["drydock", "postmortem", "--write", folder],
                environment: Spawn.environment(removing: SupervisorBoot.variable), descriptors: [-1, -1, instance.log.raw]))
        } catch {
            instance.log.write("no dossier of \(folder): its writer cannot be started: \(error); try: drydock postmortem \(folder)")
            return nil
        }
    }
}
