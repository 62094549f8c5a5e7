internal import Host
internal import Messages

/// Whether this process was started as the supervisor of an instance, whatever it is called.
public var isSupervisor: Bool { SupervisorBoot.isMeant }

/// Runs the supervisor until its stack is gone.
///
/// - Returns: 0 after an orderly end, 1 when the stack died or could not be started.
public func supervisorMain(arguments: [String]) -> Int32 {
    let boot: SupervisorBoot
    do { boot = try SupervisorBoot.receive() } catch {
        Console.write("\(error)\n", to: 2)
        return 1
    }
    let starter = FileDescriptor(owning: SupervisorBoot.Descriptor.ready.rawValue)
    starter.closeOnExec()
    Spawn.keepFilesPrivate()
    Spawn.setName(boot.plan.variant.rawValue)
    do {
        var supervisor = try begin(boot)
        let death = supervisor.run(telling: starter)
        return supervisor.conclude(death)
    } catch {
        let failure = error as? Failure ?? Failure(.io, what: "start", why: "\(error)", fix: "try again")
        StartReport.failed(failure).write(to: starter)
        return 1
    }
}

/// Everything up to the watching, in the order in which it can fail without leaving anything.
private func begin(_ boot: SupervisorBoot) throws -> Supervisor {
    let signals = try SignalDescriptor([.terminate, .interrupt, .hangup, .pipe, .fileSize])
    let loop = try EventLoop()
    let port = try Port(mostClients: 32, mostListeners: 1)
    let instance = try Instance.make(boot)
    do {
        let generation = try Generation.start(instance, restoring: boot.steps)
        do throws(SystemError) { try port.listen("\(instance.folder.path)/supervisor", gate: 0) } catch {
            throw Failure(error, what: instance.folder.path, fix: "check the folder")
        }
        for note in boot.plan.notes { instance.log.write(note) }
        return Supervisor(instance: instance, port: port, generation: generation, signals: signals, loop: loop)
    } catch {
        instance.folder.remove()
        throw error
    }
}
