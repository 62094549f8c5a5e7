import CLinux

/// What a driver host may still do.
enum Sandbox {
    enum Stage { case loading, running }

    /// Enters a stage, for good.
    ///
    /// - Returns: how the process is confined now, for people; nil: it is not, which its owner must not accept.
    static func enter(_ stage: Stage) -> String? {
        let done = clinux_sandbox_enter(stage == .loading ? CLINUX_SANDBOX_LOADING : CLINUX_SANDBOX_RUNNING)
        guard done & UInt32(CLINUX_SANDBOX_SECCOMP) != 0 else { return nil }
        let parts: [(Int, String)] = [
            (CLINUX_SANDBOX_SECCOMP, "seccomp"), (CLINUX_SANDBOX_LANDLOCK, "landlock"),
            (CLINUX_SANDBOX_USER, "user"), (CLINUX_SANDBOX_NETWORK, "network"), (CLINUX_SANDBOX_IPC, "ipc"),
            (CLINUX_SANDBOX_MOUNT, "mounts"),
        ]
        return parts.filter { Int(done) & $0.0 != 0 }.map(\.1).joined(separator: ", ")
    }
}

/// What the driver tried and was refused: told at most ten times a call.
struct SandboxRefusals {
    private var told: [Int32: Int] = [:]
    private var seen: UInt32 = 0

    mutating func news() -> [String] {
        let all = clinux_sandbox_refused_in_all()
        guard all != seen else { return [] }
        seen = all
        var lines: [String] = []
        for call in Int32(0)..<512 {
            let count = clinux_sandbox_refused(call)
            guard count > 0, told[call, default: 0] < 10 else { continue }
            told[call, default: 0] += 1
            let name = unsafe clinux_call_name(call).map { unsafe String(cString: $0) } ?? "system call \(call)"
            lines.append("the driver was refused \(name)\(count == 1 ? "" : ", \(count) times")")
        }
        return lines
    }
}
