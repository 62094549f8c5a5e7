internal import Cores
internal import Host
internal import Messages

/// A process that writes a dossier.
final class DossierChild {
    private let handle: ProcessHandle
    init(_ handle: consuming ProcessHandle) { self.handle = handle }

    /// Takes the child's report when it has ended: it limits itself to seconds.
    var hasEnded: Bool { handle.reap() != nil }
}

// A crash is explained by a child of its own: it reads files that a wild process has left, and nothing waits for it.
extension Supervisor {
    /// Starts the writers of the deaths that are not explained yet. They wait until another stack answers, or none will.
    mutating func explain() {
        for folder in unexplained { if let child = startDossier(in: folder) { writers.append(child) } }
        unexplained = []
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
