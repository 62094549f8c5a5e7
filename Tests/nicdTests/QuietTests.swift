import Bus
import Glibc
import Host
import Messages
import Testing

/// What is left of a claim that nobody let go of. Serialized with each other: they share one runtime directory.
extension NICProcessTests {
    /// A receive ring of eight descriptors at `octet` of packet memory, whose first buffer is the page behind it; the receiver is on.
    private func receive(_ device: NICDevice, _ memory: borrowing SharedMemory) throws {
        device.configStore(offset: 4, width: 2, value: 7)
        let ring = try device.map(offset: 0, length: 4096), buffer = try device.map(offset: 4096, length: 4096)
        unsafe memory.base.storeBytes(of: buffer, as: UInt64.self)
        let stores: [(UInt32, UInt32)] = [
            (0x2800, UInt32(truncatingIfNeeded: ring)), (0x2804, UInt32(ring >> 32)), (0x2808, 128), (0x2810, 0), (0x2818, 7),
            (0x0100, 0x8002), (0x00d0, 0x80),
        ]
        for (offset, value) in stores { device.store(region: 0, offset: offset, width: 4, value: value) }
        #expect(device.load(region: 0, offset: 0x2818, width: 4) == 7)
    }

    private func claimed(_ name: String, _ memory: borrowing SharedMemory, by holder: String = "/sock7") throws -> NICDevice {
        let device = try Bench.bus.claim(name, for: holder, memory: memory.descriptor.raw)
        try receive(device, memory)
        return device
    }

    @Test(arguments: ["sim:82540em", "sim:82574l"])
    func `a NIC is quieted under a claim: registers by name, bus mastering off, reset, and the claim is gone`(model: String) throws {
        try Bench.with("em-q", model) {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            let device = try claimed("em-q", memory)
            #expect(try Bench.bus.lastQuiet("em-q") == nil)
            let reports = Bench.bus.quietAll(holder: "/sock7", since: 0)
            let report = try #require(reports.first)
            #expect(reports.count == 1 && report.nic == "em-q" && report.holder == "/sock7" && report.pid == getpid())
            let element = model == "sim:82574l" ? "[0]" : ""
            #expect(report["RDT\(element)"] == 7 && report["RDH\(element)"] == 0 && report["RCTL"] == 0x8002 && report["IMS"] == 0x80)
            let control = try #require(report.registers.first { $0.name == "RCTL" })
            #expect(control.fields.first { $0.name == "EN" }?.value == 1 && control.offset == 0x100)
            let ring = try #require(report.rings.first { $0.name == "receive\(element)" })
            #expect(ring.length == 128 && ring.head == 0 && ring.tail == 7 && ring.base != 0)
            #expect(report.isMasterOff == true && report.isReset == true && report.held && report.pagesWritten == 0, "\(report.sentence)")
            #expect(report.watched == 8192)
            // Whoever had it has it no more.
            #expect(throws: Failure.self) { try device.map(offset: 0, length: 4096) }
            #expect(device.load(region: 0, offset: 8, width: 4) == .max && device.gone == .died)
            // And it can be had at once, as fresh.
            let again = try Bench.bus.claim("em-q", for: "/sock8", memory: memory.descriptor.raw)
            #expect(again.configLoad(offset: 4, width: 2) & 4 == 0)
            #expect(try Bench.bus.lastQuiet("em-q")?.holder == "/sock7")
        }
    }

