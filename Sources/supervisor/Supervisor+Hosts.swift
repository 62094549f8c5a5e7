internal import Bus
internal import Cores
internal import Host
internal import Messages

// Deaths of isolated drivers' processes, which their stack outlives.
extension Supervisor {
    /// Words that are heard before anything else has its turn.
    private static var mostNews: Int { 16 }

    /// When one is looked at next, in nanoseconds from now.
    var nextHostCrash: UInt64 {
        guard let due = hostCrashes.map({ $0.succession == nil ? $0.due : 0 }).min() else { return .max }
        let now = MonotonicClock.now()
        return due > now ? due - now : 0
    }

    mutating func hearNews() {
        for _ in 0..<Self.mostNews {
            var descriptors = ReceivedDescriptors()
            guard let news = HostNews.receive(generation.news.raw, &descriptors) else { return }
            switch news {
            case .died(let death): note(death, &descriptors)
            case .began(let birth): if let memory = descriptors.take(1) { hostRecorders.add(birth, memory) }
            case .wentBack(let back): announce(.wentBack, why: back)
            case .followed(let succession):
                hostCrashes.last { $0.death.pid == succession.dead && $0.succession == nil }?.succession = succession
            }
        }
    }

    private mutating func note(_ death: HostDeath, _ descriptors: inout ReceivedDescriptors) {
        guard let page = descriptors.take(1), let image = descriptors.take(2), let recorder = descriptors.take(3), let note = try? CrashNote.map(page) else { return }
        proven?.forget(isolated: death.interface)
        let isKept = hostBudget.take(now: MonotonicClock.now())
        // Of one that is not looked into the process ends later, too: that takes a processor a millisecond, which its successor wants.
        hostCrashes.append(HostCrash(death, note, image, recorder, childOf: generation.stack.pid, isKept ? generation.moment() : nil))
        // The first and the hundredth tell as much as all of them.
        if !isKept, hostBudget.skipped == 1 || hostBudget.skipped % 100 == 0 {
            instance.log.write("\(death.interface): of the driver's process \(death.pid) nothing is kept: \(HostCrashBudget.most) deaths in a minute are")
        }
    }

    /// Keeps what is known of those whose device is driven again, or whose stack has had its time.
    mutating func keepHostCrashes(atOnce: Bool = false) {
        guard !hostCrashes.isEmpty else { return }
        let now = MonotonicClock.now()
        let ripe = hostCrashes.filter { atOnce || $0.succession != nil || now >= $0.due }
        hostCrashes.removeAll { crash in ripe.contains { $0 === crash } }
        for crash in ripe {
            if let moment = crash.moment { keep(crash, moment) }
            crash.end()
        }
    }

    private mutating func keep(_ crash: HostCrash, _ moment: Moment) {
        guard let place = instance.makeCrashPlace("the driver's process", of: crash.death.pid, at: crash.death.at, recorder: moment.recorder.count) else { return }
        writeCore(crash, place)
        do throws(SystemError) { try crash.keepImage(place, most: Instance.mostImages) } catch {
            instance.log.write("the driver's image is not kept beside the crash, and a debugger will not find it: \(error)")
        }
        keepNIC(crash, place)
        var stone = crash.tombstone
        stone.command = instance.plan.words
        instance.keep(stone, InstancePlan.read(instance.folder.path), recorder: moment.recorderOctets(), census: moment.census(), in: place)
        instance.keep(Tombstone.driverRecorderFile, in: place, crash.recorderOctets())
        if let child = startDossier(Unexplained(folder: place.path)) { writers.append(child) }
        instance.log.write(
            "\(crash.death.interface): what is known of the driver's process \(crash.death.pid) is in \(place.path); why: drydock postmortem \(place.path)")
    }

    /// What was found at the device: fetched now, for it is large, and while the driver's successor attached there was no time for it.
    private borrowing func keepNIC(_ crash: HostCrash, _ place: CrashStore.Place) {
        guard let nic = crash.death.nic else { return }
        guard let bus = try? NICBus(RuntimeDirectory()), let found = (try? bus.bequeathed(nic, by: crash.death.pid)) ?? nil else {
            instance.log.write("what was found at NIC \(nic) is not kept: its process is gone, or four deaths came after this one")
            return
        }
        instance.log.write(found.sentence)
        instance.keepNICs([found], in: place)
    }

    /// Writes the core while the process stands; why there is none otherwise.
    private borrowing func writeCore(_ crash: HostCrash, _ place: CrashStore.Place) {
        let most = instance.room(in: place)
        guard crash.hasProcess else { return }
        guard most > 0 else { return crash.noCore = "the disk has no room for it" }
        let outcome = instance.writeCore(of: crash.death.pid, in: place, crash.coreOptions(place, most: most))
        crash.coreCut = outcome.cut
        if let error = outcome.error {
            crash.noCore = "it could not be written: \(error)"
        } else {
            crash.linkImage(place)
        }
    }
}
