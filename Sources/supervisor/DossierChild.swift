internal import Cores
internal import Host
internal import Messages

/// A process that writes a dossier, and then does what is to be done about a death.
final class DossierChild {
    private let handle: ProcessHandle
    init(_ handle: consuming ProcessHandle) { self.handle = handle }

    /// Takes the child's report when it has ended: it limits itself to seconds.
    var hasEnded: Bool { handle.reap() != nil }
}

/// A death that nobody has explained yet.
struct Unexplained: Equatable {
    /// The crash's; nil: none could be made.
    var folder: String?
    /// The command that answers it, as the writer is told, and what that finds in its environment.
    var words: [String] = [], facts: [String] = []
}

// A crash is explained by a child of its own: it reads files that a wild process has left, and nothing waits for it. The instance's
// `on_crash` is that child's task, too: it outlives a supervisor that has nothing left to do.
extension Supervisor {
    /// Starts the writers for the deaths that are not explained yet. They wait until another stack answers, or none will.
    mutating func explain() {
        for one in unexplained { if let child = startDossier(one) { writers.append(child) } }
        unexplained = []
    }

    /// What is to be explained of the present stack's death, and answered by the command that the user gave.
    ///
    /// - Parameter decision: nil: the death is told to nobody.
    borrowing func explanation(of death: Death, _ decision: RestartPolicy.Decision?) -> [Unexplained] {
        var one = Unexplained(folder: generation.crash?.path)
        if let decision, let command = instance.plan.options["on_crash"] {
            (one.words, one.facts) = (["--then", command], facts(death, decision))
        }
        return one.folder == nil && one.words.isEmpty ? [] : [one]
    }

    /// Starts the dossier's writer for the crash's folder, where there is one, and goes on at once.
    borrowing func startDossier(_ one: Unexplained) -> DossierChild? {
        let folder = one.folder.map { [$0] } ?? []
        do throws(SystemError) {
            return DossierChild(try Spawn.start(
                Spawn.ourselves, arguments: ["drydock", "postmortem", "--write"] + one.words + folder,
                environment: environment(with: one.facts), descriptors: [-1, -1, instance.log.raw]))
        } catch {
            let what = one.words.isEmpty ? "no dossier" : "neither a dossier nor on_crash"
            instance.log.write("\(what): the process for it cannot be started: \(error); try: drydock postmortem \(folder.joined())")
            return nil
        }
    }

    /// What the command finds in its environment.
    private borrowing func facts(_ death: Death, _ decision: RestartPolicy.Decision) -> [String] {
        let told = instance.obituary(death), plan = instance.plan
        var words = [
            "DRYDOCK_INSTANCE=\(plan.instance)", "DRYDOCK_PID=\(death.pid)", "DRYDOCK_CAUSE=\(told.cause)\(told.place)",
            "DRYDOCK_NEXT=\(told.consequence(decision))",
        ]
        if !plan.prefix.isEmpty { words.append("SOCK=\(plan.prefix)") }
        if let crash = generation.crash {
            words.append("DRYDOCK_DOSSIER=\(crash.path)")
            if FileSystem.exists(crash.core) { words.append("DRYDOCK_CORE=\(crash.core)") }
        }
        return words
    }

    /// A supervisor that was itself started by such a command has words of these names, of another death.
    private func environment(with facts: [String]) -> [String] {
        let names = ["INSTANCE", "PID", "CAUSE", "NEXT", "DOSSIER", "CORE"].map { "DRYDOCK_\($0)=" } + ["SOCK="]
        return Spawn.environment(removing: SupervisorBoot.variable).filter { word in !names.contains { word.hasPrefix($0) } } + facts
    }
}
