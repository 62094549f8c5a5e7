import AbcRegisters
import DriverKit
import Foundation
import Testing
import Wire

@testable import NICModels

/// The teaching NIC as its datasheet says, and what it says of those who do not keep it. docs/ABC.md
@safe private final class AbcBench {
    let model = AbcNIC(ModelOptions(mac: MACAddress(value: 0x5254_0012_3456)))
    let host = Recorder()
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 1 << 18, alignment: 4096)
    private(set) var base: UInt64 = 0
    var now: UInt64 = 1000

    static let receiveRing = 0x1000, transmitRing = 0x2000, buffers = 0x10000

    init(started: Bool = true) throws {
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: 1 << 18)
        model.host = host
        try model.claim(memory: unsafe DMAMemory(descriptor: -1, base: memory, length: 1 << 18))
        model.configStore(offset: 4, width: 2, value: 6)
        base = try model.map(offset: 0, length: 1 << 18)
        model.setCarrier(true)
        if started { start() }
    }

    deinit { unsafe memory.deallocate() }

    func start(promiscuous: Bool = false) {
        self[.rxBaseLow] = UInt32(truncatingIfNeeded: base) + UInt32(Self.receiveRing)
        self[.rxBaseHigh] = UInt32(base >> 32)
        self[.rxSize] = 8
        self[.txBaseLow] = UInt32(truncatingIfNeeded: base) + UInt32(Self.transmitRing)
        self[.txBaseHigh] = UInt32(base >> 32)
        self[.txSize] = 8
        self[.ctrl] = 6 | (promiscuous ? 8 : 0)
        self[.mask] = 15
        self[.cause] = 15
    }

    subscript(_ register: AbcRegister) -> UInt32 {
        get { model.load(region: 0, offset: register.rawValue, width: 4) }
        set {
            model.store(region: 0, offset: register.rawValue, width: 4, value: newValue)
            serve()
        }
    }

    func serve() { for _ in 0..<100 where model.service(now: now).map({ $0 > now }) ?? true { return } }
    func pass(_ nanoseconds: UInt64) {
        now += nanoseconds
        serve()
    }

    /// Writes a descriptor; `buffer` counts in 2 KiB.
    func put(_ ring: Int, _ index: Int, buffer: Int = 0, length: UInt32, flags: UInt32, address: UInt64? = nil) {
        let place = unsafe memory + ring + 16 * index
        unsafe place.storeBytes(of: address ?? base + UInt64(Self.buffers + 2048 * buffer), as: UInt64.self)
        unsafe place.storeBytes(of: length, toByteOffset: 8, as: UInt32.self)
        unsafe place.storeBytes(of: flags, toByteOffset: 12, as: UInt32.self)
    }
    func flags(_ ring: Int, _ index: Int) -> UInt32 { unsafe memory.load(fromByteOffset: ring + 16 * index + 12, as: UInt32.self) }
    func length(_ ring: Int, _ index: Int) -> UInt32 { unsafe memory.load(fromByteOffset: ring + 16 * index + 8, as: UInt32.self) }
    func fill(_ buffer: Int, _ octets: [UInt8]) {
        for (n, octet) in octets.enumerated() { unsafe memory.storeBytes(of: octet, toByteOffset: Self.buffers + 2048 * buffer + n, as: UInt8.self) }
    }
    func deliver(_ frame: [UInt8]) { unsafe frame.withUnsafeBytes { unsafe model.deliver($0) } }
    var broken: [Violation.Rule] { host.violations.map(\.rule) }
}

struct AbcNICTests {
    private static let own: UInt32 = 1 << 31, error: UInt32 = 1 << 30, more: UInt32 = 1 << 29
    static let ownFrame = ModelBench.frame(to: MACAddress(value: 0x5254_0012_3456))

