internal import CLinux
internal import Glibc
internal import Host

/// A program on its way, and those that it started.
struct Run: ~Copyable {
    let program: ProcessHandle
    var server: Server
    let ownsProcess: Bool
    /// Ours to look after, with the process.
    private let signals: SignalDescriptor?
    private let signalNumber: Int32
    /// As waitpid has it, once the first program has ended.
    private var status: Int32?
    private var isReleased = false
    private var isAbandoned = false

    private enum Token { static let listener: UInt64 = 0, program: UInt64 = 1, signals: UInt64 = 2 }

    /// Those that the kernel gives the program too, when they come from a terminal; and those for us.
    private static let signals: [Signal] = [.hangup, .interrupt, .quit, .terminate, .user1, .user2, .windowChange, .child, .resume, Signal(rawValue: SIGTSTP)]

    init(program: consuming ProcessHandle, server: consuming Server, ownsProcess: Bool) throws(SystemError) {
        if ownsProcess {
            let taken = try SignalDescriptor(Self.signals)
            signalNumber = taken.raw
            signals = consume taken
        } else {
            signalNumber = -1
            signals = nil
        }
        self.program = program
        self.server = server
        self.ownsProcess = ownsProcess
    }

    /// - Returns: the first program's exit status.
    mutating func serve(_ loop: borrowing EventLoop) throws(SystemError) -> Int32 {
        let raw = signalNumber
        if ownsProcess { clinux_let_go_of_streams(0) }
        try loop.add(server.listener.descriptor.raw, token: Token.listener)
        try loop.add(program.raw, token: Token.program)
        if raw >= 0 { try loop.add(raw, token: Token.signals) }
        reap()
        var ready = ReadyEvents()
        while !(isReleased && status != nil) && !isAbandoned {
            try loop.wait(&ready, nanoseconds: server.needsClock ? Server.interval : nil)
            for index in 0..<ready.count { take(ready[index], raw, loop) }
            if server.needsClock { server.check(loop) }
        }
        return Self.exit(status ?? 0)
    }

    private mutating func take(_ event: Ready, _ signals: Int32, _ loop: borrowing EventLoop) {
        switch event.token {
        case Token.listener:
            if event.isReadable { server.serve(loop) }
            if event.isHungUp {
                isReleased = true
                try? loop.remove(server.listener.descriptor.raw)
            }
        case Token.program:
            reap()
            if status != nil { try? loop.remove(program.raw) }
        case Token.signals: heed(signals)
        default: server.wake(event.token, loop)
        }
    }

    /// Passes on what was sent to us; a terminal's signals have reached the program already.
    private mutating func heed(_ descriptor: Int32) {
        var fromKernel: Int32 = 0
        while true {
            let number = unsafe clinux_signal_take_origin(descriptor, &fromKernel)
            guard number != 0 else { return }
            switch Signal(rawValue: number) {
            case .child: reap()
            case .resume: try? program.signal(.resume)
            case let signal where status != nil:
                // Nobody is left to pass it on to but those in the background: whoever waits for us wants us to end.
                if [.interrupt, .quit, .terminate, .hangup].contains(signal) { isAbandoned = true }
            case let signal where fromKernel == 0: try? program.signal(signal)
            default: break
            }
        }
    }

    /// Takes the reports of children. The program's own is kept, and its stops are copied, so that a shell sees them.
    private mutating func reap() {
        var report: Int32 = 0
        while true {
            let pid = unsafe clinux_child_changed(ownsProcess ? -1 : program.pid, &report)
            guard pid > 0 else { return }
            guard pid == program.pid else { continue }
            if clinux_has_ended(report) != 0 {
                status = report
                if ownsProcess { clinux_let_go_of_streams(1) }
                if !ownsProcess { return }
            } else if ownsProcess, clinux_stopping_signal(report) != 0 {
                kill(getpid(), SIGSTOP)
            }
        }
    }

    private static func exit(_ status: Int32) -> Int32 {
        let signal = clinux_ending_signal(status)
        return signal > 0 ? Runner.signalBase + signal : max(0, clinux_exit_code(status))
    }
}
