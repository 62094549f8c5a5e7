internal import Host
internal import Messages

/// What a tool has around it: its environment, where its text goes, and the stacks that live.
struct World {
    var environment: [String: String]
    /// Receives text as it is; no newline is added.
    var output: (String) -> Void
    var complaint: (String) -> Void
    /// How long a stack may take for an answer before it counts as hung.
    var patience: Duration = .seconds(5)
    /// Nothing is printed but the result: `ping --json`.
    var isQuiet = false

    /// Prints, and succeeds.
    func print(_ text: String) -> Int32 {
        output(text)
        return Exit.success
    }

    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// The runtime directory: as `RuntimeDirectory.init()` chooses it, but from our environment.
    func runtime() throws(ToolFailure) -> RuntimeDirectory {
        do {
            return try RuntimeDirectory(path: runtimePath)
        } catch {
            throw ToolFailure(Failure(error, starting: "io-pkt-v6-hc"))
        }
    }

    private var runtimePath: String {
        if let given = variable("DRYDOCK_RUNTIME_DIR") { return given }
        if let session = variable("XDG_RUNTIME_DIR") { return session + "/drydock" }
        return RuntimeDirectory.chosenPath
    }

    /// `SOCK` as the name of a folder; the default stack without it.
    func selected() throws(ToolFailure) -> FolderName {
        guard let prefix = variable("SOCK") else { return .standard }
        guard let name = FolderName(prefix: prefix) else {
            throw ToolFailure("SOCK=\(prefix)", "that is not a prefix", "it begins with a slash, as in: SOCK=/sock2")
        }
        return name
    }

    /// The stack that `SOCK` selects.
    func stack(_ what: String = "") throws(ToolFailure) -> StackClient {
        try StackClient(try runtime(), try selected(), patience: patience)
    }

    /// Watches for the user's interrupt, and blocks its usual effect.
    func interrupts() throws(ToolFailure) -> Interrupts {
        do { return Interrupts(try SignalDescriptor([.interrupt, .terminate])) } catch {
            throw ToolFailure("signals", error.description, "")
        }
    }
}

/// The user's Ctrl-C as something to wait for.
final class Interrupts {
    private let signals: SignalDescriptor
    private var taken = 0
    init(_ signals: consuming SignalDescriptor) { self.signals = signals }
    var raw: Int32 { signals.raw }

    /// Takes one interrupt. - Returns: whether it is the first.
    func take() -> Bool {
        guard signals.take() != nil else { return true }
        taken += 1
        return taken == 1
    }

    /// - Returns: true when interrupted before the deadline.
    func wait(_ deadline: Deadline) -> Bool { Poll.readable(signals.raw, deadline) }
}

extension ToolFailure {
    init(_ failure: Failure, exit: Int32 = Exit.failure) {
        self.init(failure.what, failure.why, failure.fix, exit: exit, code: failure.code)
    }
}
