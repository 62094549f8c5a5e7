import Bus
import Glibc
import Host
import Messages
import Testing
@testable import nicd

/// NIC processes as stacks and tools meet them. Serialized: they share one runtime directory.
@Suite(.serialized, .enabled(if: FileSystem.exists(Bench.program), "the drydock executable is not beside the tests"))
struct NICProcessTests {
    @Test func `a NIC is found, claimed, touched, released and removed, and leaves nothing`() throws {
        try Bench.with("em-a", "sim:82540em,mac=02:00:00:00:00:0a") {
            let identity = try Bench.bus.identify("em-a")
            #expect(identity.vendor == 0x8086 && identity.device == 0x100e && identity.claimedBy == nil)
            let memory = try SharedMemory(named: "packets", length: 4 << 20)
            let device = try Bench.bus.claim("em-a", for: "/sock2", memory: memory.descriptor.raw)
            #expect(device.configLoad(offset: 0, width: 4) == 0x100e_8086)
            #expect(device.regionLengths[0] == 128 * 1024)
            #expect(try Bench.bus.identify("em-a").claimedBy == "/sock2")
            // Memory decode on; then STATUS is there, and a store is seen by the load after it. 8254x §13.4.
            device.configStore(offset: 4, width: 2, value: 0x0007)
            #expect(device.load(region: 0, offset: 8, width: 4) != .max)
            device.store(region: 0, offset: 0x5400 + 0x20, width: 4, value: 0x1234_5678)
            #expect(device.load(region: 0, offset: 0x5400 + 0x20, width: 4) == 0x1234_5678)
            let address = try device.map(offset: 2 << 20, length: 1 << 20)
            #expect(address != 2 << 20)
            try device.unmap(deviceAddress: address)
            let second = try device.map(offset: 2 << 20, length: 1 << 20)
            #expect(second != address, "an address of before is a stray one")
            try device.reset()
            #expect(device.configLoad(offset: 4, width: 2) & 7 == 7, "a reset of the function leaves its configuration space")
            #expect(device.load(region: 0, offset: 0x5400 + 0x20, width: 4) != 0x1234_5678, "and no register")
            try device.unmap(deviceAddress: second)
            #expect(throws: Failure.self) { try device.map(offset: 4 << 20, length: 1) }
            #expect(throws: Failure.self) { try device.map(offset: .max, length: .max) }
            try device.release()
            #expect(try Bench.bus.identify("em-a").claimedBy == nil)
        }
        #expect(Bench.bus.slots().isEmpty)
        #expect(FileSystem.names(in: Bench.directory.folder(.nic)).filter { !$0.hasPrefix(".") } == [])
    }

