import Testing
@testable import QEMUBus

struct QTestLineTests {
    @Test(arguments: [
        ("OK", QTestLine.done), ("OK 0x0000000080080783", .value(0x8008_0783)), ("OK 0xffffffffffffffff", .value(.max)),
        ("IRQ raise 20", .interrupt(line: 20, raised: true)), ("IRQ lower 0", .interrupt(line: 0, raised: false)),
        ("OK 0x", .refused), ("OK 12", .refused), ("OK 0x1ffffffffffffffff", .refused), ("OK 0x12g4", .refused), ("OKAY", .refused),
        ("IRQ raise", .refused), ("IRQ raise x", .refused), ("IRQ raise 99999999999999999999", .refused), ("IRQ raise 1f", .refused),
        ("FAIL Unknown command", .refused), ("ERR", .refused), ("", .refused),
    ])
    func `each line means one thing`(text: String, meaning: QTestLine) {
        #expect(QTestLine(Array(text.utf8)[...]) == meaning)
    }

    @Test func `random octets never trap`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            let head = ["OK 0x", "IRQ raise ", "", "IRQ lower "].randomElement(using: &generator)!
            let octets = Array(head.utf8) + (0..<Int.random(in: 0..<30)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = QTestLine(octets[...])
            _ = StrayAccess((Array("Invalid read at addr 0x".utf8) + octets)[...])
        }
    }

    @Test(arguments: [(0, " 0x0"), (15, " 0xf"), (16, " 0x10"), (0xe000_0008, " 0xe0000008"), (UInt64.max, " 0xffffffffffffffff")] as [(UInt64, String)])
    func `arguments are spelled without leading zeros`(value: UInt64, text: String) {
        var octets: [UInt8] = []
        octets.append(argument: value)
        #expect(String(decoding: octets, as: UTF8.self) == text)
    }
}

struct LineChangesTests {
    @Test func `changes come out in order and repetitions are none`() {
        var changes = LineChanges()
        for level in [true, true, false, true] { changes.set(level) }
        #expect([changes.take(), changes.take(), changes.take(), changes.take()] == [true, false, true, nil])
    }

    @Test func `the last level told is the line's level however many changes there were`() {
        for count in [1, LineChanges.most - 1, LineChanges.most, LineChanges.most + 1, 1000, 1001] {
            var changes = LineChanges(), told = 0, last = false
            for step in 1...count { changes.set(step % 2 == 1) }
            while let level = changes.take() {
                #expect(level != last)
                last = level
                told += 1
            }
            #expect(last == changes.level && told <= LineChanges.most)
        }
    }
}

struct BaseAddressTests {
    @Test(arguments: [
        (0xfffe_0000, false, 128 << 10), (0xffff_ffc1, true, 64), (0x0000_ffc1, true, 64), (0xffff_fffc, false, 16), (0x8000_0000, false, 2 << 30),
    ] as [(UInt32, Bool, UInt64)])
    func `a probe says kind and length`(probe: UInt32, isPort: Bool, length: UInt64) throws {
        let region = try #require(Region(probe: probe))
        #expect(region.isPort == isPort && region.length == length)
    }

    @Test(arguments: [0, UInt32.max, 4, 8] as [UInt32]) func `a probe of nothing is no region`(probe: UInt32) {
        #expect(Region(probe: probe) == nil)
    }

    @Test func `a base address keeps the bits that hardware keeps`() {
        var base = BaseAddress(kind: 1, writable: 0xffff_ffc0, shadow: 0xc000)
        #expect(base.value == 0xc001)
        base.store(0x1234_5678)
        #expect(base.value == 0x1234_5641)
    }
}
