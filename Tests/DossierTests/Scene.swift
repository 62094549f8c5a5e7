import CDriver
import Foundation
import Host
import Messages
import Recorder

@testable import Dossier

/// A crash's folder made by hand, removed with this value.
final class Scene {
    let folder: CrashFolder
    /// When the stack died: seconds since 1970.
    static let died = 1_800_000_000.5

    init() throws {
        let path = "/tmp/dossier-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        folder = CrashFolder(path)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder.path) }

    func put(_ name: String, _ octets: [UInt8]) { _ = FileManager.default.createFile(atPath: folder.file(name), contents: Data(octets)) }
    func put(_ name: String, _ text: String) { put(name, Array(text.utf8)) }

    /// A driver that stored through a null pointer while it handed frames over.
    func tombstone(_ change: (inout Tombstone) -> Void = { _ in }) throws {
        var stone = Tombstone(when: Self.died, pid: 4711, command: ["io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2"])
        (stone.signal, stone.code, stone.address, stone.ip) = (11, 1, 0x18, 0x7f00_0000_1234)
        (stone.driver, stone.callout, stone.interface) = ("devnp-x.so", "return_receive", "em0")
        change(&stone)
        put(Tombstone.file, try Body.encode(stone))
    }

    /// A recorder of an e1000 that got a frame, was asked for it and broke a rule.
    func recorder() {
        recorder(Tombstone.recorderFile) { writer in
            writer.attach(slot: 0, interface: "em0", driver: "devnp-x.so", nic: "em-a", bus: "sim", registers: Self.registers)
            Self.story(writer)
        }
    }

    static var registers: RegisterTable {
        var tail = RegisterTable.Register(name: "RDT", offset: 0x2818)
        tail.fields = [.init(name: "RDT", low: 0, high: 15)]
        return RegisterTable([tail])
    }

    /// A recorder whose clock counts nanoseconds, and stands at the death.
    func recorder(_ name: String, _ body: (RecorderWriter) -> Void) {
        let length = RecorderLayout.length(ring: 64 << 10)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 4096)
        defer { unsafe memory.deallocate() }
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: length)
        unsafe RecorderLayout.format(memory, ring: 64 << 10)
        let header = unsafe memory.assumingMemoryBound(to: drydock_recorder_header.self)
        unsafe (header.pointee.clock, header.pointee.ticks0, header.pointee.monotonic0) = (0, 0, 0)
        unsafe header.pointee.calendar0 = UInt64(Self.died * 1e9) - 1_000_000
        let writer = unsafe RecorderWriter(memory: memory, length: length)!
        for callout in Callout.allCases { writer.name(callout: Int(callout.rawValue), callout.name) }
        body(writer)
        put(name, unsafe Array(UnsafeRawBufferPointer(start: memory, count: length)))
    }

    private static func story(_ writer: RecorderWriter) {
        writer.write(.handOver, slot: 0, detail: UInt8(Callout.provideReceive.rawValue), count: 1, first: 1 << 32 | 12, second: 500, time: 100_000)
        writer.write(.store, slot: 0, detail: 4, count: 0x2818, first: 7, time: 200_000)
        writer.write(.interrupt, slot: 0, count: 0, time: 300_000)
        let octets = [UInt8](repeating: 0xff, count: 12) + [0x08, 0x06] + [UInt8](repeating: 0, count: 50)
        unsafe octets.withUnsafeBytes { octets in
            unsafe writer.frame(.received, slot: 0, buffer: 12, length: 60, flags: 0, vlan: 0, octets: octets.baseAddress!, time: 400_000)
        }
        writer.write(.callout, slot: 0, detail: UInt8(Callout.interrupt.rawValue), count: 0, first: 1, second: 900, time: 500_000)
        writer.text(.violation, "descriptor 3 was given back <twice>", slot: 0, time: 600_000)
        writer.write(.load, slot: 0, detail: 4, count: 0x2818, first: 7, time: 700_000)
    }

    func build() -> Dossier { DossierBuilder(folder, time: .seconds(2), tool: nil).build() }
}

/// A core of x86-64 made by hand: one thread, two mapped files, and a stack.
struct HandmadeCore {
    static let stack: UInt64 = 0x7ffe_0000_0000, code: UInt64 = 0x7f00_0000_0000, program: UInt64 = 0x5500_0000_0000
    var frames: [(frame: UInt64, next: UInt64, back: UInt64)] = []
    var instruction = code + 0x1234, frame = stack + 0x100, pointer = stack + 0x80
    var thread: UInt32 = 4712

    private static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) } }

    private static func note(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
        bytes(5, 4) + bytes(UInt64(body.count), 4) + bytes(UInt64(type), 4) + Array("CORE".utf8) + [0, 0, 0, 0] + body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
    }

    private var status: [UInt8] {
        var body = [UInt8](repeating: 0, count: 336)
        func set(_ at: Int, _ value: UInt64, _ count: Int) { body.replaceSubrange(at..<at + count, with: Self.bytes(value, count)) }
        set(12, 11, 2)
        set(32, UInt64(thread), 4)
        set(112 + 16 * 8, instruction, 8)
        set(112 + 4 * 8, frame, 8)
        set(112 + 19 * 8, pointer, 8)
        return body
    }

    private var files: [UInt8] {
        let all: [(UInt64, UInt64, UInt64, String)] = [
            (Self.code, Self.code + 0x4000, 0, "/run/sock2/driver-1-devnp-x.so (deleted)"), (Self.program, Self.program + 0x4000, 0, "/usr/bin/drydock"),
        ]
        return Self.bytes(2, 8) + Self.bytes(4096, 8) + all.flatMap { Self.bytes($0.0, 8) + Self.bytes($0.1, 8) + Self.bytes($0.2, 8) } + all.flatMap { Array($0.3.utf8) + [0] }
    }

    var octets: [UInt8] {
        let notes = Self.note(1, status) + Self.note(0x4649_4c45, files)
        var memory = [UInt8](repeating: 0, count: 4096)
        for (frame, next, back) in frames {
            let at = Int(frame - Self.stack)
            memory.replaceSubrange(at..<at + 16, with: Self.bytes(next, 8) + Self.bytes(back, 8))
        }
        let start = UInt64(64 + 56 * 4)
        func header(_ type: UInt64, _ flags: UInt64, _ offset: UInt64, _ address: UInt64, _ stored: UInt64, _ octets: UInt64) -> [UInt8] {
            Self.bytes(type, 4) + Self.bytes(flags, 4) + [offset, address, 0, stored, octets, 1].flatMap { Self.bytes($0, 8) }
        }
        let head = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8) + Self.bytes(4, 2) + Self.bytes(62, 2) + Self.bytes(1, 4)
            + Self.bytes(0, 8) + Self.bytes(64, 8) + Self.bytes(0, 8) + Self.bytes(0, 4) + Self.bytes(64, 2) + Self.bytes(56, 2) + Self.bytes(4, 2)
            + [UInt8](repeating: 0, count: 6)
        return head + header(4, 0, start, 0, UInt64(notes.count), 0) + header(1, 5, 0, Self.code, 0, 0x4000) + header(1, 5, 0, Self.program, 0, 0x4000)
            + header(1, 6, start + UInt64(notes.count), Self.stack, 4096, 4096) + notes + memory
    }
}