    @Test func `a second claim is refused by name, and a dead stack's claim ends by itself`() throws {
        try Bench.with("em-a") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            do {
                let device = try Bench.bus.claim("em-a", for: "/sock1", memory: memory.descriptor.raw)
                #expect(throws: Failure(.busy, what: "NIC em-a", why: "stack /sock1 has it", fix: "unmount its driver there, or add another NIC with: nic add")) {
                    _ = try Bench.bus.claim("em-a", for: "/sock2", memory: memory.descriptor.raw)
                }
                #expect(device.gone == nil)
            }
            let isFree = try Bench.eventually { try Bench.bus.identify("em-a").claimedBy == nil }
            #expect(isFree)
            _ = try Bench.bus.claim("em-a", for: "/sock2", memory: memory.descriptor.raw)
        }
    }

    @Test func `a card is pulled under a claim and is fresh when it is back`() throws {
        try Bench.with("em-a") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            #expect(throws: Failure.self) { _ = try Bench.bus.ask("em-a", .push) }
            do {
                let device = try Bench.bus.claim("em-a", for: "/sock1", memory: memory.descriptor.raw)
                device.configStore(offset: 4, width: 2, value: 7)
                #expect(device.load(region: 0, offset: 8, width: 4) != .max)
                _ = try Bench.bus.ask("em-a", .pull)
                #expect(throws: Failure.self) { _ = try Bench.bus.ask("em-a", .pull) }
                #expect(device.load(region: 0, offset: 8, width: 4) == .max && device.load(region: 0, offset: 8, width: 1) & 0xff == 0xff)
                #expect(device.configLoad(offset: 0, width: 4) == .max && device.gone == nil, "the card is gone, its process is not")
                #expect(throws: Failure.self) { try device.map(offset: 0, length: 4096) }
                let status = try Bench.status("em-a")
                #expect(status.isPulled && status.identity.device == 0x100e && status.identity.claimedBy == "/sock1")
                _ = try Bench.bus.ask("em-a", .push)
                #expect(device.configLoad(offset: 0, width: 4) == .max)
                try device.release()
            }
            let again = try Bench.bus.claim("em-a", for: "/sock1", memory: memory.descriptor.raw)
            #expect(again.configLoad(offset: 0, width: 4) == 0x100e_8086)
        }
    }

    @Test func `memory that could shrink is refused`() throws {
        try Bench.with("em-a") {
            let file = try FileDescriptor.open("/tmp/drydock-nicd-file-\(getpid())", O_RDWR | O_CREAT)
            FileSystem.remove("/tmp/drydock-nicd-file-\(getpid())")
            ftruncate(file.raw, 1 << 20)
            #expect(throws: Failure.self) { _ = try Bench.bus.claim("em-a", for: "/sock1", memory: file.raw) }
            #expect(try Bench.bus.identify("em-a").claimedBy == nil)
        }
    }

    @Test func `a NIC killed under a claim reads as all ones within a second, and its name is free`() throws {
        try Bench.with("em-a") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            let device = try Bench.bus.claim("em-a", for: "/sock1", memory: memory.descriptor.raw)
            kill(try Bench.bus.identify("em-a").pid, SIGKILL)
            #expect(device.load(region: 0, offset: 8, width: 4) == .max)
            #expect(device.gone == .died)
            #expect(throws: Failure.self) { try device.reset() }
        }
        try Bench.with("em-a") { #expect(Bench.bus.slots().map(\.name) == ["em-a"]) }
    }

    @Test func `a NIC stopped under a claim is given up after a second`() throws {
        try Bench.with("em-a") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            let device = try Bench.bus.claim("em-a", for: "/sock1", memory: memory.descriptor.raw)
            let pid = try Bench.bus.identify("em-a").pid
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            #expect(device.load(region: 0, offset: 8, width: 4) == .max)
            #expect(device.gone == .silent)
        }
    }

    @Test func `NICs keep the order in which they were added`() throws {
        try Bench.with("em-z") {
            try Bench.with("em-a") {
                try Bench.with("em-m") { #expect(Bench.bus.slots().map(\.name) == ["em-z", "em-a", "em-m"]) }
            }
        }
    }

    @Test func `two NICs cabled to each other agree on one cable, and survive each other's return`() throws {
        try Bench.with("em-a", cable: "nic:em-b") {
            #expect(try !Bench.status("em-a").carrier)
            for cable in [nil, "nic:em-a"] {
                try Bench.with("em-b", cable: cable) {
                    let isUp = try Bench.eventually { try Bench.status("em-a").carrier && Bench.status("em-b").carrier }
                    #expect(isUp)
                    #expect(try Bench.status("em-a").cableState == "connected to em-b")
                    #expect(try Bench.status("em-b").cableState == "connected to em-a")
                }
                let isDown = try Bench.eventually { try !Bench.status("em-a").carrier }
                #expect(isDown)
            }
        }
    }

    @Test func `a switch comes with its first port and goes with its last`() throws {
        try Bench.with("em-a", cable: "switch:s1") {
            let isUp = try Bench.eventually { try Bench.status("em-a").carrier }
            #expect(isUp)
            #expect(Bench.directory.live(.switch).map(\.name.text) == ["s1"])
            _ = try Bench.bus.ask("em-a", .unplug)
            let isGone = Bench.eventually { Bench.directory.live(.switch).isEmpty }
            #expect(isGone)
            #expect(FileSystem.names(in: Bench.directory.folder(.switch)).filter { !$0.hasPrefix(".") } == [])
        }
    }

    @Test func `every frame of a flood that nobody listens to is counted once`() throws {
        let path = Bench.directory.path + "/flood"
        try Bench.with("em-a", cable: "seqpacket:\(path)") {
            let far = try UnixSocket.connect(path, deadline: Deadline(in: .seconds(5)))
            let frame = [UInt8](repeating: 0xff, count: 60)
            var sent: UInt64 = 0
            // The socket holds some hundreds: the rest waits for the NIC, which is in no hurry.
            let isSent = Bench.eventually {
                while sent < 1000, unsafe send(far.raw, frame, frame.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) == frame.count { sent += 1 }
                return sent == 1000
            }
            #expect(isSent)
            let isCounted = try Bench.eventually { Bench.counter(try Bench.status("em-a"), "nic.dropped.unclaimed") == 1000 }
            #expect(isCounted)
        }
    }

    @Test func `administration changes the cable and says so`() throws {
        try Bench.with("em-a") {
            _ = try Bench.bus.ask("em-a", .plug(cable: "peer:10.1.0.1/24"))
            #expect(try Bench.status("em-a").carrier)
            _ = try Bench.bus.ask("em-a", .link(up: false))
            #expect(try !Bench.status("em-a").linkEnabled)
            _ = try Bench.bus.ask("em-a", .impair("loss=1%"))
            #expect(try Bench.status("em-a").impairments == "loss=1%")
            #expect(throws: Failure.self) { _ = try Bench.bus.ask("em-a", .impair("loss=yes")) }
            let file = "\(Bench.directory.path)/x.pcapng"
            _ = try Bench.bus.ask("em-a", .startCapture(file: file))
            #expect(try Bench.status("em-a").capture == file)
            _ = try Bench.bus.ask("em-a", .stopCapture)
            FileSystem.remove(file)
            #expect(throws: Failure.self) { _ = try Bench.bus.ask("em-a", .plug(cable: "nic:em-a")) }
            #expect(try Bench.status("em-a").cable == "peer:10.1.0.1/24", "a refused plug changes nothing")
        }
    }

    @Test(arguments: [
        NICBoot(name: "em-a", model: "82540em"), NICBoot(name: "em-a", model: "sim:82599"), NICBoot(name: "em-a", model: "pci:82540em"),
        NICBoot(name: "em-a", model: "sim:82540em,mac=ff:ff:ff:ff:ff:ff"), NICBoot(name: "../em-a", model: "sim:82540em"),
        NICBoot(name: "em-a", model: "sim:82540em", cable: "nic:em-a"), NICBoot(name: "em-a", model: "sim:82540em", cable: "rope:x"),
        NICBoot(name: "em-a", model: "sim:82540em", cable: "pcap:/nonexistent"),
        NICBoot(name: "em-a", model: "sim:82540em", capture: "/nonexistent/x.pcapng"),
    ]) func `a NIC that cannot be is refused in one sentence and leaves nothing`(boot: NICBoot) throws {
        _ = Bench.directory
        do {
            try NICStarter.start(boot, program: Bench.program)
            Issue.record("started")
        } catch { #expect(!error.why.isEmpty && !error.fix.isEmpty && error.why != "its process ended while starting", "\(error)") }
        #expect(FileSystem.names(in: Bench.directory.folder(.nic)).filter { !$0.hasPrefix(".") } == [])
    }

    @Test func `a name that is taken is refused, and its owner untouched`() throws {
        try Bench.with("em-a") {
            #expect(throws: Failure.self) { try NICStarter.start(NICBoot(name: "em-a", model: "sim:82540em"), program: Bench.program) }
            _ = try Bench.bus.identify("em-a")
        }
    }

    @Test func `what a stack writes into the access channel does not end the NIC`() throws {
        try Bench.with("em-a") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            let device = try Bench.bus.claim("em-a", for: "/sock1", memory: memory.descriptor.raw)
            for value in 0..<20_000 as Range<UInt32> {
                let random = UInt32.random(in: 0...UInt32.max)
                unsafe device.access.pointee.store(space: random % 300, offset: random, width: random % 6, value: value)
                unsafe device.access.pointee.unmask(vector: Int(random))
            }
            _ = device.configLoad(offset: 0, width: 4)
            #expect(device.gone == nil)
            let status = try Bench.status("em-a")
            #expect(Bench.counter(status, "bus.refused") ?? 0 > 0)
            #expect(status.violations.count <= 64)
        }
    }
}
