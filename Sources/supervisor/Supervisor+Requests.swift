internal import Host
internal import Messages

// What a supervisor answers, also while its stack hangs or is down.
extension Supervisor {
    mutating func serve() {
        // Bounded: the stack's end must be noticed whatever clients do.
        for _ in 0..<16 {
            guard let event = port.next() else { return }
            guard case .request(var received) = consume event else { continue }
            answer(&received)
        }
    }

    private mutating func answer(_ received: inout Received) {
        let request: SupervisorRequest
        do { request = try received.decode() } catch {
            port.reply(to: received.sender, Failure(.invalid, what: "request", why: "the supervisor does not know it"))
            return
        }
        switch request {
        case .report: _ = try? port.reply(to: received.sender, SupervisorReply.report(report))
        case .stop(let seconds):
            stoppers.append(received.sender)
            let bounded = seconds.isFinite ? min(max(seconds, 0), 15) : 15
            stop(after: .milliseconds(Int(bounded * 1000)))
        case .recorder: giveRecorder(received.sender)
        case .driverRecorders: giveDriverRecorders(received.sender)
        case .memory(let writing, let process): giveMemory(received, writing: writing, of: process)
        case .call(let wanted): call(received, wanted)
        case .breakpoint(let wanted): watch(received, wanted)
        case .testimony: giveTestimony(received)
        case .dump(let most, let packets, let process, let isGlance):
            guard let file = received.descriptors.take(0) else {
                port.reply(to: received.sender, Failure(.invalid, what: "core", why: "no file came with the request", fix: "dumper -p PID"))
                return
            }
            dump(received, file, most: most, packets: packets, of: process, isGlance: isGlance)
        case .signal(let number):
            do {
                guard (1...64).contains(number) else { throw SystemError("kill", .invalid) }
                try generation.stack.signal(Signal(rawValue: number))
                _ = try? port.reply(to: received.sender, SupervisorReply.done)
            } catch { port.reply(to: received.sender, Failure(.invalid, what: "signal \(number)", why: "\(error)")) }
        }
    }

    private borrowing func giveRecorder(_ sender: Sender) {
        do throws(SystemError) {
            let readOnly = try generation.recorder.readOnlyDescriptor()
            _ = try? port.reply(
                to: sender, SupervisorReply.recorder(octets: generation.recorder.length), descriptors: [readOnly.raw])
        } catch { port.reply(to: sender, Failure(error, what: "the flight recorder", fix: "try again")) }
    }

    private borrowing func giveDriverRecorders(_ sender: Sender) {
        do throws(SystemError) {
            try hostRecorders.giving { raw in
                _ = try? port.reply(to: sender, SupervisorReply.driverRecorders(hostRecorders.births), descriptors: raw)
            }
        } catch { port.reply(to: sender, Failure(error, what: "the drivers' flight recorders", fix: "try again")) }
    }

    private var report: SupervisorReport {
        let (resident, threads) = ProcessFigures.of(generation.stack.pid)
        return SupervisorReport(
            plan: instance.plan, supervisor: CurrentProcess.pid, stack: generation.stack.pid, state: state, uptime: instance.uptime,
            packetMemory: generation.memory.length, residentMemory: resident, threads: threads, generation: generation.number)
    }
}
