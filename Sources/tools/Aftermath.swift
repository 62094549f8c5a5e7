internal import Host

/// What follows a death once its evidence is kept: the dossier, and then the user's own command, each in a bounded time.
struct Aftermath {
    /// `on_crash=`: a program's path and its words, between spaces. No shell reads them.
    var command: String
    /// Seconds that the command may take.
    static let patience = 30

    /// - Parameter crash: the crash's folder; nil: nothing was kept.
    /// - Returns: the exit status; what failed is said by `tell`.
    func run(_ crash: String?, environment: [String: String], tell: (String) -> Void) -> Int32 {
        if let crash { writeDossier(crash, tell) }
        let words = command.split(separator: " ").map(String.init)
        guard let program = words.first else { return Exit.success }
        let names = environment.map { "\($0.key)=\($0.value)" }.sorted()
        do throws(SystemError) {
            let outcome = try Subprocess.run(program, words, environment: names, time: .seconds(Self.patience))
            if let why = Self.failure(outcome) {
                tell("on_crash: \(program): \(why)")
                return Exit.failure
            }
            tell("on_crash: \(program) is done")
            return Exit.success
        } catch {
            tell("on_crash: \(program) cannot be run: \(error.number); give the path of a program: on_crash=/PATH")
            return Exit.failure
        }
    }

    /// By a process of its own: it reads what a wild one has left, and may itself come to harm.
    private func writeDossier(_ crash: String, _ tell: (String) -> Void) {
        do throws(SystemError) {
            let outcome = try Subprocess.run(Spawn.ourselves, ["drydock", "postmortem", "--write", crash], time: .seconds(15))
            if let why = Self.failure(outcome) { tell("no dossier of \(crash): \(why); try: drydock postmortem \(crash)") }
        } catch { tell("no dossier of \(crash): \(error); try: drydock postmortem \(crash)") }
    }

    /// nil: it has done what it was to do.
    private static func failure(_ outcome: Subprocess.Outcome) -> String? {
        let last = outcome.complaint.split(separator: "\n").last.map { ": \($0.prefix(200))" } ?? ""
        switch outcome.ending {
        case .exited(0): return nil
        case .exited(let code): return "exit status \(code)\(last)"
        case .killed(.kill): return "killed; it has \(patience) s\(last)"
        case .killed(let signal): return "\(signal)\(last)"
        case .unknown: return "nobody knows how it ended"
        }
    }
}