    @Test func `the register map is the datasheet's`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Datasheet/abc.tsv")
        let wanted = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        let accesses: [Access: String] = [.readWrite: "RW", .readOnly: "RO", .writeOnly: "WO", .readClears: "RC", .writeOneClears: "W1C"]
        let rows = RegisterTable<AbcRegister>().rows
        #expect(rows.count == wanted.count && rows.count == AbcRegister.allCases.count)
        for (row, words) in zip(rows, wanted) {
            let fields = row.fields.map { "\($0.name):\($0.low)-\($0.high)" }.joined(separator: " ")
            #expect(words == ["0x" + (row.entry.offset < 16 ? "0" : "") + String(row.entry.offset, radix: 16, uppercase: true), "\(row.entry.name)",
                              accesses[row.entry.access], "0x" + String(row.entry.reset, radix: 16), fields])
        }
    }

    @Test func `a frame of three parts leaves whole, and the first descriptor comes back last`() throws {
        let bench = try AbcBench(), frame = ModelBench.frame(count: 90)
        for part in 0..<3 {
            bench.fill(part, Array(frame[part * 30..<part * 30 + 30]))
            bench.put(AbcBench.transmitRing, part, buffer: part, length: 30, flags: Self.own | (part < 2 ? Self.more : 0))
        }
        bench[.doorbell] = 2
        #expect(bench.host.frames == [frame] && bench.broken == [])
        #expect((0..<3).map { bench.flags(AbcBench.transmitRing, $0) } == [Self.more, Self.more, 0])
        #expect(bench[.cause] == 2 && bench[.txHead] == 3 && bench.host.line)
        bench[.cause] = 2
        #expect(!bench.host.line)
    }

    @Test func `a frame comes in, and the counters clear when they are read`() throws {
        let bench = try AbcBench()
        bench.put(AbcBench.receiveRing, 0, length: 2048, flags: Self.own)
        bench[.doorbell] = 1
        bench.deliver(Self.ownFrame)
        #expect(bench.flags(AbcBench.receiveRing, 0) == 0 && bench.length(AbcBench.receiveRing, 0) == 60 && bench[.cause] == 1)
        for _ in 0..<40 { bench.deliver(ModelBench.frame(to: MACAddress(value: 0x5254_0012_3456), count: 1514)) }
        bench.deliver([UInt8](repeating: 0xff, count: 1600))
        #expect(bench[.rxMissed] > 10 && bench[.rxMissed] == 0 && bench[.rxLong] == 1 && bench[.rxLong] == 0)
        let status = bench.model.status()
        #expect(status.framesArrived == 42 && status.framesDelivered + status.framesWaiting + status.dropped.values.reduce(0, +) == 42)
        #expect(bench.broken == [])
    }

    @Test(arguments: [(0xffff_ffff_ffff, true), (0x5254_0012_3456, true), (0x5254_0012_3457, false), (0x0100_5e00_00fb, false), (0x0180_c200_0000, true)] as [(UInt64, Bool)])
    func `address, broadcast and the hash decide`(address: UInt64, passes: Bool) throws {
        let bench = try AbcBench()
        // 01:80:c2:00:00:00 hashes to 0x43 & 63 = 3.
        bench[.hashLow] = 1 << 3
        bench.put(AbcBench.receiveRing, 0, length: 2048, flags: Self.own)
        bench.deliver(ModelBench.frame(to: MACAddress(value: address)))
        #expect((bench.flags(AbcBench.receiveRing, 0) == 0) == passes)
    }

    @Test func `a reset takes its time, and everything with it but the address in the device`() throws {
        let bench = try AbcBench()
        (bench[.macLow], bench[.hashLow]) = (1, 1)
        bench[.ctrl] = 1
        #expect(bench[.ctrl] == 1 && bench.broken == [])
        #expect(bench[.status] == 0 && bench.broken == [.resetTiming])
        bench.pass(10_000)
        #expect(bench[.ctrl] == 0 && bench[.macLow] == 0x1200_5452 && bench[.hashLow] == 0 && bench[.mask] == 0 && bench[.rxSize] == 0)
    }

    @Test func `a message is sent once, and again when an acknowledgement leaves something`() throws {
        let bench = try AbcBench()
        #expect(try bench.model.setInterrupts(.msi, vectors: 1, bells: []) == 1)
        let before = bench.host.edges
        bench.put(AbcBench.receiveRing, 0, length: 2048, flags: Self.own)
        bench.put(AbcBench.receiveRing, 1, length: 2048, flags: Self.own)
        bench.deliver(Self.ownFrame)
        bench.deliver(Self.ownFrame)
        #expect(bench.host.edges == before + 1)
        bench.model.setCarrier(false)
        bench[.cause] = 1
        #expect(bench.host.edges == before + 2, "LINK is still pending")
        bench[.cause] = 4
        bench.model.setCarrier(true)
        #expect(bench.host.edges == before + 3)
        #expect(throws: NICFailure.self) { try bench.model.setInterrupts(.msix, vectors: 2, bells: []) }
    }

    /// What a driver may get wrong, and the rule that it breaks.
    private static var mistakes: [(rule: Violation.Rule, make: (AbcBench) -> Void)] {
        [
        (.unknownRegister, { _ = $0.model.load(region: 0, offset: 0x50, width: 4) }), (.accessWidth, { _ = $0.model.load(region: 0, offset: 4, width: 2) }),
        (.misaligned, { _ = $0.model.load(region: 0, offset: 6, width: 4) }), (.readOnly, { $0[.id] = 1 }), (.readOnly, { $0[.rxMissed] = 0 }),
        (.writeOnlyRead, { _ = $0[.doorbell] }), (.reservedBits, { $0[.mask] = 0x100 }), (.enableOrder, { $0[.rxSize] = 16 }),
        (.enableOrder, { $0[.ctrl] = 0; $0[.doorbell] = 1 }), (.enableOrder, { $0[.ctrl] = 0; $0[.rxSize] = 0; $0[.ctrl] = 2 }),
        (.ringLength, { $0[.ctrl] = 0; $0[.rxSize] = 7 }), (.ringAlignment, { $0[.ctrl] = 0; $0[.txBaseLow] = 0x20 }),
        (.memoryDecodeOff, { $0.model.configStore(offset: 4, width: 2, value: 4); _ = $0[.ctrl] }),
        (.busMasterOff, { $0.model.configStore(offset: 4, width: 2, value: 2); $0[.doorbell] = 2 }),
        (.strayDMA, { $0.put(AbcBench.transmitRing, 0, length: 60, flags: 1 << 31, address: 0x1000); $0[.doorbell] = 2 }),
        (.strayDMA, { $0[.ctrl] = 0; $0[.txBaseHigh] = 0x77; $0[.ctrl] = 4; $0[.doorbell] = 2 }),
        (.zeroLengthDescriptor, { $0.put(AbcBench.transmitRing, 0, length: 0, flags: 1 << 31); $0[.doorbell] = 2 }),
        (.zeroLengthDescriptor, { $0.put(AbcBench.receiveRing, 0, length: 10, flags: 1 << 31); $0.deliver(AbcNICTests.ownFrame) }),
        (.frameTooLong, { $0.put(AbcBench.transmitRing, 0, length: 1519, flags: 1 << 31); $0[.doorbell] = 2 }),
        (.frameTooShort, { $0.put(AbcBench.transmitRing, 0, length: 13, flags: 1 << 31); $0[.doorbell] = 2 }),
        (.descriptorReserved, { $0.put(AbcBench.transmitRing, 0, length: 60, flags: 1 << 31 | 1); $0[.doorbell] = 2 }),
        (.descriptorOwnership, { $0.put(AbcBench.transmitRing, 0, length: 60, flags: 1 << 31 | 1 << 29); $0[.doorbell] = 2 }),
        (.descriptorOwnership, {
            $0.put(AbcBench.receiveRing, 0, length: 2048, flags: 1 << 31)
            $0[.doorbell] = 1
            $0.put(AbcBench.receiveRing, 0, buffer: 1, length: 2048, flags: 1 << 31)
            $0.deliver(AbcNICTests.ownFrame)
        }),
        ]
    }

    @Test(arguments: 0..<23) func `what the datasheet forbids is reported by rule and section, and harms nothing`(number: Int) throws {
        #expect(Self.mistakes.count == 23)
        let bench = try AbcBench(), mistake = Self.mistakes[number]
        mistake.make(bench)
        bench.serve()
        #expect(bench.broken.contains(mistake.rule), "\(bench.host.violations)")
        #expect(bench.host.violations.allSatisfy { $0.section.hasPrefix("ABC §") && !$0.text.isEmpty && !$0.subject.isEmpty })
        bench.model.release()
        #expect(bench.model.configLoad(offset: 4, width: 2) & 4 == 0)
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `random stores do not bring it down`(seed: UInt64) throws {
        let bench = try AbcBench()
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func next() -> UInt32 {
            state ^= state << 13; state ^= state >> 7; state ^= state << 17
            return UInt32(truncatingIfNeeded: state >> 16)
        }
        for _ in 0..<3000 {
            switch next() % 4 {
            case 0: bench.put(next() & 1 == 0 ? AbcBench.receiveRing : AbcBench.transmitRing, Int(next() % 8), buffer: Int(next() % 8), length: next() % 2000, flags: next())
            case 1: bench.deliver(Self.ownFrame)
            default: bench.model.store(region: 0, offset: next() % 0x54 & ~3, width: 4, value: next() & 1 == 0 ? next() : next() % 300)
            }
            bench.pass(UInt64(next() % 3000))
        }
        let status = bench.model.status()
        #expect(status.framesArrived >= status.framesDelivered)
    }
}
