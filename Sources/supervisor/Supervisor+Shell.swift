internal import Cores
internal import Host
internal import Messages

// What a shell needs of the parent of the processes that it looks into: the right to.
extension Supervisor {
    /// The process that is to be looked into; nil: it has been refused.
    func looked(_ received: borrowing Received, _ what: String, _ process: Int32?) -> Int32? {
        guard received.peer.uid == CurrentProcess.uid || received.peer.uid == 0 else {
            port.reply(to: received.sender, Failure(.notPermitted, what: what, why: "it is another user's stack", fix: "ask as that user, or as root"))
            return nil
        }
        guard let process, process != generation.stack.pid else { return generation.stack.pid }
        guard HostCrash.parent(of: process) == generation.stack.pid else {
            port.reply(to: received.sender, Failure(.invalid, what: what, why: "\(process) is no process of this stack", fix: "see: pidin"))
            return nil
        }
        return process
    }

    /// Answers ``SupervisorRequest/memory(writing:process:)``. The kernel asks for the right when the file is opened, and we have it.
    mutating func giveMemory(_ received: borrowing Received, writing: Bool, of process: Int32?) {
        guard let pid = looked(received, "memory", process) else { return }
        do throws(SystemError) {
            let memory = try FileDescriptor.memory(of: pid, writing: writing)
            shells &+= 1
            _ = try? port.reply(to: received.sender, SupervisorReply.memory(pid: pid, session: shells), descriptors: [memory.raw])
        } catch { port.reply(to: received.sender, Failure(error, what: "memory of process \(pid)", fix: "see whether the stack runs: pidin")) }
    }

    /// Answers ``SupervisorRequest/call(_:)``.
    func call(_ received: borrowing Received, _ wanted: FunctionCall) {
        guard let pid = looked(received, "call", wanted.process) else { return }
        do throws(SystemError) {
            let outcome = try StoppedProcess(pid).call(wanted)
            instance.log.write("a shell called 0x\(String(wanted.function, radix: 16)) in process \(pid): \(outcome)")
            _ = try? port.reply(to: received.sender, SupervisorReply.called(outcome))
        } catch { port.reply(to: received.sender, Failure(error, what: "call in process \(pid)", fix: "see whether the stack runs: pidin")) }
    }

    /// Answers ``SupervisorRequest/testimony``.
    func giveTestimony(_ received: borrowing Received) {
        let what = "what a copy of the stack says"
        guard let pid = looked(received, what, nil) else { return }
        do {
            let words = try Witness.hear(try StoppedProcess(pid), in: instance.folder.path), file = try FileDescriptor.nameless()
            try file.write(words)
            _ = try? port.reply(to: received.sender, SupervisorReply.testified, descriptors: [file.raw])
        } catch { port.reply(to: received.sender, Failure(.timedOut, what: what, why: "\(error)", fix: "see its threads: drydock shell, tt")) }
    }
}
