internal import Cores
internal import Host
internal import Messages

// The core of a stack process: after its fault, while it waits in its handler, or because somebody asks for one.
extension Supervisor {
    /// The bell has rung: a fault has been noted, and the stack waits. It ends after this.
    ///
    /// Where nothing that its successor needs is held by the process itself, that begins at once, and the core is written meanwhile.
    mutating func hearFault() {
        generation.bell.take()
        let report = generation.note.read()
        // A bell that a wild driver has rung by its number means nothing.
        guard let fault = report.fault else { return }
        prepareNext()
        instance.quietHardware(of: &generation)
        if next != nil, InstancePlan.read(instance.folder.path)?.isOfNICsOnly == true, generation.stand(after: fault) { return }
        instance.writeCore(of: &generation, after: fault)
        generation.note.letGo()
    }

    /// Answers ``SupervisorRequest/dump(most:packets:process:isGlance:)``: the stack goes on afterwards.
    func dump(_ received: borrowing Received, _ file: borrowing FileDescriptor, most: UInt64, packets: Bool, of process: Int32?, isGlance: Bool) {
        guard let pid = looked(received, "core", process) else { return }
        guard FileSystem.isPlain(file.raw) else {
            port.reply(to: received.sender, Failure(.invalid, what: "core", why: "it can be written to a plain file only", fix: "dumper -d FOLDER"))
            return
        }
        var options = CoreFile.Options()
        if most > 0 { options.most = most }
        if packets { options.omitted = [] }
        do throws(SystemError) {
            let process = try StoppedProcess(pid)
            let summary = try CoreFile.write(process, to: file, options, pid == generation.stack.pid && !isGlance ? instance.testimony(process) : nil)
            if !isGlance { instance.log.write("core on demand: \(summary.sentence)") }
            _ = try? port.reply(
                to: received.sender,
                SupervisorReply.dumped(
                    length: summary.length, stored: summary.stored, threads: summary.threads, shortened: summary.shortened,
                    held: Double(summary.held) / 1e9))
        } catch { port.reply(to: received.sender, Failure(error, what: "core", fix: "see whether the stack runs: pidin")) }
    }
}

extension Instance {
    /// Writes the core of a stack process that waits after its fault.
    func writeCore(of dead: inout Generation, after fault: CrashNote.Report.Fault) {
        guard let place = crashPlace(of: &dead, at: fault.at) else { return }
        var options = CoreFile.Options()
        (options.most, options.fault, options.kept) = (room(in: place), fault, keptImages(in: place))
        guard options.most > 0 else { return }
        dead.coreCut = writeCore(of: dead.stack.pid, in: place, options, isStack: true).cut
    }

    /// The note of what a stack says of itself; nil, and a line in the log: it says nothing.
    func testimony(_ process: borrowing StoppedProcess) -> CoreFile.Note? {
        do throws(Witness.Silence) {
            return .init(Testimony.noteType, owner: Testimony.noteOwner, try Witness.hear(process, in: folder.path))
        } catch {
            log.write("process \(process.pid) does not say how its interfaces, routes and sockets were: \(error)")
            return nil
        }
    }

    /// What came of a core: why there is none, or what the limit has left out of it; neither: it is whole.
    struct CoreOutcome {
        var error: SystemError?
        var cut: String?
    }

    func writeCore(of pid: Int32, in place: CrashStore.Place, _ options: CoreFile.Options, isStack: Bool = false) -> CoreOutcome {
        do throws(SystemError) {
            let file = try FileDescriptor.open(place.core, FileFlags.create), process = try StoppedProcess(pid)
            let summary = try CoreFile.write(process, to: file, options, isStack ? testimony(process) : nil)
            log.write("core in \(place.core): \(summary.sentence)")
            return CoreOutcome(cut: summary.cut)
        } catch {
            // Half a core would be taken for one.
            FileSystem.remove(place.core)
            log.write("no core in \(place.core): \(error)")
            return CoreOutcome(error: error)
        }
    }
}

extension CoreFile.Summary {
    /// How much it is, for the log.
    var sentence: String {
        let left = shortened == 0 ? "" : ", \(shortened) mappings shortened: the limit of size" + (cut.map { " (\($0))" } ?? "")
        return "\(threads) threads, \(mappings) mappings, \(stored >> 10) KiB stored\(left), held for \(held / 1_000_000) ms"
    }

    /// What is left out for its size, by kinds of memory; nil: nothing.
    var cut: String? {
        func size(_ octets: UInt64) -> String { octets < 1 << 20 ? "\((octets + 1023) >> 10) KiB" : "\((octets + (1 << 20) - 1) >> 20) MiB" }
        return left.isEmpty ? nil : "left out: " + left.map { "\(size($0.octets)) of \($0.kind)" }.joined(separator: ", ")
    }
}
