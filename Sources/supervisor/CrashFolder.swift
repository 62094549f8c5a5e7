internal import Cores
internal import Host
internal import Messages
internal import Recorder

// The folder that holds what is known of one death, for whoever looks into it later.
extension Supervisor {
    /// Of the log, what is kept beside a crash, in octets; of its drivers' images, those that are kept so that a debugger finds them.
    private static var mostLog: Int { 64 << 10 }
    static var mostImages: UInt64 { 24 << 20 }

    /// The folder of this stack process's death, made when it is first asked for; nil when none can be made, which is said once.
    mutating func crashPlace(at time: UInt64) -> CrashStore.Place? {
        if generation.crash == nil {
            generation.crash = makeCrashPlace("the crash", of: generation.stack.pid, at: time, recorder: generation.recorder.length)
        }
        return generation.crash
    }

    /// A new folder for a death; nil when none can be made, which is said.
    func makeCrashPlace(_ what: String, of pid: Int32, at time: UInt64, recorder octets: Int) -> CrashStore.Place? {
        guard let base = CrashStore.standardPath() else {
            instance.log.write("nothing is kept of \(what): neither DRYDOCK_CRASHES, XDG_STATE_HOME nor HOME is set")
            return nil
        }
        do throws(SystemError) {
            var store = CrashStore(path: base)
            store.quota.reserve += UInt64(octets)
            return try store.make(instance.folder.name.text, pid: pid, at: time)
        } catch {
            instance.log.write("nothing is kept of \(what) in \(base): \(error)")
            return nil
        }
    }

    /// Keeps what tells of a death, beside its core if there is one.
    mutating func keepCrash(_ death: Death) {
        guard let place = crashPlace(at: death.at) else { return removeImages() }
        keepImages(in: place)
        keep(obituary(death).tombstone, recorder: recorderOctets(), census: packetCensus(), in: place)
        instance.log.write("what is known of pid \(death.pid) is in \(place.path)")
    }

    /// What is kept of every death, whether of a stack or of a driver's process.
    func keep(_ stone: Tombstone, recorder: [UInt8], census: [UInt8]?, in place: CrashStore.Place) {
        keep(Tombstone.file, in: place, try? Body.encode(stone))
        let plan = InstancePlan.read(instance.folder.path) ?? InstancePlan(start: instance.plan, steps: [], at: MonotonicClock.now())
        keep(InstancePlan.file, in: place, try? Body.encode(plan))
        keep(Tombstone.recorderFile, in: place, recorder)
        keep("census.json", in: place, census)
        if FileSystem.exists(place.core) { keep("gdb", in: place, Array(debuggerScript(place).utf8)) }
        keep("log", in: place, FileSystem.tail("\(instance.folder.path)/log", Self.mostLog))
    }

    /// The flight recorder as it is now; a copy, which the stack does not write into any more.
    func recorderOctets() -> [UInt8] {
        // SAFETY: the memory is mapped for as long as the generation lives.
        var octets = unsafe Array(UnsafeRawBufferPointer(start: generation.recorder.base, count: generation.recorder.length))
        // What makes the stamps of a recorder readable whose writer is gone.
        unsafe octets.withUnsafeMutableBytes { copy in if let base = copy.baseAddress { unsafe RecorderLayout.calibrate(base) } }
        return octets
    }

    func keep(_ name: String, in place: CrashStore.Place, _ octets: [UInt8]?) {
        guard let octets else { return }
        do throws(SystemError) { try FileSystem.replace("\(place.path)/\(name)", with: octets) } catch {
            instance.log.write("\(place.path)/\(name) cannot be written: \(error)")
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

    private var images: [String] {
        FileSystem.names(in: instance.folder.path).filter { $0.hasPrefix("driver-") }
    }

    /// Where the stack's copies of its drivers will be, by where they are now.
    func keptImages(in place: CrashStore.Place) -> [String: String] {
        let pairs = images.map { ("\(instance.folder.path)/\($0)", "\(place.path)/\($0)") }
        return Dictionary(pairs) { first, _ in first }
    }

    private func keepImages(in place: CrashStore.Place) {
        var left = Self.mostImages
        for name in images {
            let from = "\(instance.folder.path)/\(name)"
            do throws(SystemError) {
                try FileSystem.copy(from, to: "\(place.path)/\(name)", most: left)
                left -= min(left, FileSystem.allocatedOctets("\(place.path)/\(name)"))
            } catch {
                instance.log.write("\(name) is not kept beside the crash, and a debugger will not find it: \(error)")
            }
        }
        removeImages()
    }

    /// A process that died could not remove them; the next one begins with the same names.
    private func removeImages() { for name in images { FileSystem.remove("\(instance.folder.path)/\(name)") } }
}
