internal import Cores
internal import Host
internal import Messages

// The folder that holds what is known of one death, for whoever looks into it later.
extension Instance {
    /// Of the log, what is kept beside a crash, in octets; of its drivers' images, those that are kept so that a debugger finds them.
    private static var mostLog: Int { 64 << 10 }
    static var mostImages: UInt64 { 24 << 20 }

    /// The folder of this stack process's death, made when it is first asked for; nil when none can be made, which is said once.
    func crashPlace(of dead: inout Generation, at time: UInt64) -> CrashStore.Place? {
        if dead.crash == nil { dead.crash = makeCrashPlace("the crash", of: dead.stack.pid, at: time, recorder: dead.recorder.length) }
        return dead.crash
    }

    /// A new folder for a death; nil when none can be made, which is said.
    func makeCrashPlace(_ what: String, of pid: Int32, at time: UInt64, recorder octets: Int) -> CrashStore.Place? {
        guard let base = CrashStore.standardPath() else {
            log.write("nothing is kept of \(what): neither DRYDOCK_CRASHES, XDG_STATE_HOME nor HOME is set")
            return nil
        }
        do throws(SystemError) {
            var store = CrashStore(path: base)
            store.quota.reserve += UInt64(octets)
            return try store.make(folder.name.text, pid: pid, at: time)
        } catch {
            log.write("nothing is kept of \(what) in \(base): \(error)")
            return nil
        }
    }

    /// Octets of the core that this crash may have, after what is too old has gone: which waits until the successor has begun.
    func room(in place: CrashStore.Place) -> UInt64 {
        do throws(SystemError) { return try place.makeRoom() } catch {
            log.write("no old crash is removed beside \(place.path), and it gets no core: \(error)")
            return 0
        }
    }

    /// Keeps what tells of a death, beside its core if there is one.
    ///
    /// - Parameter had: what the stack had been told to; nil: that is not known.
    func keepCrash(_ death: Death, of dead: inout Generation, _ had: InstancePlan?, _ recorder: [UInt8]) {
        guard let place = crashPlace(of: &dead, at: death.at) else { return removeImages() }
        _ = room(in: place)
        keepImages(in: place)
        keepNICs(dead.quieted ?? [], in: place)
        var stone = obituary(death).tombstone
        (stone.coreCut, stone.consequence) = (dead.coreCut, dead.consequence)
        keep(stone, had, recorder: recorder, census: dead.packetCensus(), in: place)
        log.write("what is known of pid \(death.pid) is in \(place.path)")
    }

    func obituary(_ death: Death) -> Obituary { Obituary(plan: plan, death: death, program: CurrentProcess.path) }

    func keepNICs(_ reports: [QuietReport], in place: CrashStore.Place) {
        guard !reports.isEmpty else { return }
        do throws(SystemError) { try FileSystem.makeFolder("\(place.path)/nics") } catch {
            log.write("\(place.path)/nics cannot be made: \(error)")
            return
        }
        // Whose name would lead out of the folder is no NIC's.
        for report in reports where !report.nic.contains("/") { keep("nics/\(report.nic).json", in: place, try? Body.encode(report)) }
    }

    /// What is kept of every death, whether of a stack or of a driver's process.
    ///
    /// - Parameter had: what the stack had been told to; nil: that is not known.
    func keep(_ stone: Tombstone, _ had: InstancePlan?, recorder: [UInt8], census: [UInt8]?, in place: CrashStore.Place) {
        keep(Tombstone.file, in: place, try? Body.encode(stone))
        keep(InstancePlan.file, in: place, try? Body.encode(had ?? InstancePlan(start: plan, steps: [], at: MonotonicClock.now())))
        keep(Tombstone.recorderFile, in: place, recorder)
        keep("census.json", in: place, census)
        if FileSystem.exists(place.core) { keep("gdb", in: place, Array(debuggerScript(place).utf8)) }
        keep("log", in: place, LogTail.octets("\(folder.path)/log", Self.mostLog))
    }

    func keep(_ name: String, in place: CrashStore.Place, _ octets: [UInt8]?) {
        guard let octets else { return }
        do throws(SystemError) { try FileSystem.replace("\(place.path)/\(name)", with: octets) } catch {
            log.write("\(place.path)/\(name) cannot be written: \(error)")
        }
    }

    /// What `gdb -readnow -x` is given: the driver's file is not where the stack had loaded it from.
    private func debuggerScript(_ place: CrashStore.Place) -> String {
        """
        # gdb -readnow -x \(place.path)/gdb
        set solib-search-path \(place.path)
        file \(CurrentProcess.path)
        core-file \(place.core)

        """
    }

    // MARK: The images of its drivers

    /// What the images of a stack that is dead are called until they are kept, before the names that they had.
    private static var aside: String { "dead-" }

    private func images(_ prefix: String) -> [String] { FileSystem.names(in: folder.path).filter { $0.hasPrefix(prefix) } }

    /// Where the stack's copies of its drivers will be, by where they are now.
    func keptImages(in place: CrashStore.Place) -> [String: String] {
        let present = images("driver-").map { ($0, Substring($0)) }, dead = images(Self.aside).map { ($0, $0.dropFirst(Self.aside.count)) }
        return Dictionary((dead + present).map { ("\(folder.path)/\($0.0)", "\(place.path)/\($0.1)") }) { first, _ in first }
    }

    /// The next stack process begins with the same names. A process that died could not remove its own.
    func setImagesAside() {
        // What isolated drivers were started from is in their own crashes.
        for name in images("isolated-") { FileSystem.remove("\(folder.path)/\(name)") }
        for name in images("driver-") {
            let path = "\(folder.path)/\(name)"
            do throws(SystemError) { try FileSystem.rename(path, to: "\(folder.path)/\(Self.aside)\(name)") } catch { FileSystem.remove(path) }
        }
    }

    private func keepImages(in place: CrashStore.Place) {
        var left = Self.mostImages
        for image in images(Self.aside) {
            let from = "\(folder.path)/\(image)", name = image.dropFirst(Self.aside.count)
            do throws(SystemError) {
                try FileSystem.copy(from, to: "\(place.path)/\(name)", most: left)
                left -= min(left, FileSystem.allocatedOctets("\(place.path)/\(name)"))
            } catch {
                log.write("\(name) is not kept beside the crash, and a debugger will not find it: \(error)")
            }
        }
        removeImages()
    }

    private func removeImages() { for name in images(Self.aside) { FileSystem.remove("\(folder.path)/\(name)") } }
}
