import CDriver
import Host
import Messages
import Recorder
import Testing

@testable import tools

/// What a stack that died left: a recorder and a tombstone.
struct DeadStack {
    let scratch = Scratch()

    init(ring: Int = 64 << 10, tear: Bool = false, _ write: (RecorderWriter) -> Void) throws {
        let length = RecorderLayout.length(ring: ring)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 4096)
        defer { unsafe memory.deallocate() }
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: length)
        unsafe RecorderLayout.format(memory, ring: ring)
        let writer = unsafe try #require(RecorderWriter(memory: memory, length: length))
        writer.name(callout: 9, "interrupt")
        writer.name(callout: 7, "provide_transmit")
        writer.attach(slot: 0, interface: "em0", driver: "devnp-e1000.so", nic: "em-a", bus: "sim", registers: Self.registers)
        write(writer)
        if tear {
            unsafe memory.assumingMemoryBound(to: drydock_recorder_header.self).pointee.claimed += 1
        }
        unsafe RecorderLayout.calibrate(memory)
        for folder in ["stack", "stack/sock2"] { try FileSystem.makeFolder("\(scratch.path)/\(folder)") }
        let octets = unsafe Array(UnsafeRawBufferPointer(start: memory, count: length))
        try FileSystem.replace("\(scratch.path)/stack/sock2/recorder", with: octets)
        var stone = Tombstone(when: 1_700_000_000, pid: 4242, command: ["io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2"])
        (stone.signal, stone.address, stone.driver, stone.callout, stone.interface) = (11, 0, "devnp-e1000.so", "provide_transmit", "em0")
        try FileSystem.replace("\(scratch.path)/stack/sock2/died.json", with: try Body.encode(stone))
    }

    static let registers: RegisterTable = {
        var status = RegisterTable.Register(name: "STATUS", offset: 8)
        status.fields = [.init(name: "FD", low: 0, high: 0), .init(name: "LU", low: 1, high: 1), .init(name: "SPEED", low: 6, high: 7)]
        return RegisterTable([status, .init(name: "TDT", offset: 0x3818), .init(name: "TDH", offset: 0x3810)])
    }()

    func trace(_ words: String...) -> ToolRunOutcome { runTool("trace", words, in: scratch, sock: "/sock2") }
}

extension RecorderWriter {
    fileprivate func access(_ kind: RecordedKind, _ offset: UInt32, _ value: UInt64) {
        write(kind, slot: 0, detail: 4, count: offset, first: value, time: now)
    }
}

struct TraceTests {
    static func crash() throws -> DeadStack {
        try DeadStack { writer in
            writer.access(.load, 8, 0x81)
            writer.access(.load, 8, 0x83)
            writer.access(.store, 0x3818, 5)
            writer.write(.callout, slot: 0, detail: 9, count: 0, first: 3, second: 0, time: writer.now)
            writer.text(.log, "link is up", slot: 0, detail: 4)
        }
    }

    @Test func `a dead stack's last events are printed by name, and why it died`() throws {
        let run = try Self.crash().trace("em0")
        #expect(run.exit == 0, "\(run)")
        let lines = run.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 7, "\(run.output)")
        #expect(lines[0].contains("em0    attached: devnp-e1000.so to em-a (sim)"))
        #expect(lines[1].hasSuffix("load  STATUS     0x00000081  FD=1 SPEED=2"))
        #expect(lines[2].hasSuffix("load  STATUS     0x00000083  LU 0→1"))
        #expect(lines[3].hasSuffix("store TDT        0x00000005"))
        #expect(lines[4].contains("interrupt(0) = receive|transmit, "))
        #expect(lines[5].hasSuffix("notice: link is up"))
        #expect(lines[6].hasPrefix("-- /sock2 died: SIGSEGV at address 0x0, in provide_transmit of driver devnp-e1000.so (em0)"))
    }

    @Test func `filters choose by kind, register, number and time`() throws {
        let dead = try Self.crash()
        #expect(dead.trace("--kind", "register").output.split(separator: "\n").count == 4)
        #expect(dead.trace("--register", "tdt").output.split(separator: "\n").filter { $0.contains("store TDT") }.count == 1)
        #expect(dead.trace("--register", "0x3818").output.contains("TDT"))
        #expect(dead.trace("-n", "1").output.split(separator: "\n").count == 2)
        #expect(dead.trace("--since", "10m").output.split(separator: "\n").count == 7)
        #expect(dead.trace("--kind", "frame").output.contains("-- no such event"))
    }

    @Test func `JSON has one object a line with the same parts`() throws {
        let run = try Self.crash().trace("--json", "--kind", "register")
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].contains(#""fields":[{"name":"LU","value":1,"was":0}]"#))
        #expect(lines[2].contains(#""action":"store""#) && lines[2].contains(#""register":"TDT""#) && lines[2].contains(#""value":5"#))
    }

    @Test func `what cannot be is refused in one line with what to do`() throws {
        let dead = try Self.crash()
        let register = dead.trace("--register", "TDD")
        #expect(register.exit == 64 && register.complaint.contains("TDH") && register.complaint.contains("TDT"), "\(register)")
        let kind = dead.trace("--kind", "registers")
        #expect(kind.exit == 64 && kind.complaint.contains("the kinds are: register, config"), "\(kind)")
        let interface = dead.trace("em7")
        #expect(interface.exit == 1 && interface.complaint.contains("it knows: em0"), "\(interface)")
        #expect(dead.trace("--since", "yesterday").exit == 64)
        #expect(dead.trace("-n", "-1").exit == 64)
        #expect(runTool("trace", [], in: dead.scratch, sock: "/sock9").complaint.contains("no stack"))
    }

    @Test func `a torn last event and damaged memory are told of`() throws {
        let torn = try DeadStack(tear: true) { $0.access(.store, 0x3818, 1) }
        #expect(torn.trace().output.contains("-- the last event was not finished"))
        let scratch = try Self.crash().scratch
        try FileSystem.replace("\(scratch.path)/stack/sock2/recorder", with: [UInt8](repeating: 0xff, count: 5000))
        let run = runTool("trace", [], in: scratch, sock: "/sock2")
        #expect(run.exit == 1 && run.complaint.contains("no flight recorder of this version"), "\(run)")
        FileSystem.remove("\(scratch.path)/stack/sock2/recorder")
        #expect(runTool("trace", [], in: scratch, sock: "/sock2").complaint.contains("left no flight recorder"))
    }

    @Test func `frames are described by what was kept of them`() throws {
        let dead = try DeadStack { writer in
            let octets: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 10, 1, 0, 2, 0, 0, 0, 0, 0, 0, 10, 1, 0, 1]
                + [UInt8](repeating: 0, count: 22)
            unsafe octets.withUnsafeBytes {
                unsafe writer.frame(.sent, slot: 0, buffer: 9, length: 60, flags: 0, vlan: 0, octets: $0.baseAddress!, time: writer.now)
            }
        }
        let run = dead.trace("--kind", "frame")
        #expect(run.output.contains("frame sent 60 octets, slot 9: 02:00:00:00:00:02 > 02:00:00:00:00:01, ARP"), "\(run)")
    }

    @Test func `the nearest names are those with the fewest letters changed`() {
        #expect(Nearest.of("TDD", ["TDT", "TDH", "CTRL"]) == ["TDH", "TDT"])
        #expect(Nearest.of("STATSU", ["STATUS", "CTRL"]) == ["STATUS"])
        #expect(Nearest.of("XXXXXX", ["STATUS", "CTRL"]).isEmpty)
        #expect(Nearest.distance("", "abc") == 3)
    }
}
