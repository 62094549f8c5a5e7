internal import Bus
internal import Cables
internal import Host
internal import Messages

/// A NIC process: `drydock-nicd --started-by-drydock BOOT`, with the ready pipe as descriptor 3.
///
/// - Parameter arguments: with `argv[0]`.
/// - Returns: the exit status.
public func nicdMain(arguments: [String]) -> Int32 {
    guard arguments.count == 3, arguments[1] == NICStarter.privateWord, FileDescriptor.isOpen(NICStarter.readyDescriptor) else {
        ProcessFlags.complain("\(NICStarter.nicProgram): this is a part of Drydock that it starts by itself; add a NIC with: nic add NAME MODEL")
        return 2
    }
    let ready = FileDescriptor(owning: NICStarter.readyDescriptor)
    ready.closeOnExec()
    guard ProcessFlags.becomeDaemon() else { return 1 }
    Scheduling.takeShortTurns()
    do throws(Failure) {
        let boot: NICBoot
        do { boot = try Body.decode(NICBoot.self, Array(arguments[2].utf8)) } catch {
            throw Failure(.invalid, what: NICStarter.nicProgram, why: "its argument cannot be understood", fix: "use the same build everywhere")
        }
        try live(boot, ready)
        return 0
    } catch {
        say(.failed(error), ready)
        return 1
    }
}

private func live(_ boot: NICBoot, _ ready: borrowing FileDescriptor) throws(Failure) {
    guard CableSpecification.isName(boot.name), let name = FolderName(boot.name) else {
        throw Failure(.invalid, what: "NIC \(boot.name.prefix(80))", why: "that is no name", fix: "use 1 to 32 letters, digits, - _ or ., not beginning with a dot")
    }
    let signals: SignalDescriptor
    do { signals = try SignalDescriptor([.terminate, .interrupt, .hangup]) } catch { throw Failure(error, what: "NIC \(boot.name)") }
    let directory: RuntimeDirectory, folder: ClaimedFolder
    do throws(FolderRefusal) {
        directory = try RuntimeDirectory()
        folder = try ClaimedFolder.claim(directory, .nic, name)
    } catch {
        if case .inUse(_, let pid, _) = error {
            throw Failure(.exists, what: "NIC \(boot.name)", why: "there is one of that name (pid \(pid))", fix: "use another name, or remove it: nic remove \(boot.name)")
        }
        throw Failure(error, starting: "nic")
    }
    var removal: (port: Port, sender: Sender)?
    do throws(Failure) {
        let process = try makeProcess(boot, directory, folder.path)
        // A starter that no longer listens has given up, and said that there is no NIC: then there must be none.
        if say(.ready, ready) { process.run(signals: signals) }
        process.shutDown()
        removal = process.removal.map { (process.control, $0) }
    } catch {
        folder.remove()
        throw error
    }
    folder.remove()
    // Answered last: who asked finds the name free.
    if let removal { _ = try? removal.port.reply(to: removal.sender, NICReply.done) }
}

private func makeProcess(_ boot: NICBoot, _ directory: RuntimeDirectory, _ folder: String) throws(Failure) -> NICProcess {
    let log = ProcessLog(path: "\(folder)/log")
    if let raw = log.raw { ProcessFlags.redirectOutput(to: raw) }
    do { try FileSystem.replace("\(folder)/\(NICBus.addedFile)", with: Array("\(MonotonicClock.calendar())".utf8)) } catch {
        throw Failure(error, what: "NIC \(boot.name)", fix: "check the folder \(folder)")
    }
    let process = try NICProcess(boot, directory: directory, folder: folder, log: log)
    log.line("NIC \(boot.name): \(boot.model), cable \(boot.cable ?? "none")")
    return process
}

/// Tells the starter how it went. - Returns: false when it has gone.
@discardableResult private func say(_ outcome: NICStarter.Outcome, _ ready: borrowing FileDescriptor) -> Bool {
    do {
        try ready.write(try Body.encode(outcome) + [UInt8(ascii: "\n")])
        return true
    } catch { return false }
}