    @Test func `who looks at one register, or at one ring, is told of nothing else`() throws {
        try Bench.with("em-q") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            let device = try claimed("em-q", memory)
            defer { withExtendedLifetime(device) {} }
            func look(_ part: NICLook.Part) throws -> NICLook {
                guard case .look(let look) = try Bench.bus.ask("em-q", .look(part)) else { throw SystemError("look", .protocolError) }
                return look
            }
            let all = try look(.all)
            #expect(all.registers.count > 50 && all.rings.map(\.name) == ["receive", "transmit"] && all.pid == getpid())
            let one = try look(.register(region: 0, offset: 0x2818))
            #expect(one.registers.map(\.name) == ["RDT"] && one.registers.first?.value == 7 && one.rings.isEmpty && one.pid == getpid())
            guard case .value(7) = try Bench.bus.ask("em-q", .peek(region: 0, offset: 0x2818)) else { Issue.record("RDT is not 7"); return }
            #expect(throws: Failure.self) { try Bench.bus.ask("em-q", .peek(region: 0, offset: 0x2819)) }
            // Of an array the element that lies there; a place between two registers has none.
            #expect(try look(.register(region: 0, offset: 0x5408)).registers.map(\.name) == ["RAL[1]"])
            #expect(try look(.register(region: 0, offset: 0x2819)).registers.isEmpty)
            let ring = try look(.rings("receive"))
            #expect(ring.registers.isEmpty && ring.rings == all.rings.filter { $0.name == "receive" })
            #expect(try look(.rings("")).rings == all.rings && look(.registers).registers == all.registers)
            let nothing = try look(.nothing)
            #expect(nothing.registers.isEmpty && nothing.rings.isEmpty && nothing.configuration.isEmpty && nothing.pid == getpid())
            #expect(try look(.configuration).configuration == all.configuration && all.configuration.count == 64)
        }
    }

    @Test func `a claim whose holder is gone is quieted by itself, and the report is there for whoever asks in time`() throws {
        try Bench.with("em-q") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            let before = MonotonicClock.now()
            do { _ = try claimed("em-q", memory) }
            let isQuiet = try Bench.eventually { try Bench.bus.lastQuiet("em-q") != nil }
            #expect(isQuiet)
            let report = try #require(Bench.bus.quietAll(holder: "/sock7", since: before).first)
            #expect(report.why == "its connection closed" && report.held && report["RDT"] == 7 && !report.holderLived)
            #expect(Bench.bus.quietAll(holder: "/sock7", since: MonotonicClock.now()).isEmpty, "that was another death")
            #expect(Bench.bus.quietAll(holder: "/sock8", since: before).isEmpty, "and another stack's")
        }
    }

    @Test func `a device whose driver's process died is looked at before its reset, by whoever kept the claim, and can be had at once`() throws {
        try Bench.with("em-q") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            let handover = try Bench.bus.claimForAnother("em-q", for: "/sock7", memory: memory.descriptor.raw), hold = handover.hold
            let pair = try UnixSocket.pair()
            var room: [UInt8] = [1]
            var descriptors = ReceivedDescriptors()
            let isSent = unsafe try room.withUnsafeBytes { unsafe try UnixSocket.send(pair.second.raw, $0, descriptors: handover.descriptors) }
            #expect(isSent)
            _ = unsafe try room.withUnsafeMutableBytes { unsafe try UnixSocket.receive(pair.first.raw, into: $0, &descriptors) }
            guard let connection = descriptors.take(0) else { throw SystemError("receive", .protocolError) }
            let device = try NICDevice(handedOver: "em-q", connection: connection, handover.claim, &descriptors)
            try receive(device, memory)
            #expect(hold.bequeath(of: 4711))
            #expect(try Bench.bus.bequeathed("em-q", by: 4712) == nil, "that is another's")
            let report = try #require(try Bench.bus.bequeathed("em-q", by: 4711))
            #expect(report.why == "its driver's process died" && report.holder == "/sock7" && report["RDT"] == 7 && report["RCTL"] == 0x8002)
            #expect(report.isMasterOff == true && report.held, "\(report.sentence)")
            #expect(!hold.bequeath(of: 4711), "it is nobody's now")
            #expect(throws: Failure.self) { try device.map(offset: 0, length: 4096) }
            let again = try Bench.bus.claim("em-q", for: "/sock7", memory: memory.descriptor.raw)
            #expect(again.configLoad(offset: 4, width: 2) & 4 == 0)
            again.configStore(offset: 4, width: 2, value: 2)
            #expect(again.load(region: 0, offset: 0x100, width: 4) == 0, "the receiver was reset")
        }
    }

    @Test func `a claim that is let go in order leaves no report`() throws {
        try Bench.with("em-q") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            try claimed("em-q", memory).release()
            #expect(try Bench.bus.lastQuiet("em-q") == nil)
        }
    }

    @Test func `a NIC that goes on writing after its reset is found out, and then refused`() throws {
        try Bench.with("em-q", "sim:82540em,fault=writes-after-reset") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            do { _ = try claimed("em-q", memory) }
            let isRefused = try Bench.eventually { try Bench.bus.lastQuiet("em-q")?.refusedAfter ?? 0 > 0 }
            #expect(isRefused, "once nothing is mapped, it reaches nothing")
            let report = try #require(try Bench.bus.lastQuiet("em-q"))
            #expect(report.isMasterOff == true && !report.held, "it says that it is off")
            #expect(report.pagesWritten == 1 && report.firstWritten == 4096)
            #expect(report.sentence.contains("IS NOT QUIET"))
            #expect(try Bench.status("em-q").violations.contains { $0.rule == "strayDMA" && $0.subject == "DMA write after reset" })
        }
    }

    @Test func `a NIC process that does not answer is a report that says so, and the others are quieted all the same`() throws {
        try Bench.with("em-q") {
            try Bench.with("em-r") {
                let memory = try SharedMemory(named: "packets", length: 2 << 20)
                let device = try claimed("em-r", memory)
                let pid = try Bench.bus.identify("em-q").pid
                kill(pid, SIGSTOP)
                let reports = Bench.bus.quietAll(holder: "/sock7", since: 0)
                kill(pid, SIGCONT)
                #expect(reports.map(\.nic) == ["em-q", "em-r"])
                #expect(reports.first?.failure != nil && reports.first?.held == false)
                #expect(reports.last?.held == true)
                #expect(device.load(region: 0, offset: 8, width: 4) == .max)
            }
        }
    }

    @Test(arguments: ["abc", "virtio-net"]) func `every model's registers are told by name`(model: String) throws {
        try Bench.with("em-q", "sim:\(model)") {
            let memory = try SharedMemory(named: "packets", length: 2 << 20)
            let device = try Bench.bus.claim("em-q", for: "/sock7", memory: memory.descriptor.raw)
            device.configStore(offset: 4, width: 2, value: 6)
            _ = device.configLoad(offset: 4, width: 2)
            let report = try #require(Bench.bus.quietAll(holder: "/sock7", since: 0).first)
            #expect(report.held && report.isReset == true && report.notRead.isEmpty)
            #expect(model == "abc" ? report["ID"] == 0x4142_4301 : report["num_queues"] == 9)
            let violations = try Bench.status("em-q").violations
            #expect(violations.isEmpty, "looking breaks no rule")
        }
    }
}
