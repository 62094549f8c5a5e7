import Foundation
import Messages
import Recorder
import Rings
import Testing

@testable import Dossier
import Symbols

struct DossierTests {
    let scene: Scene
    init() throws { scene = try Scene() }

    private func core() -> [UInt8] {
        let stack = HandmadeCore.stack
        var core = HandmadeCore()
        core.frames = [(stack + 0x100, stack + 0x200, HandmadeCore.code + 0x2000), (stack + 0x200, stack + 0x300, HandmadeCore.program + 0x500), (stack + 0x300, 0, 0)]
        return core.octets
    }

    @Test func `an empty folder gives a dossier whose every part says why it is empty`() {
        let dossier = scene.build()
        #expect(dossier.sentence == "Something died, and left no word of how: died.json is not in the folder.")
        #expect(dossier.threads.note == "core is not in the folder")
        for note in [dossier.registers.note, dossier.rings.note, dossier.events.note, dossier.frames.note] { #expect(note == "recorder is not in the folder") }
        #expect(dossier.memory.note == "census.json is not in the folder" && dossier.log.note == "log is not in the folder")
        #expect(dossier.reproduce.value == nil && dossier.callout.value == nil)
    }

    @Test func `the whole folder gives the whole story`() throws {
        try scene.tombstone()
        scene.recorder()
        scene.put("log", "em0: e1000 on em-a, from /opt/images/devnp-x.so\nlink up\n")
        scene.put("core", core())
        scene.put("census.json", #"{"small":{"free":8190,"device":2},"large":{"free":128},"runs":[{"first":12,"count":2,"owner":"device"}],"isCut":false}"#)
        let dossier = scene.build()
        #expect(dossier.rule == "null-pointer")
        #expect(dossier.sentence.hasPrefix("devnp-x.so crashed in its return_receive callout on em0: it touched address 0x18 (24 octets into"), "\(dossier.sentence)")
        #expect(dossier.sentence.contains("the last frame received, 600.0 µs before, was of 60 octets"), "\(dossier.sentence)")
        let thread = try #require(dossier.threads.value?.first)
        #expect(thread.isFaulting && thread.thread == 4712)
        #expect(thread.frames.map(\.offset) == [0x1234, 0x2000, 0x500] && thread.frames.map(\.isDriver) == [true, true, false])
        #expect(thread.frames.map(\.module) == ["devnp-x.so", "devnp-x.so", "drydock"])
        #expect(dossier.callout.value == .init(name: "return_receive", interface: "em0", atLeast: 400_000, events: 2))
        let register = try #require(dossier.registers.value?.first?.registers.first)
        #expect(register.name == "RDT" && register.value == 7 && register.age == 300_000 && !register.isStore)
        #expect(dossier.rings.value?.first { $0.direction == .receive }?.slots.first == .init(slot: 12, state: "came back with a frame of 60 octets", owner: "device", event: 5))
        #expect(dossier.causes.first?.text == "the driver broke a rule of its device: descriptor 3 was given back <twice>")
        #expect(dossier.frames.value?.count == 1 && dossier.memory.value?.owner(of: 13) == "device")
        #expect(dossier.reproduce.value == ["io-pkt-v6-hc -i2 -ptcpip prefix=/sock2"])
    }

    @Test func `a driver's process that died says what came after it, and why it has no core`() throws {
        func dossier(_ change: (inout Tombstone, inout Tombstone.Isolated) -> Void) throws -> Dossier {
            try scene.tombstone { stone in
                var isolated = Tombstone.Isolated(path: "/opt/libdevnp-x.so", restarts: 1, why: nil)
                change(&stone, &isolated)
                stone.isolated = isolated
            }
            return scene.build()
        }
        let fault = try dossier { ($1.successor, $1.microseconds) = (4720, 31_000) }
        #expect(fault.sentence.hasSuffix("; the stack went on, and process 4720 drives the device 31.0 ms later."), "\(fault.sentence)")
        #expect(fault.rule == "null-pointer")
        let killed = try dossier { ($0.signal, $0.ip, $1.noCore) = (9, nil, "SIGKILL leaves nothing") }
        #expect(killed.rule == "killed" && killed.threads.note == "there is no core: SIGKILL leaves nothing")
        #expect(killed.sentence.hasSuffix("; the stack went on without the device."), "\(killed.sentence)")
        let lie = try dossier { ($0.signal, $0.ip, $1.why) = (9, nil, "it gave a slot back that it has not") }
        let stall = try dossier { ($0.signal, $0.ip, $0.callout, $1.why) = (9, nil, nil, "its transmitter stood still: 3 frames for 5 s") }
        #expect(stall.rule == "stalled-transmitter" && stall.sentence.hasPrefix("devnp-x.so was ended by its stack on em0: its transmitter stood still: 3 frames for 5 s"))
        let back = try dossier { $1.outcome = "the driver is started again with the build of x.so of 20260131T235959, which ran for 600 s" }
        #expect(back.sentence.hasSuffix("; the stack went on, and the driver is started again with the build of x.so of 20260131T235959, which ran for 600 s."))
        #expect(lie.rule == "ended" && lie.sentence.contains("was ended by its stack in its return_receive callout on em0: it gave a slot"))
    }

    @Test func `what an isolated driver's process recorded itself stands between what its stack did, and a lie of it changes nothing else`() throws {
        try scene.tombstone { ($0.when, $0.isolated) = ($0.when - 0.000_45, Tombstone.Isolated(path: "/opt/libdevnp-x.so", restarts: 0, why: nil)) }
        scene.recorder(Tombstone.recorderFile) { stack in
            stack.attach(slot: 0, interface: "em0", driver: "devnp-x.so", nic: "em-a", bus: "sim", registers: RegisterTable())
            stack.write(.handOver, slot: 0, detail: UInt8(Callout.provideReceive.rawValue), count: 1, first: 12, second: 500, time: 100_000)
            stack.write(.callout, slot: 0, detail: UInt8(Callout.timer.rawValue), count: 0, first: 1, second: 900, time: 400_000)
        }
        scene.recorder(Tombstone.driverRecorderFile) { driver in
            // It says that it is another interface, and that it lived on.
            driver.attach(slot: 0, interface: "em7", driver: "devnp-y.so", nic: "em-b", bus: "sim", registers: Scene.registers)
            driver.write(.store, slot: 0, detail: 4, count: 0x2818, first: 5, time: 200_000)
            driver.write(.callout, slot: 0, detail: UInt8(Callout.interrupt.rawValue), count: 0, first: 1, second: 900, time: 250_000)
            driver.write(.load, slot: 0, detail: 4, count: 0x2818, first: 5, time: 300_000)
            driver.text(.violation, "a rule", slot: 0, time: 300_000)
            driver.write(.store, slot: 0, detail: 4, count: 0x2818, first: 9, time: 700_000)
        }
        let dossier = scene.build(), events = try #require(dossier.events.value)
        let register = try #require(dossier.registers.value?.first?.registers.first)
        #expect(events.filter { $0.kind != .device }.map(\.action) == ["provide_receive", "store", "interrupt", "load", "timer"])
        #expect(events.allSatisfy { $0.interface == "em0" && ($0.process == nil || $0.process == 4711) })
        #expect(events.compactMap(\.register) == ["RDT", "RDT"])
        #expect(register.name == "RDT" && register.value == 5 && !register.isStore, "the store after the death is none")
        let running = try #require(dossier.callout.value)
        // The time of death is a Double.
        #expect(running.name == "return_receive" && running.events == 1 && (249_000...251_000).contains(running.atLeast ?? 0))
        #expect(!dossier.causes.contains { $0.text.contains("broke a rule") })
    }

    @Test func `a recorder that an isolated driver wrote over costs its own part of the dossier, and no other`() throws {
        try scene.tombstone { $0.isolated = Tombstone.Isolated(path: "/opt/libdevnp-x.so", restarts: 0, why: nil) }
        scene.recorder()
        let whole = scene.build()
        #expect(whole.events.note?.contains("driver-recorder is not in the folder") == true, "\(whole.events.note ?? "")")
        scene.recorder(Tombstone.driverRecorderFile) { _ in }
        let path = scene.folder.file(Tombstone.driverRecorderFile)
        var octets = Array(try Data(contentsOf: URL(filePath: path)))
        for round in 0..<40 {
            // Behind the magic and the version, so that it is read at all; in every second round behind the header.
            for _ in 0..<2000 { octets[Int.random(in: (round % 2 == 0 ? 16 : 4096)..<octets.count)] = UInt8.random(in: 0 ... .max) }
            scene.put(Tombstone.driverRecorderFile, octets)
            let wild = scene.build()
            #expect(wild.frames.value == whole.frames.value && wild.sentence == whole.sentence)
            // Registers beside a ring are what the driver says that it stored.
            #expect(wild.rings.value?.map(\.slots) == whole.rings.value?.map(\.slots))
        }
        scene.put(Tombstone.driverRecorderFile, [1, 2, 3])
        #expect(scene.build().events.note?.contains("driver-recorder is no flight recorder") == true)
    }

    @Test func `what a stack did after its driver's process had died is no part of the story`() throws {
        try scene.tombstone { ($0.when, $0.isolated) = ($0.when - 0.000_45, Tombstone.Isolated(path: "/opt/libdevnp-x.so", restarts: 0, why: nil)) }
        scene.recorder()
        let dossier = scene.build()
        let register = try #require(dossier.registers.value?.first?.registers.first)
        #expect(register.isStore && register.value == 7, "the load came later")
        #expect(!dossier.causes.contains { $0.text.contains("broke a rule") }, "so did the violation")
        #expect(dossier.frames.value?.count == 1)
    }

    @Test func `what was cut from the core is said beside the stacks, and what became of a driver that died too often in the sentence`() throws {
        try scene.tombstone {
            ($0.coreCut, $0.consequence) = ("left out: 412 MiB of memory without a name", "it is started again without devnp-x.so")
        }
        scene.put("core", core())
        let dossier = scene.build()
        #expect(dossier.threads.note?.contains("the core is not whole, left out: 412 MiB of memory without a name") == true)
        #expect(dossier.sentence.hasSuffix("; it is started again without devnp-x.so."), "\(dossier.sentence)")
    }

    @Test func `registers that the device read back as go before those that its driver last saw`() throws {
        try scene.tombstone()
        scene.recorder()
        try FileManager.default.createDirectory(atPath: scene.folder.file("nics"), withIntermediateDirectories: true)
        scene.put("nics/em-a.json", #"{"nic":"em-a","held":false,"pagesWritten":3,"steps":["reset"],"registers":[{"name":"RDH","offset":10256,"value":9,"fields":[{"name":"INDEX","value":9}]}]}"#)
        scene.put("nics/em-b.json", "{")
        let dossier = scene.build()
        let device = try #require(dossier.registers.value?.first)
        #expect(dossier.registers.value?.count == 1 && device.interface == "em0" && device.registers.first?.value == 9 && device.registers.first?.age == nil)
        #expect(device.quiet == ["reset", "it may still reach memory; 3 pages of packet memory changed after it was stopped"])
        #expect(dossier.causes.contains { $0.text.contains("went on after its driver had died: NIC em-a") })
    }

    @Test func `text names every part, and a page lets nothing through that is HTML`() throws {
        try scene.tombstone { $0.driver = "devnp-<script>.so" }
        scene.recorder()
        scene.put("log", "<img src=x onerror=alert(1)> & more\u{1b}[2J\n")
        let dossier = scene.build()
        let text = DossierText.render(dossier)
        for title in ["Likely causes", "Callout in progress", "Stacks", "Device registers", "Rings", "Packet memory", "Last events", "Last frames", "Log", "Versions", "To set it up again"] {
            #expect(text.contains("\n\(title)"), "\(title)")
        }
        #expect(text.hasPrefix(dossier.sentence + "\n") && !text.contains("\u{1b}"))
        let page = DossierPage.render(dossier)
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("http://") && !page.contains("https://"))
        #expect(page.contains("devnp-&lt;script&gt;.so") && page.contains("&lt;img src=x onerror=alert(1)&gt; &amp; more") && page.contains("given back &lt;twice&gt;"))
        for tag in ["section", "table", "pre", "ol", "div", "details", "span", "li", "main", "header"] {
            #expect(page.components(separatedBy: "<\(tag)").count == page.components(separatedBy: "</\(tag)>").count, "\(tag) is closed as often as opened")
        }
    }

    @Test func `the writer leaves text, JSON, a page and a capture, and what does not fit is left out`() throws {
        try scene.tombstone()
        scene.recorder()
        let dossier = try DossierBuilder(scene.folder, time: .seconds(1), tool: nil).write()
        let names = try FileManager.default.contentsOfDirectory(atPath: scene.folder.path).sorted()
        #expect(names == ["died.json", "dossier.html", "dossier.json", "dossier.txt", "frames.pcapng", "recorder"])
        let json = try Data(contentsOf: URL(filePath: scene.folder.file("dossier.json")))
        #expect(try JSONDecoder().decode(Dossier.self, from: json) == dossier)
        let capture = try Array(Data(contentsOf: URL(filePath: scene.folder.file("frames.pcapng"))))
        #expect(capture.starts(with: [0x0a, 0x0d, 0x0d, 0x0a]) && capture.count > 150)
        let small = try Scene()
        try small.tombstone()
        let room = DossierText.render(small.build()).utf8.count
        try DossierBuilder(small.folder, time: .seconds(1), tool: nil).write(most: room)
        #expect(try FileManager.default.contentsOfDirectory(atPath: small.folder.path).sorted() == ["died.json", "dossier.txt"])
    }

    @Test func `cut off and garbled files cost their own part only`() throws {
        let whole = core()
        for length in Array(stride(from: 0, to: 900, by: 11)) + [whole.count - 4096, whole.count - 3000] {
            let scene = try Scene()
            try scene.tombstone()
            scene.put("core", Array(whole.prefix(length)))
            #expect(scene.build().rule == "null-pointer")
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<8 {
            let scene = try Scene()
            try scene.tombstone()
            scene.recorder()
            var garbled = whole
            for _ in 0..<40 { garbled[Int.random(in: 6..<900, using: &random)] = .random(in: 0...255, using: &random) }
            scene.put("core", garbled)
            var ring = try Array(Data(contentsOf: URL(filePath: scene.folder.file("recorder"))))
            for _ in 0..<400 { ring[Int.random(in: 0..<ring.count, using: &random)] = .random(in: 0...255, using: &random) }
            scene.put("recorder", ring)
            scene.put("census.json", (0..<200).map { _ in .random(in: 0...255, using: &random) })
            scene.put("log", (0..<2000).map { _ in .random(in: 0...255, using: &random) })
            let dossier = try DossierBuilder(scene.folder, time: .seconds(1), tool: nil).write()
            #expect(dossier.rule == "null-pointer" && dossier.memory.value == nil)
        }
    }

    @Test func `a driver's file is found beside the core, or by any text that names it`() {
        #expect(Module.driver("driver-12-libdevnp-x.so") == "libdevnp-x.so" && Module.driver("driver-x.so") == nil && Module.driver("libc.so.6") == nil)
        #expect(Module.paths(endingIn: "a.so", ["mount /x/a.so", #"{"path":"\/y\/a.so"}"#, "/x/b.so /x/a.so"]) == ["/x/a.so", "/y/a.so"])
    }

    @Test func `Swift's names are told as they were written`() {
        #expect(Demangling.simplified("(extension in DriverX):DriverX.Fault.touch(Swift.Int) -> ()") == "DriverX.Fault.touch(Int) -> ()")
        #expect(Demangling.simplified("function signature specialization <Arg[0] = Dead> of A.b() -> ()") == "A.b() -> ()")
        #expect(Demangling.name("$s4main3fooyyF") == "main.foo() -> ()" && Demangling.name("memcpy") == "memcpy")
    }
}
