internal import CLinux
internal import Host
internal import Messages

extension Supervisor {
    /// Answers ``SupervisorRequest/breakpoint(_:)``. A thread of its own traces the stack, so that everybody is answered meanwhile.
    func watch(_ received: borrowing Received, _ wanted: Breakpoint) {
        guard let pid = looked(received, "breakpoint", nil) else { return }
        func refuse(_ why: String, _ fix: String) { port.reply(to: received.sender, Failure(.invalid, what: "breakpoint", why: why, fix: fix)) }
        if let complaint = wanted.complaint { return refuse(complaint, "see: help break") }
        do throws(SystemError) {
            let ends = try UnixSocket.pair()
            try Self.start(wanted, pid, ends.first.duplicate())
            instance.log.write("a shell waits at 0x\(String(wanted.address, radix: 16)) in process \(pid)\(wanted.goesOn ? "" : ", where it is to stand")")
            _ = try? port.reply(to: received.sender, SupervisorReply.watching, descriptors: [ends.second.raw])
        } catch {
            switch error.number {
            case .busy: refuse("another session has one, or stands at one", "wait until it has ended, or let that go on: c")
            case .notSupported: refuse("they are not known on this machine's processor", "drydock trace records what passes")
            default: port.reply(to: received.sender, Failure(error, what: "breakpoint in process \(pid)", fix: "see whether the stack runs: pidin"))
            }
        }
    }

    private static func start(_ wanted: Breakpoint, _ pid: Int32, _ socket: consuming FileDescriptor) throws(SystemError) {
        var plan = clinux_debug_plan()
        (plan.pid, plan.socket, plan.address, plan.other) = (pid, socket.raw, wanted.address, wanted.other ?? 0)
        (plan.kind, plan.octets) = (wanted.kind.rawValue, wanted.kind == .run ? 1 : UInt32(wanted.octets))
        (plan.milliseconds, plan.standing) = (bounded(wanted.milliseconds), bounded(wanted.standing))
        plan.goes_on = wanted.goesOn ? 1 : 0
        plan.filters = UInt32(wanted.filters.count)
        let filters = wanted.filters + [Breakpoint.Filter](repeating: .init(argument: 0, value: 0, isNarrow: false), count: Breakpoint.mostFilters - wanted.filters.count)
        plan.argument = (filters[0].argument, filters[1].argument, filters[2].argument)
        plan.value = (filters[0].value, filters[1].value, filters[2].value)
        plan.narrow = (filters[0].isNarrow ? 1 : 0, filters[1].isNarrow ? 1 : 0, filters[2].isNarrow ? 1 : 0)
        // SAFETY: the plan is copied before the call returns.
        guard unsafe clinux_debug_start(&plan) == 0 else { throw .last("ptrace") }
        _ = socket.surrender()
    }

    private static func bounded(_ milliseconds: Int) -> UInt32 { UInt32(min(max(milliseconds, 1), Breakpoint.mostMilliseconds)) }
}
