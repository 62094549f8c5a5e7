import Glibc
import Host
import Messages
@testable import supervisor

/// A runtime directory of its own, and a program that is the supervisor for real and plays a stack as it is told.
final class StackStarter {
    let directory: RuntimeDirectory
    private let path: String
    private let program: String
    /// Supervisors that were started: children of this process, which must reap them, or every test that waits for a
    /// process of its own finds them for ever.
    private var started: [pid_t] = []

    /// - Parameter stack: shell lines that the stack process runs; it dies with its supervisor; 5 is the pipe for its first word.
    init(stack: String) throws {
        path = "/tmp/drydock-test-\(CurrentProcess.pid)-\(MonotonicClock.now())"
        try FileSystem.makeFolder(path)
        directory = try RuntimeDirectory(path: path + "/run")
        program = path + "/program"
        let script = """
            #!/bin/sh
            export DRYDOCK_CRASHES=\(path)/crashes
            if [ "$1" != \(NetdBoot.argument) ]; then exec \(Self.drydock) "$@"; fi
            if [ -z "$BOUND" ]; then BOUND=1 exec setpriv --pdeathsig KILL "$0" "$@"; fi
            ready() { printf '{"ready":{"pid":%d}}\\n' $$ >&5; }
            live() { while :; do sleep 0.02; done; }
            \(stack)
            """
        try FileSystem.replace(program, with: Array(script.utf8))
        unsafe chmod(program, 0o700)
    }

    deinit {
        for live in directory.live(.stack) { kill(live.pid, SIGKILL) }
        let limit = Deadline(in: .seconds(5))
        while !directory.live(.stack).isEmpty, !limit.hasPassed { usleep(5000) }
        while !started.isEmpty, !limit.hasPassed {
            started.removeAll { pid in
                kill(pid, SIGKILL)
                return waitpid(pid, nil, WNOHANG) != 0
            }
            usleep(2000)
        }
        FileSystem.clear(path)
        FileSystem.removeFolder(path)
    }

    /// The program that was built beside these tests.
    static var drydock: String {
        let parts = CurrentProcess.path.split(separator: "/").dropLast()
        let beside = "/" + parts.joined(separator: "/") + "/drydock"
        if FileSystem.exists(beside) { return beside }
        // The test library may run in a helper of the toolchain; the bundle is among the arguments then.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return "/" + bundle.split(separator: "/").dropLast().joined(separator: "/") + "/drydock"
    }

    static func plan(_ instance: Int, _ prefix: String, options: [String: String] = [:]) -> StackPlan {
        var plan = StackPlan(.v6Full, words: ["io-pkt-v6-hc", "-i\(instance)", "-ptcpip", "prefix=\(prefix)"])
        (plan.instance, plan.prefix, plan.options) = (instance, prefix, options)
        return plan
    }

    func start(_ instance: Int, _ prefix: String, options: [String: String] = ["restart": "never"]) -> Failure? {
        let failure = StartCommand.start(Self.plan(instance, prefix, options: options), directory: directory, program: program)
        if failure == nil, let name = FolderName(prefix: prefix), let pid = FolderLock.holder(directory.folder(.stack, name)) {
            started.append(pid)
        }
        return failure
    }

    func folder(_ name: String) -> String { path + "/run/stack/" + name }
    func live(_ name: String) -> RuntimeDirectory.Live? { FolderName(name).flatMap { directory.live(.stack, $0) } }

    func connect(_ name: String) throws -> Connection { try Connection(path: folder(name) + "/supervisor", timeout: .seconds(2)) }

    func report(_ name: String) throws -> SupervisorReport {
        let answer = try connect(name).send(SupervisorRequest.report, expecting: SupervisorReply.self, timeout: .seconds(2))
        guard case .report(let report) = answer.reply else { throw MessageFailure.malformed }
        return report
    }

    /// Waits until `done`, at most so many seconds.
    func wait(_ seconds: Int = 5, _ done: () -> Bool) -> Bool {
        let limit = Deadline(in: .seconds(seconds))
        while !done(), !limit.hasPassed { usleep(5000) }
        return done()
    }
}
